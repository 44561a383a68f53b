package labtest

import (
	"errors"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// unchecked makes nslab begin even if the limit of open files may be too low.
var unchecked = mutation{"lab/capacity.go", "min(descriptors, 64+undoFiles+6*nodes)", "0*nodes"}

// openFiles runs each phase with each limit of open files (RLIMIT_NOFILE), from
// the lowest at which nslab starts up to one that is enough. Closing a file
// allows opening another one, so every failure must be undone. It needs an
// unchecked build.
func (s *sweep) openFiles() {
	least := 4
	for ; ; least++ {
		if r := s.runWith(least, "ls"); r.exit() == 0 {
			break
		} else if least > 40 {
			s.t.Fatalf("ls with %d open files: exit status %d\n%s", least, r.exit(), r.output)
		}
	}
	for i := range s.phases {
		s.openFilesPhase(&s.phases[i], least)
	}
	s.report()
}

func (s *sweep) openFilesPhase(p *phase, least int) {
	s.t.Helper()
	step := 1
	if !full() {
		step = 1 + s.rand.IntN(16)
	}
	runs, failed := 0, 0
	for n, enough := least, 0; enough < 3 && !s.done(); n += step {
		if err := p.start(s); err != nil {
			s.t.Fatal(err)
		}
		r := s.runWith(n, p.args(s)...)
		runs++
		if r.exit() == 0 {
			enough++
		} else {
			enough = 0
			failed++
		}
		why := ill(r)
		if why == "" {
			why = s.limited(p, &limit{}, r)
		}
		if why == "" {
			why = s.downs()
		}
		if why != "" {
			s.found("%s with %d open files: exit status %d: %s\nIt said:\n%s", p.name, n, r.exit(), why, r.output)
		}
	}
	s.t.Logf("%s from %d open files on, in steps of %d: %d runs, of which %d failed", p.name, least, step, runs, failed)
}

// runWith runs nslab with a limit of open files.
func (s *sweep) runWith(n int, args ...string) *result {
	s.t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", `ulimit -n "$0" && exec "$@"`, strconv.Itoa(n), s.program}, args...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return &result{status: unix.WaitStatus(cmd.ProcessState.Sys().(syscall.WaitStatus)), output: string(out)}
}
