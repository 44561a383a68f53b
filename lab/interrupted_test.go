package lab

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// pair is a lab of two nodes with a link.
const pair = `name: t
nodes:
  a: {routes: ["default via 10.2.0.2"]}
  b: {kind: router, addresses: ["10.8.0.1/32"], sysctls: {net.ipv4.icmp_ratelimit: 200}}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: ["10.2.0.1/24", "10.2.0.2/24"]}
`

// setState changes what a lab's directory says, as a process that was killed
// may have left it.
func setState(t *testing.T, cfg *Config, change func(*labdir.Dir, *State)) {
	t.Helper()
	p, err := cfg.root().Open(bg, "t", false, labdir.DontWait)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readState(p)
	if err != nil {
		t.Fatal(err)
	}
	change(p, &s)
	if err := errors.Join(writeState(p, stateFile, s), p.Close()); err != nil {
		t.Fatal(err)
	}
}

// `up` ends a `down` that was interrupted, and makes the lab anew.
func TestIntegrationUpAfterHalfDown(t *testing.T) {
	cfg := &Config{}
	up(t, cfg, pair)
	setState(t, cfg, func(_ *labdir.Dir, s *State) { s.Phase = PhaseDeleting })
	if err := os.Remove("/run/netns/t-a"); err != nil {
		t.Fatal(err)
	}
	plan, err := PlanUp(bg, parse(t, pair), cfg, UpOptions{})
	if err != nil || !strings.Contains(words(plan), "+ namespace t-b") {
		t.Fatalf("plan: %v\n%s", err, words(plan))
	}
	setState(t, cfg, func(_ *labdir.Dir, s *State) {
		if s.Phase != PhaseDeleting {
			t.Errorf("a plan changed the phase to %q", s.Phase)
		}
	})
	if p := up(t, cfg, pair); words(p) != words(plan) {
		t.Errorf("up did\n%s\nand the plan was\n%s", words(p), words(plan))
	}
	if p := up(t, cfg, pair); !p.Empty() {
		t.Errorf("there is still\n%s", words(p))
	}
}

// What an interrupted change asked for is remembered until a run ends well,
// also when others are interrupted or fail in between.
func TestIntegrationInterruptedChanges(t *testing.T) {
	cfg := &Config{}
	with := func(node string) string { return strings.Replace(pair, "links:", "  "+node+"\nlinks:", 1) }
	up(t, cfg, with("x: {}"))
	// The change to a lab with x was interrupted.
	setState(t, cfg, func(p *labdir.Dir, s *State) {
		if err := errors.Join(p.Rename(sourceFile, pendingFile), p.Write(sourceFile, []byte(pair), 0o600)); err != nil {
			t.Fatal(err)
		}
		s.Phase = PhaseChanging
	})
	for range 2 {
		var re *RunError
		if _, err := Up(bg, parse(t, with(`y: {exec: ["false"]}`)), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
			t.Fatalf("got %v", err)
		}
	}
	p := up(t, cfg, pair)
	if !strings.Contains(words(p), "- namespace x") || strings.Contains(words(p), "y") {
		t.Errorf("up did\n%s", words(p))
	}
	entries, err := os.ReadDir("/run/nslab/t")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if isPending(e.Name()) {
			t.Errorf("%s is still there", e.Name())
		}
	}
}

// The last address of an interface takes the routes through it along.
func TestIntegrationAddressTakesRoutes(t *testing.T) {
	cfg := &Config{}
	up(t, cfg, pair)
	other := strings.Replace(pair, "10.2.0.1/24", "10.2.0.7/24", 1)
	p := up(t, cfg, other)
	if want := "- address eth0 10.2.0.1/24 in a\n+ address eth0 10.2.0.7/24 in a\n+ route default via 10.2.0.2 in a"; words(p) != want {
		t.Errorf("up did\n%s\nwant\n%s", words(p), want)
	}
	if p := up(t, cfg, other); !p.Empty() {
		t.Errorf("there is still\n%s", words(p))
	}
	// Undoing that brings them back.
	bad := strings.Replace(pair, "nodes:\n", "nodes:\n  c: {exec: [\"false\"]}\n", 1)
	var re *RunError
	if _, err := Up(bg, parse(t, bad), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if p := up(t, cfg, other); !p.Empty() {
		t.Errorf("after the rollback there is still\n%s", words(p))
	}
}

// A primary address takes its secondary ones along.
func TestIntegrationSecondaryAddresses(t *testing.T) {
	cfg := &Config{}
	two := strings.Replace(pair, `["10.2.0.1/24",`, `[["10.2.0.1/24", "10.2.0.3/24"],`, 1)
	up(t, cfg, two)
	other := strings.Replace(pair, "10.2.0.1/24", "10.2.0.3/24", 1)
	up(t, cfg, other)
	if p := up(t, cfg, other); !p.Empty() {
		t.Errorf("there is still\n%s", words(p))
	}
}

// A namespace that a failing change has removed is made again as it was.
func TestIntegrationRemovedNodeComesBack(t *testing.T) {
	cfg := &Config{}
	up(t, cfg, pair)
	var re *RunError
	_, err := Up(bg, parse(t, "name: t\nnodes:\n  a: {}\n  c: {exec: [\"false\"]}\n"), cfg, UpOptions{})
	if !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if p := up(t, cfg, pair); !p.Empty() {
		t.Errorf("after the rollback there is still\n%s", words(p))
	}
}

// Settings of an interface wait for it.
func TestIntegrationInterfaceSysctl(t *testing.T) {
	cfg := &Config{}
	text := strings.Replace(pair, "  a: {", "  a: {sysctls: {net.ipv4.conf.eth0.rp_filter: 2}, ", 1)
	up(t, cfg, text)
	if p := up(t, cfg, text); !p.Empty() {
		t.Errorf("there is still\n%s", words(p))
	}
}

// Down works where nothing can be written any more.
func TestIntegrationDownOnFullDisk(t *testing.T) {
	root := t.TempDir()
	if err := unix.Mount("none", root, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(root, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	cfg := &Config{Root: root}
	up(t, cfg, pair)
	err := os.WriteFile(root+"/ballast", make([]byte, 1<<20), 0o600)
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, cfg, "t")
}

// A run that was killed before it did anything has left its file. The next `up`
// finds the lab as its own file says, and removes that of the killed run all
// the same.
func TestIntegrationPendingFileGoes(t *testing.T) {
	up(t, nil, base)
	top := parse(t, base)
	left := DefaultRoot + "/" + top.Name + "/" + pendingFile
	if err := os.WriteFile(left, []byte(strings.Replace(base, "name: t", "name: t\nipv6: off", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Up(bg, top, nil, UpOptions{})
	if err != nil || !p.Empty() {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}
