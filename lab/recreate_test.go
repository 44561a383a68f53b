package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// marker is a setting that no file speaks of: a node that has it is still the
// one that was given it.
const marker = "/proc/sys/net/ipv4/igmp_max_memberships"

func setMarker(t *testing.T, netns string) {
	t.Helper()
	in(t, netns, func() error { return os.WriteFile(marker, []byte("77"), 0o644) })
}

func hasMarker(t *testing.T, netns string) bool {
	t.Helper()
	var b []byte
	in(t, netns, func() (err error) {
		b, err = os.ReadFile(marker)
		return err
	})
	return string(b) == "77\n"
}

// ranIn is a lab of two nodes whose lines say in a file that they have run.
func ranIn(file string, lines ...string) string {
	text := "name: t\nnodes:\n  a:\n    exec:\n"
	for _, l := range lines {
		text += fmt.Sprintf("      - echo %s >>%s\n", l, file)
	}
	return text + "  b: {}\nlinks:\n  - {endpoints: [\"a:e\", \"b:e\"], ipv4: [\"10.0.0.1/30\", \"10.0.0.2/30\"]}\n"
}

// What an interrupted run has not come to is run by the next one. A node whose
// line was interrupted is made anew, and so is one whose lines are others now.
func TestIntegrationExecInterrupted(t *testing.T) {
	for _, tt := range []struct {
		states string
		now    string // the lines of the file by then
		want   string // what the next up runs
		remade string // why it makes the node anew, if it does
	}{
		{"++", "one two", "", ""},
		{"--", "one two", "one two", ""},
		{"+-", "one two", "two", ""},
		{"+>", "one two", "one two", `an earlier up was interrupted or undone at its exec line 2, "echo two `},
		{">-", "one two", "one two", `an earlier up was interrupted or undone at its exec line 1, "echo one `},
		{"--", "three", "three", ""},
		{"+-", "one three four", "three four", ""},
		{"+-", "one", "", ""},
		{"+-", "three", "three", "an earlier up was interrupted after 1 of its 2 exec lines, which have changed since"},
		{"+>", "three", "three", `an earlier up was interrupted or undone at its exec line 2, "echo two `},
	} {
		t.Run(tt.states+" "+tt.now, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "ran")
			up(t, nil, ranIn(file, "one", "two"))
			setMarker(t, "t-a")
			setState(t, (*Config)(nil).orDefault(), func(p *labdir.Dir, s *State) {
				s.Phase = PhaseChanging
				b, err := p.Read("exec")
				if err == nil {
					lines := strings.Split(string(b), "\n")
					for i := range tt.states {
						lines[i+1] = tt.states[i:i+1] + lines[i+1][1:] // the first says what it is
					}
					err = errors.Join(p.Write("exec", []byte(strings.Join(lines, "\n")), 0o600), p.Rename(sourceFile, pendingFile), os.Remove(file))
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			next := ranIn(file, strings.Fields(tt.now)...)
			plan, err := PlanUp(bg, parse(t, next), nil, UpOptions{})
			if err != nil {
				t.Fatal(err)
			}
			p := up(t, nil, next)
			if words(p) != words(plan) || fmt.Sprint(p.Remade) != fmt.Sprint(plan.Remade) {
				t.Errorf("up did\n%s %v\nand the plan was\n%s %v", words(p), p.Remade, words(plan), plan.Remade)
			}
			b, err := os.ReadFile(file)
			if tt.want != "" && err != nil || strings.Join(strings.Fields(string(b)), " ") != tt.want {
				t.Errorf("ran %q, %v, want %q", b, err, tt.want)
			}
			remade := len(p.Remade) == 1 && p.Remade[0].Node == "a" && strings.HasPrefix(p.Remade[0].Why, tt.remade)
			if remade != (tt.remade != "") || remade == hasMarker(t, "t-a") {
				t.Errorf("made anew: %v, and the marker is there: %v; want %q", p.Remade, hasMarker(t, "t-a"), tt.remade)
			}
			if remade && !strings.Contains(strings.Join(p.Notes(), "\n"), `node "a" is recreated, with its links: `+tt.remade) {
				t.Errorf("notes %q", p.Notes())
			}
			if p := up(t, nil, next); !p.Empty() || len(p.Notes()) != 0 {
				t.Errorf("there is still\n%s\n%s", words(p), p.Notes())
			}
			if _, err := os.Stat("/run/nslab/t/exec.before"); err == nil {
				t.Error("what was before is still written down")
			}
		})
	}
}

// Lines that change do nothing to a node that is there, and this is told, also
// where few nodes are looked at, until it is made anew. A lab that was made
// before lines were written down counts as made with those of its file.
func TestIntegrationExecChanged(t *testing.T) {
	for _, old := range []string{"with a journal", "without one"} {
		t.Run(old, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "ran")
			up(t, nil, ranIn(file, "one", "two"))
			if old == "without one" {
				if err := os.Remove("/run/nslab/t/exec"); err != nil {
					t.Fatal(err)
				}
			}
			next := ranIn(file, "one", "zwei", "three")
			want := fmt.Sprintf("node \"a\": exec line 2 is \"echo zwei >>%[1]s\", and was \"echo two >>%[1]s\"\n"+
				"node \"a\": exec line 3 is new: \"echo three >>%[1]s\"\n"+
				"exec lines run only when a node is created; to recreate nodes, with their links: nslab up --recreate a", file)
			for _, opts := range []UpOptions{{}, {PlanOptions: PlanOptions{NoRefresh: true}}} {
				for range 2 { // the file has become the lab's by the second
					for _, do := range []func() (*Plan, error){
						func() (*Plan, error) { return PlanUp(bg, parse(t, next), nil, opts) },
						func() (*Plan, error) { return Up(bg, parse(t, next), nil, opts) },
					} {
						if p, err := do(); err != nil || !p.Empty() || strings.Join(p.Notes(), "\n") != want {
							t.Errorf("%v, %s\n%s\nwant\n%s", err, words(p), strings.Join(p.Notes(), "\n"), want)
						}
						if old == "without one" {
							break // once the file is the lab's, nobody knows
						}
					}
				}
			}
			plan, err := PlanUp(bg, parse(t, next), nil, UpOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			err = plan.WriteText(&text, Plain)
			if full := "Lab \"t\" matches its file, except for exec lines:\n  ! " + strings.ReplaceAll(want, "\n", "\n  ! ") + "\n"; err != nil || text.String() != full {
				t.Errorf("%v, text\n%s\nwant\n%s", err, &text, full)
			}
			b, err := plan.MarshalJSON()
			if err != nil || !strings.Contains(string(b), fmt.Sprintf(`"exec":[{"action":"update","node":"a","line":2,"old":"echo two \u003e\u003e%[1]s","new":"echo zwei \u003e\u003e%[1]s"},{"action":"create","node":"a","line":3,"new":"echo three`, file)) {
				t.Errorf("%v, JSON\n%s", err, b)
			}
			p, err := Up(bg, parse(t, next), nil, UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}})
			if err != nil || fmt.Sprint(p.Notes()) != `[node "a" is recreated, with its links: as requested]` {
				t.Fatalf("%v, %q", err, p.Notes())
			}
			if b, err := os.ReadFile(file); err != nil || string(b) != "one\ntwo\none\nzwei\nthree\n" {
				t.Errorf("ran %q, %v", b, err)
			}
			if p := up(t, nil, next); !p.Empty() || len(p.Notes()) != 0 {
				t.Errorf("there is still\n%s\n%s", words(p), p.Notes())
			}
			// And one that has none any more is told of too.
			if p := up(t, nil, strings.Replace(ranIn(file), "    exec:\n", "    {}\n", 1)); !p.Empty() || len(p.Exec) != 3 || p.Exec[2].Verb != Delete {
				t.Errorf("%s\n%v", words(p), p.Exec)
			}
		})
	}
}

// Nodes are made anew with their links, and what runs in them ends; others are
// left alone.
func TestIntegrationRecreate(t *testing.T) {
	testenv.NeedTool(t, peerstate.Tools...)
	dir := t.TempDir()
	text := strings.Replace(untouched, "  c: {}", "  c: {routes: [\"default via 10.1.0.1\"], exec: [\"sleep 1000 & echo $! >"+dir+"/pid\"]}", 1)
	var seen changes
	cfg := &Config{Observer: &seen}
	up(t, cfg, text)
	remade := []string{"u-c", "u-r"}
	quiet := []string{"u-x", "u-y", "u-a", "u-b"}
	for _, ns := range append(slices.Clone(quiet), remade...) {
		setMarker(t, ns)
	}
	calls := []*call{connect(t, "u-x", "u-y", "10.0.0.2"), connect(t, "u-a", "u-b", "10.1.0.3")}
	talk := func() {
		for _, c := range calls {
			c.exchange(t)
		}
	}
	talk()
	settle.Wait(t, append(slices.Clone(quiet), remade...)...)
	before, ends := peerstate.Read(t, quiet...), peerstate.Read(t, remade...)
	told := listen(t, quiet)
	pid := pidIn(t, dir+"/pid")
	cfg.Progress = func(int, int, string) { talk() }
	seen.take()
	opts := UpOptions{PlanOptions: PlanOptions{Recreate: []string{"[cr]", "r"}}}
	p, err := Up(bg, parse(t, text), cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(p.Remade) != "[{c as requested} {r as requested}]" {
		t.Errorf("made anew: %v", p.Remade)
	}
	for _, s := range seen.take() {
		if node, _, _ := strings.Cut(s, " "); slices.Contains(quiet, "u-"+node) {
			t.Errorf("a change was sent: %s", s)
		}
	}
	for _, m := range told() {
		t.Errorf("the kernel told of a change: %s", m)
	}
	talk()
	if lives(t, pid) {
		t.Errorf("process %d lives on", pid)
	}
	if pidIn(t, dir+"/pid") == pid {
		t.Error("the exec line of c did not run again")
	}
	settle.Wait(t, remade...)
	if d := peerstate.Diff(before, peerstate.Read(t, quiet...)); d != "" {
		t.Errorf("other nodes have changed (-before):\n%s", d)
	}
	if d := peerstate.Diff(ends, peerstate.Read(t, remade...)); d != "" {
		t.Errorf("the nodes made anew are not as they were (-before):\n%s", d)
	}
	for _, ns := range quiet {
		if !hasMarker(t, ns) {
			t.Errorf("%s was made anew", ns)
		}
	}
	for _, ns := range remade {
		if hasMarker(t, ns) {
			t.Errorf("%s was not made anew", ns)
		}
	}
	cfg.Progress = nil
	if p := up(t, cfg, text); !p.Empty() {
		t.Errorf("there is still\n%s", words(p))
	}
	for pattern, want := range map[string]error{"nobody": ErrNoNode, "[": path.ErrBadPattern} {
		opts.Recreate = []string{"c", pattern}
		_, err := Up(bg, parse(t, text), cfg, opts)
		_, perr := PlanUp(bg, parse(t, text), cfg, opts)
		if !errors.Is(err, want) || !errors.Is(perr, want) {
			t.Errorf("%q: %v, %v", pattern, err, perr)
		}
	}
}

// A change that is undone makes no node as it was that it has made anew or
// removed, or whose lines it has gone on with: the next one makes it anew.
// Others it leaves as they were.
func TestIntegrationRecreateUndone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ran")
	text := ranIn(file, "one", "two")
	up(t, nil, text)
	bad := strings.Replace(text, "  b: {}", "  b: {}\n  c: {exec: [\"false\"]}", 1)
	fails := func(opts UpOptions) {
		t.Helper()
		var re *RunError
		if _, err := Up(bg, parse(t, bad), nil, opts); !errors.As(err, &re) || re.Undo != nil {
			t.Fatalf("got %v", err)
		}
	}
	fails(UpOptions{})
	if p := up(t, nil, text); !p.Empty() || len(p.Notes()) != 0 {
		t.Errorf("after the rollback there is still\n%s\n%s", words(p), p.Notes())
	}
	fails(UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}})
	for _, opts := range []UpOptions{{}, {PlanOptions: PlanOptions{NoRefresh: true}}} {
		if p, err := PlanUp(bg, parse(t, text), nil, opts); err != nil || len(p.Remade) != 1 || p.Remade[0].Node != "a" {
			t.Errorf("%v, made anew: %v", err, p.Remade)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	again := func() {
		t.Helper()
		up(t, nil, text)
		if b, err := os.ReadFile(file); err != nil || string(b) != "one\ntwo\n" {
			t.Errorf("ran %q, %v", b, err)
		}
		if p := up(t, nil, text); !p.Empty() || len(p.Notes()) != 0 {
			t.Errorf("there is still\n%s\n%s", words(p), p.Notes())
		}
	}
	again()
	// Nor a node that it has removed: it comes back without what its lines did.
	bad = "name: t\nnodes:\n  b: {}\n  c: {exec: [\"false\"]}\n"
	fails(UpOptions{})
	if p, err := PlanUp(bg, parse(t, text), nil, UpOptions{}); err != nil || len(p.Remade) != 1 || p.Remade[0].Node != "a" {
		t.Errorf("%v, made anew: %v", err, p.Remade)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	again()
}

// Interrupted while it ends processes, up says which; nothing else has been
// done, and an undone change says so too.
func TestIntegrationRecreateInterrupted(t *testing.T) {
	dir := t.TempDir()
	fifo(t, dir+"/termed")
	text := "name: t\nnodes: {a: {}, b: {}}\n"
	up(t, nil, text)
	setMarker(t, "t-a")
	pid, _ := inNode(t, "a", nil, "/bin/sh", "-c", `trap 'echo now >`+dir+`/termed' TERM; echo ready; while :; do sleep 1000 & wait; done`)
	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		if _, err := os.ReadFile(dir + "/termed"); err != nil {
			t.Error(err)
		}
		cancel()
	}()
	recreate := UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}}
	_, err := Up(ctx, parse(t, text), nil, recreate)
	var re *RunError
	said := fmt.Sprintf("\n  %d in a: sh", pid)
	if !errors.As(err, &re) || re.Undo != nil || re.Done != 0 || !slices.ContainsFunc(re.Ended, func(p Process) bool { return p.PID == pid }) ||
		!strings.Contains(err.Error(), "context canceled; nothing had been done, except that these processes were told to end:") || !strings.Contains(err.Error(), said) {
		t.Errorf("got %v", err)
	}
	if !hasMarker(t, "t-a") {
		t.Error("the node was recreated")
	}
	// And where it fails later.
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Error(err)
	}
	pid, ended := inNode(t, "a", nil, "/bin/sh", "-c", "echo ready; exec sleep 1000")
	_, err = Up(soon(t), parse(t, strings.Replace(text, "b: {}", "b: {}, c: {exec: [\"false\"]}", 1)), nil, recreate)
	if !errors.As(err, &re) || re.Undo != nil || !strings.Contains(err.Error(), "are undone\nthese processes had been told to end before, which cannot be taken back:\n") ||
		!strings.Contains(err.Error(), fmt.Sprintf("\n  %d in a: sleep", pid)) {
		t.Errorf("got %v", err)
	}
	wasEnded(t, ended)
}

// So does down, of which the names are gone then.
func TestIntegrationDownInterrupted(t *testing.T) {
	dir := t.TempDir()
	fifo(t, dir+"/termed")
	up(t, nil, twoNodes)
	pid, _ := inNode(t, "a", nil, "/bin/sh", "-c", `trap 'echo now >`+dir+`/termed' TERM; echo ready; while :; do sleep 1000 & wait; done`)
	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		if _, err := os.ReadFile(dir + "/termed"); err != nil {
			t.Error(err)
		}
		cancel()
	}()
	err := Down(ctx, "t", nil, DownOptions{Kill: true})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "lab \"t\" is partly taken down; \"nslab down --kill t\" goes on with it") ||
		!strings.Contains(err.Error(), fmt.Sprintf("\n  %d in a: sh", pid)) {
		t.Errorf("got %v", err)
	}
}
