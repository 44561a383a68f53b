package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// programsFile is a lab with all that programs of a node can see of their own,
// with processes that fork into other sessions and ignore signals, with a
// keeper, and with a healthcheck.
const programsFile = `name: NAME
nodes:
  a:
    tmpfs: {/mnt: ""}
    overlay: [/etc]
    binds: ["/usr:/srv:ro"]
    files: {/mnt/conf: {content: "base"}, /etc/nslab.test: {content: "base"}}
    cmd: [sh, -c, "setsid -f sleep MARK; exec sleep MARK"]
    processes:
      deaf: {cmd: [sh, -c, "trap '' TERM; sleep MARK & while :; do wait; done", MARK], stop-timeout: 10ms}
    exec: ["setsid -f sleep MARK.9 >/dev/null 2>&1"]
  b:
    cmd: sleep MARK.1
    restart-policy: always
    wait-for: [a]
    healthcheck: {test: [CMD, "true"], interval: 20ms, start-period: 0s, retries: 3}
links:
  - endpoints: ["a:eth0", "b:eth0"]
    ipv4: ["10.0.1.1/24", "10.0.1.2/24"]
`

// programsChanges make another file of it: with another address, with other
// files, which restart the programs of a, with another program in b, and with
// one more node.
var programsChanges = strings.NewReplacer("10.0.1.1/", "10.0.1.3/", `content: "base"`, `content: "changed"`, "MARK.1", "MARK.2",
	"  b:\n", "  c: {cmd: sleep MARK.3, tmpfs: {/srv: size=1m}}\n  b:\n")

// deaf is the command line of that process.
const deaf = "sh -c trap '' TERM; sleep MARK & while :; do wait; done MARK"

var programPhases = append(slices.Clone(phases), phase{
	name:   "restart",
	start:  func(s *sweep) error { return s.fresh() },
	args:   func(*sweep) []string { return []string{"restart", labName + "/b", labName + "/a"} },
	goal:   func(s *sweep) *goal { return &s.base },
	before: func(s *sweep) *goal { return &s.base },
})

// TestProgramSweeps has calls fail while nslab starts, changes and ends
// processes: one call, or all from one on, such as on a full disk.
func TestProgramSweeps(t *testing.T) {
	if testing.Short() {
		t.Skip("a sweep takes minutes")
	}
	testenv.NeedTool(t, "sh", "sleep", "setsid", "true")
	s := newProgramSweep(t, build(t, hurried))
	t.Run("errors", func(t *testing.T) { s.on(t, s.program).programErrors() })
	t.Run("limits", func(t *testing.T) { s.on(t, s.program).limits() })
}

func newProgramSweep(t *testing.T, program string) *sweep {
	t.Helper()
	dir := t.TempDir()
	s := &sweep{program: program, phases: programPhases, nodes: []string{"a", "b", "c"}, leaves: true}
	text := strings.ReplaceAll(programsFile, "NAME", labName)
	s.base = goal{labFile: labFile{path: filepath.Join(dir, "base.yaml"), nodes: []string{"a", "b"}, sees: map[string]string{"a": "conf regular file 644\nbase"}}}
	s.changed = goal{labFile: labFile{path: filepath.Join(dir, "changed.yaml"), nodes: []string{"a", "b", "c"}, sees: map[string]string{"a": "conf regular file 644\nchanged"}}}
	for g, text := range map[*goal]string{&s.base: text, &s.changed: programsChanges.Replace(text)} {
		if err := os.WriteFile(g.path, []byte(strings.ReplaceAll(text, "MARK", sleepMark)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	common := []string{"nslab keeper " + labName, deaf, "sleep MARK", "sleep MARK", "sleep MARK", "sleep MARK.9"}
	s.base.running = append(slices.Clone(common), "sleep MARK.1")
	s.changed.running = append(common, "sleep MARK.2", "sleep MARK.3")
	for _, g := range []*goal{&s.base, &s.changed} {
		for i := range g.running {
			g.running[i] = strings.ReplaceAll(g.running[i], "MARK", sleepMark)
		}
		slices.Sort(g.running)
	}
	s.begin(t)
	return s
}

func (s *sweep) programErrors() {
	for i := range s.phases {
		s.failPhase(&s.phases[i], func(c *call) bool { return changing(c) || starting(c) }, 5)
	}
	s.report()
}

// running returns the command lines of the lab's processes.
func running() (all []string, err error) {
	procs, err := marked()
	for _, p := range procs {
		all = append(all, strings.TrimRight(strings.Join(p.words, " "), " "))
	}
	slices.Sort(all)
	return all, err
}

// runs says how what runs differs from what should. A program that nslab has
// just started may not have started its own yet, and what the keeper has
// started to start others ends a little later.
func (s *sweep) runs(g *goal) string {
	if !s.leaves {
		return ""
	}
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		now, err := running()
		if err != nil {
			return err.Error()
		}
		if slices.Equal(now, g.running) {
			return ""
		}
		if time.Now().After(deadline) {
			return "other programs run (-undisturbed +found):\n" + cmp.Diff(g.running, now)
		}
	}
}

// killMarked kills the processes of the lab, the keeper first.
func killMarked() error {
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		all, err := marked()
		if err != nil || len(all) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("these processes survive SIGKILL: %v", all)
		}
		for _, p := range all {
			if p.words[0] == "nslab" {
				unix.Kill(p.pid, unix.SIGKILL) //nolint:errcheck // it may have ended
			}
		}
		for _, p := range all {
			unix.Kill(p.pid, unix.SIGKILL) //nolint:errcheck // it may have ended
		}
	}
}
