package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/lab"
)

// crowdLab returns a small lab: two hosts on a bridge and, in the second
// version, a third one, with other addresses.
func crowdLab(name string, version int) string {
	more := ""
	if version > 0 {
		more = "  c: {}\n"
	}
	return fmt.Sprintf(`name: %s
nodes:
  sw: {kind: bridge}
  a: {}
  b: {}
%slinks:
  - {endpoints: ["[abc]:eth0", "sw"], subnet: 10.%d.0.0/24}
`, name, more, version)
}

// A child is an nslab process: the test binary under that name.
type child struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
}

func newChild(t testing.TB, stdin io.Reader, args ...string) *child {
	c := &child{cmd: exec.CommandContext(t.Context(), "/proc/self/exe")}
	c.cmd.Args = append([]string{"nslab"}, args...)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = stdin, &c.out, &c.err
	return c
}

func (c *child) String() string {
	return fmt.Sprintf("%s: %v\n%s%s", strings.Join(c.cmd.Args, " "), c.cmd.ProcessState, c.out.String(), c.err.String())
}

// atOnce starts a process for each command line. All wait for their standard
// input, which is the file for the last argument "-", and get it at the same
// moment. It returns after all have succeeded.
func atOnce(t *testing.T, lines [][]string, inputs []string) {
	t.Helper()
	children := make([]*child, len(lines))
	pipes := make([]*os.File, len(lines))
	for i, args := range lines {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		children[i], pipes[i] = newChild(t, r, args...), w
		if err := children[i].cmd.Start(); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	for i, w := range pipes {
		_, err := w.WriteString(inputs[i])
		if err := errors.Join(err, w.Close()); err != nil {
			t.Error(err)
		}
	}
	for _, c := range children {
		if err := c.cmd.Wait(); err != nil {
			t.Errorf("%v: %v", err, c)
		}
	}
}

// emptyRun checks that no lab has left anything in /run, including mounts.
func emptyRun(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"/run/nslab", "/run/netns"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err == nil && path != dir {
				t.Errorf("%s is left", path)
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	if left, err := lab.Leftovers(nil); err != nil || len(left) != 0 {
		t.Errorf("left over: %+v, %v", left, err)
	}
}

// Many labs, each with a process of its own, come up at the same time and go
// down at the same time.
func TestIntegrationManyProcesses(t *testing.T) {
	before := testenv.Snapshot(t)
	n := 64
	if testenv.Sampled() {
		n = 16
	}
	var names, files []string
	var ups, downs [][]string
	for i := range n {
		name := fmt.Sprintf("crowd%d", i)
		names = append(names, name)
		files = append(files, crowdLab(name, 0))
		ups = append(ups, []string{"up", "-"})
		downs = append(downs, []string{"down", "-"})
	}
	defer func() {
		if t.Failed() {
			nslab(t, "down", "--all", "--kill")
		}
	}()
	atOnce(t, ups, files)
	labs, err := lab.List(nil)
	// Another test that failed may have left one.
	labs = slices.DeleteFunc(labs, func(l lab.Info) bool { return !strings.HasPrefix(l.Name, "crowd") })
	if err != nil || len(labs) != n {
		t.Fatalf("%d labs, want %d; %v", len(labs), n, err)
	}
	for _, l := range labs {
		if l.Phase != lab.PhaseUp || l.Nodes != 3 || l.Links != 2 || !slices.Contains(names, l.Name) {
			t.Errorf("got %+v", l)
		}
	}
	for i, name := range names {
		whole(t, name, files[i])
	}
	atOnce(t, downs, files)
	emptyRun(t)
	before.Check(t)
}

// whole checks that the kernel has everything that a lab's file asks for, and
// that packets pass.
func whole(t *testing.T, name, file string) {
	t.Helper()
	var out, errs strings.Builder
	if status := run("nslab", []string{"plan", "--replace", "-"}, strings.NewReader(file), &out, &errs); status != 0 {
		t.Errorf("lab %s is not whole: status %d\n%s%s", name, status, out.String(), errs.String())
	}
	settle.Carriers(t, name+"-a", name+"-sw", name+"-b") // nothing is sent before
	nslab(t, "ping", "-q", "-c", "1", name+"/a", "b")
}

// heldMessage matches what a process prints that does not wait for a lab.
var heldMessage = regexp.MustCompile(`^nslab: lab "crowd\d": another process works on the lab( \(process \d+, since \S+\))?\n$`)

// Processes create, change and take down the same few labs, in any order. Each
// does its work, or says that another one is at work.
func TestIntegrationSameLabs(t *testing.T) {
	before := testenv.Snapshot(t)
	const labs, workers = 8, 6
	turns := 15
	if testenv.Sampled() {
		turns = 5
	}
	dir := t.TempDir()
	var files [labs][2]string
	for i := range files {
		for v := range files[i] {
			files[i][v] = filepath.Join(dir, fmt.Sprintf("%d-%d.yaml", i, v))
			if err := os.WriteFile(files[i][v], []byte(crowdLab(fmt.Sprintf("crowd%d", i), v)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	defer func() {
		if t.Failed() {
			nslab(t, "down", "--all", "--kill")
		}
	}()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var mu sync.Mutex
	ended := make(map[string]int)
	var group sync.WaitGroup
	for w := range workers {
		// Half of them prefer one lab, so that they meet.
		random := rand.New(rand.NewPCG(seed, uint64(w)))
		group.Go(func() {
			for range turns {
				i := random.IntN(labs)
				if w%2 == 0 && random.IntN(3) > 0 {
					i = 0
				}
				args := []string{[]string{"up", "up", "down"}[random.IntN(3)], files[i][random.IntN(2)]}
				if args[0] == "up" {
					args = append(args, "--replace") // either file's lab
				}
				if random.IntN(3) == 0 {
					args = append(args, "--no-wait")
				}
				c := newChild(t, nil, args...)
				err := c.cmd.Run()
				how := args[0]
				var exit *exec.ExitError
				switch {
				case err == nil && c.err.Len() == 0:
				case errors.As(err, &exit) && exit.ExitCode() == exitFailed && args[len(args)-1] == "--no-wait" && heldMessage.MatchString(c.err.String()):
					how += ", held"
					if strings.Contains(c.err.String(), "(process ") {
						how += " by"
					}
				default:
					t.Errorf("%v: %v", err, c)
				}
				mu.Lock()
				ended[how]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("ended: %v", ended)
	// Whatever they left, it can be completed.
	for i := range labs {
		nslab(t, "up", "--replace", files[i][i%2])
		whole(t, fmt.Sprintf("crowd%d", i), crowdLab(fmt.Sprintf("crowd%d", i), i%2))
	}
	nslab(t, "down", "--all")
	emptyRun(t)
	before.Check(t)
}
