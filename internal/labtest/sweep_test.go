package labtest

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
)

// A phase is a command of nslab that is disturbed.
type phase struct {
	name string
	// start makes the initial state.
	start func(*sweep) error
	// args are the command's arguments.
	args func(*sweep) []string
	// goal is the file that the lab agrees with after another `up`.
	goal func(*sweep) *goal
	// before is the file that the lab agreed with at the start, or nil.
	before func(*sweep) *goal
}

var phases = []phase{
	{
		name:   "up",
		start:  func(s *sweep) error { return s.wiped() },
		args:   func(s *sweep) []string { return []string{"up", s.base.path} },
		goal:   func(s *sweep) *goal { return &s.base },
		before: func(*sweep) *goal { return nil },
	},
	{
		name:   "change",
		start:  func(s *sweep) error { return s.fresh() },
		args:   func(s *sweep) []string { return []string{"up", "--replace", s.changed.path} },
		goal:   func(s *sweep) *goal { return &s.changed },
		before: func(s *sweep) *goal { return &s.base },
	},
	{
		name:   "down",
		start:  func(s *sweep) error { return s.fresh() },
		args:   func(*sweep) []string { return []string{"down", labName} },
		goal:   func(s *sweep) *goal { return &s.base },
		before: func(s *sweep) *goal { return &s.base },
	},
}

// A goal is a file and the state that an undisturbed `up` makes of it.
type goal struct {
	labFile
	want *snapshot
	// running are the command lines of what runs in it, sorted.
	running []string
}

// A sweep disturbs one build of nslab again and again.
type sweep struct {
	t       *testing.T
	program string
	base    goal
	changed goal
	mounts  []string
	rand    *rand.Rand
	// most is the number of findings after which the sweep ends.
	most     int
	findings []string
	// nodes are those of either file.
	nodes []string
	// phases are what is disturbed.
	phases []phase
	// leaves says that the labs have processes.
	leaves bool
}

// full reports whether to try all points.
func full() bool { return os.Getenv("NSLAB_SWEEP") == "full" }

// TestSweeps disturbs nslab, and nslab with mistakes built in.
func TestSweeps(t *testing.T) {
	if testing.Short() {
		t.Skip("a sweep takes minutes")
	}
	s := newSweep(t, build(t, hurried))
	t.Run("kill", func(t *testing.T) { s.on(t, s.program).kills() })
	t.Run("kill between exec lines", func(t *testing.T) { s.on(t, s.program).lineKills() })
	t.Run("kill while a view is made", func(t *testing.T) { s.on(t, s.program).viewKills() })
	t.Run("kill while nodes are made anew", func(t *testing.T) { s.on(t, s.program).remakeKills() })
	t.Run("kill while ports are made", func(t *testing.T) { s.on(t, s.program).portKills() })
	t.Run("kill at random times", func(t *testing.T) { s.on(t, s.program).randomKills(5) })
	t.Run("errors", func(t *testing.T) { s.on(t, s.program).errors() })
	t.Run("limits", func(t *testing.T) { s.on(t, s.program).limits() })
	t.Run("open files", func(t *testing.T) { s.on(t, build(t, hurried, unchecked)).openFiles() })
	t.Run("broken", func(t *testing.T) { s.on(t, s.program).broken() })
}

// on returns a sweep for another build and test, with the same snapshots.
func (s *sweep) on(t *testing.T, program string) *sweep {
	other := *s
	other.t, other.program, other.findings = t, program, nil
	t.Cleanup(func() {
		if err := other.wiped(); err != nil {
			t.Error(err)
		}
	})
	return &other
}

// newSweep takes the snapshots that everything is compared with.
func newSweep(t *testing.T, program string) *sweep {
	t.Helper()
	base, changed := writeFiles(t)
	s := &sweep{program: program, base: goal{labFile: base}, changed: goal{labFile: changed}, nodes: []string{"h1", "h2", "h3", "h4", "r", "sw"}, phases: phases}
	s.begin(t)
	return s
}

// begin takes the snapshots.
func (s *sweep) begin(t *testing.T) {
	t.Helper()
	testenv.NeedTool(t, peerstate.Tools...)
	s.t, s.most = t, 10
	s.rand = rand.New(rand.NewPCG(testenv.Seed(t, "NSLAB_SWEEP_SEED"), 0))
	var err error
	if s.mounts, err = mounts(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.wiped(); err != nil {
			t.Error(err)
		}
	})
	for _, g := range []*goal{&s.base, &s.changed} {
		s.must("up", "--replace", g.path)
		for _, n := range g.nodes {
			settle.Wait(t, labName+"-"+n)
		}
		if g.want, err = look(s.nodes); err != nil {
			t.Fatal(err)
		}
		for _, n := range g.nodes {
			if n != "c" && g.want.peers.Count(labName+"-"+n, "link show") < 2 {
				t.Fatalf("%s: node %q has no links", g.path, n)
			}
		}
		if why := s.sees(g) + s.runs(g); why != "" {
			t.Fatal(why)
		}
	}
	s.must("down", labName)
	if l, err := s.left(); l != "" || err != nil {
		t.Fatalf("an undisturbed down: %v\n%s", err, l)
	}
}

// left is what is left of a lab that is gone.
func (s *sweep) left() (string, error) {
	l, err := left(s.mounts)
	if l != "" || err != nil || !s.leaves {
		return l, err
	}
	procs, err := markedLeft()
	if len(procs) > 0 {
		l = fmt.Sprintf("processes are left: %v\n", procs)
	}
	return l, err
}

// nslab runs a command of nslab undisturbed and returns its exit status.
func (s *sweep) nslab(args ...string) (status int, output string) {
	cmd := exec.Command(s.program, args...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (s *sweep) must(args ...string) {
	s.t.Helper()
	if status, out := s.nslab(args...); status != 0 {
		s.t.Fatalf("nslab %s: exit status %d\n%s", strings.Join(args, " "), status, out)
	}
}

func (s *sweep) wiped() error {
	if err := os.Remove(s.ranPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if s.leaves {
		if err := killMarked(); err != nil {
			return err
		}
	}
	if l, err := left(s.mounts); l == "" || err != nil {
		return err
	}
	return wipe(s.mounts)
}

// fresh makes the lab of the base file.
func (s *sweep) fresh() error {
	if err := s.wiped(); err != nil {
		return err
	}
	if status, out := s.nslab("up", "--replace", s.base.path); status != 0 {
		return fmt.Errorf("up of %s: exit status %d\n%s", s.base.path, status, out)
	}
	return nil
}

// found records a defect. It returns whether the sweep goes on.
func (s *sweep) found(format string, args ...any) bool {
	s.findings = append(s.findings, fmt.Sprintf(format, args...))
	return len(s.findings) < s.most
}

// done reports whether the sweep has found enough.
func (s *sweep) done() bool { return len(s.findings) >= s.most }

// report fails the test with what was found.
func (s *sweep) report() {
	s.t.Helper()
	for _, f := range s.findings {
		s.t.Error(f)
	}
}

// downs takes down the lab, if it exists, and says what is wrong then, or
// returns "".
func (s *sweep) downs() string {
	if _, err := os.Lstat(labsDir + "/" + labName); err == nil {
		if status, out := s.nslab("down", labName); status != 0 {
			return fmt.Sprintf("down: exit status %d\n%s", status, out)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err.Error()
	}
	l, err := s.left()
	if err != nil {
		return err.Error()
	}
	if l != "" {
		return "after down:\n" + l
	}
	return ""
}

// ups makes the lab of a file and says what is wrong then.
func (s *sweep) ups(g *goal) string {
	before, err := s.readRan()
	if err != nil {
		return err.Error()
	}
	status, out := s.nslab("up", "--replace", g.path)
	if status != 0 {
		return fmt.Sprintf("up: exit status %d\n%s", status, out)
	}
	if why := s.ranAll(g, before, out); why != "" {
		return why
	}
	return s.is(g)
}

// is says how the lab differs from what it should be.
func (s *sweep) is(g *goal) string {
	d, err := g.want.differs(s.nodes)
	switch {
	case err != nil:
		return err.Error()
	case d != "":
		return "the lab is not whole (-undisturbed +found):\n" + d
	}
	if why := s.sees(g); why != "" {
		return why
	}
	if why := s.runs(g); why != "" {
		return why
	}
	if status, out := s.nslab("plan", "--replace", g.path); status != 0 {
		return fmt.Sprintf("the lab is whole, but plan: exit status %d\n%s", status, out)
	}
	return ""
}

// sees says what programs in nodes see that they should not.
func (s *sweep) sees(g *goal) string {
	for node, want := range g.sees {
		if status, out := s.nslab("exec", labName+"/"+node, "--", "sh", "-c", seeing); status != 0 || out != want {
			return fmt.Sprintf("programs in %s see %q, exit status %d, want %q", node, out, status, want)
		}
	}
	return ""
}

// ill says what is wrong with the end of a run, whatever the fault was.
func ill(r *result) string {
	switch {
	case r.hung:
		return "it hangs"
	case r.status.Signaled() && !r.killed():
		return fmt.Sprintf("it died of %v", r.status.Signal())
	case strings.Contains(r.output, "goroutine ") || strings.Contains(r.output, "panic:") || strings.Contains(r.output, "fatal error:"):
		return "it panicked:\n" + r.output
	}
	return ""
}

// each calls try for the points 1, 2, 3, ... of a phase until try returns that
// the program ended before. A short sweep tries a random choice of them.
func (s *sweep) each(p *phase, counts func(*call) bool, short int, try func(at int, c *call) (hit bool, err error)) (points int) {
	s.t.Helper()
	if err := p.start(s); err != nil {
		s.t.Fatal(err)
	}
	r := s.run(p, counts, fault{})
	if r.exit() != 0 {
		s.t.Fatalf("%s, undisturbed: exit status %d\n%s", p.name, r.exit(), r.output)
	}
	if len(r.calls) == 0 {
		s.t.Fatalf("%s: no call counted", p.name)
	}
	chosen := make(map[int]bool)
	if !full() {
		for _, i := range s.rand.Perm(len(r.calls))[:min(short, len(r.calls))] {
			chosen[i+1] = true
		}
	}
	for at := 1; !s.done(); at++ {
		if !full() && !chosen[at] {
			if at > len(r.calls) {
				break
			}
			continue
		}
		var c *call
		if at <= len(r.calls) {
			c = r.calls[at-1]
		}
		hit, err := try(at, c)
		if err != nil {
			s.t.Fatalf("%s, call %d: %v", p.name, at, err)
		}
		if !hit {
			if !s.done() && at <= len(r.calls)/2 {
				s.t.Fatalf("%s: a run had fewer than %d calls, where an undisturbed one had %d: %v", p.name, at, len(r.calls), tally(r.calls))
			}
			if full() {
				break
			}
			continue
		}
		points++
	}
	return points
}

func (s *sweep) run(p *phase, counts func(*call) bool, f fault) *result {
	s.t.Helper()
	r, err := (&program{path: s.program, args: p.args(s), counts: counts, fault: f, leaves: s.leaves}).run()
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// tally counts calls by their names.
func tally(calls []*call) map[string]int {
	n := make(map[string]int)
	for i := range calls {
		n[calls[i].String()]++
	}
	return n
}
