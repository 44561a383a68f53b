package labtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// sleepMark is in the command lines of all that the labs of processes start: a
// number of seconds. Other tests may run on this machine.
var sleepMark = strconv.Itoa(1_000_000_000 + os.Getpid())

// processLab is a lab whose nodes run programs that fork into other sessions,
// ignore signals, and wait for each other.
func processLab(other string) string {
	return `name: ` + labName + `
nodes:
  a:
    cmd: [sh, -c, "setsid sleep ` + sleepMark + ` & setsid -f sleep ` + sleepMark + `; exec sleep ` + sleepMark + `"]
    processes:
      deaf: {cmd: [sh, -c, "trap '' TERM; sleep ` + sleepMark + ` & while :; do wait; done", ` + sleepMark + `], stop-timeout: 10ms}
    exec: ["setsid -f sleep ` + sleepMark + ` >/dev/null 2>&1"]
  b:
    count: 2
    cmd: sleep ` + sleepMark + other + `
    restart-policy: always
    wait-for: [a]
    healthcheck: {test: [CMD, "true"]}
` // b's are begun with when a is ready
}

// TestProcessKills kills nslab at random times while it starts, changes and ends
// processes, and the lab's keeper and a process that this keeps too. A down
// leaves none of them, no cgroup, no file and no mount, and an up in between makes
// the lab whole.
func TestProcessKills(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	testenv.NeedTool(t, "sh", "sleep", "true")
	seed := testenv.Seed(t, "NSLAB_SWEEP_SEED")
	r := rand.New(rand.NewPCG(seed, 1))
	program := build(t)
	dir := t.TempDir()
	files := make([]string, 2)
	for i, other := range []string{"", ".0"} {
		files[i] = filepath.Join(dir, strconv.Itoa(i)+".yaml")
		if err := os.WriteFile(files[i], []byte(processLab(other)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before, err := mounts()
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (time.Duration, string, error) {
		began := time.Now()
		out, err := exec.Command(program, args...).CombinedOutput()
		return time.Since(began), string(out), err
	}
	up := func(file int) []string { return []string{"up", "--replace", files[file]} }
	down := []string{"down", labName}
	// How long each takes, as a bound for the times.
	restart := []string{"restart", labName + "/b1", labName + "/a"}
	takes := make(map[string]time.Duration)
	for _, args := range [][]string{up(0), up(1), restart, down} {
		took, out, err := run(args...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		takes[args[0]] = max(takes[args[0]], took)
	}
	runs := 12
	if full() {
		runs = 500
	}
	kills := 0
	for n := range runs {
		var story strings.Builder
		for range 1 + r.IntN(3) {
			if r.IntN(3) == 0 {
				victim := []string{"keeper", "sleep"}[r.IntN(2)]
				all, err := marked()
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range all {
					if p.words[1] == "keeper" && victim == "keeper" || p.words[0] == "sleep" && victim == "sleep" {
						unix.Kill(p.pid, unix.SIGKILL) //nolint:errcheck // it may have ended
						break
					}
				}
				fmt.Fprintf(&story, "a %s killed; ", victim)
			}
			args := [][]string{up(0), up(1), down, restart}[r.IntN(4)]
			at := time.Duration(r.Int64N(int64(takes[args[0]])))
			cmd := exec.Command(program, args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(at, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
			cmd.Wait()                                                 //nolint:errcheck // it has been killed, or not
			timer.Stop()
			if !cmd.ProcessState.Exited() {
				kills++
			}
			fmt.Fprintf(&story, "%s, killed after %v; ", args[0], at)
		}
		if r.IntN(2) == 0 {
			if _, out, err := run(up(0)...); err != nil {
				t.Errorf("%sthen up: %v\n%s", story.String(), err, out)
			} else if _, out, err := run("plan", "--replace", files[0]); err != nil || !strings.Contains(out, "nothing to do") {
				t.Errorf("%sthen up, then plan: %v\n%s", story.String(), err, out)
			}
		}
		if _, err := os.Stat(labsDir + "/" + labName); err == nil {
			if _, out, err := run(down...); err != nil {
				t.Errorf("%sthen down: %v\n%s", story.String(), err, out)
			}
		}
		l, err := left(before)
		if err != nil {
			t.Fatal(err)
		}
		procs, err := markedLeft()
		if err != nil {
			t.Fatal(err)
		}
		if l != "" || len(procs) > 0 {
			t.Errorf("run %d: %sthen down: processes %v\n%s", n, story.String(), procs, l)
			break
		}
	}
	t.Logf("%d runs with %d kills within %v", runs, kills, takes)
}

// A markedProcess is one of the lab: with the mark among the words of its
// command line, or its keeper.
type markedProcess struct {
	pid   int
	words []string
}

// markedLeft returns the processes of a lab that is gone, once there are none,
// or after 10 seconds: what the keeper has started to start others ends after
// it.
func markedLeft() ([]markedProcess, error) {
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		if all, err := marked(); err != nil || len(all) == 0 || time.Now().After(deadline) {
			return all, err
		}
	}
}

// marked returns the processes of the lab.
func marked() (found []markedProcess, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		words := strings.Split(string(b), "\x00")
		if slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, sleepMark) }) || len(words) > 2 && words[1] == "keeper" && words[2] == labName {
			pid, err := strconv.Atoi(strings.Split(f, "/")[2])
			if err != nil {
				return nil, err
			}
			found = append(found, markedProcess{pid, words})
		}
	}
	return found, nil
}
