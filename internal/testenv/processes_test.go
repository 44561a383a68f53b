package testenv_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
)

// inner names the test that a test runs in a second run of this program.
const inner = "NSLAB_TESTENV_INNER"

// again returns a command that lets sh run one test of this program, after some
// other words.
func again(words, name string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", words+` exec "$0" "-test.run=^$1$" -test.v`, os.Args[0], name)
	cmd.Env = append(os.Environ(), inner+"="+name)
	return cmd
}

func TestSignalsAreNotIgnored(t *testing.T) {
	testenv.NeedTool(t, "sh")
	out, err := again(`trap "" HUP INT QUIT TERM PIPE USR1 USR2;`, "TestInnerSignals").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestInnerSignals") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInnerSignals is run by TestSignalsAreNotIgnored.
func TestInnerSignals(t *testing.T) {
	if os.Getenv(inner) != t.Name() {
		t.Skip("it is run by TestSignalsAreNotIgnored")
	}
	for line := range strings.Lines(testenv.Run(t, "cat", "/proc/self/status")) {
		mask, ok := strings.CutPrefix(line, "SigIgn:")
		if !ok {
			continue
		}
		ignored, err := strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGPIPE, unix.SIGUSR1, unix.SIGUSR2} {
			if ignored&(1<<(s-1)) != 0 {
				t.Errorf("a program that a test starts ignores %v", unix.SignalName(s))
			}
		}
		return
	}
	t.Error("no SigIgn in /proc/self/status")
}

func TestProcessesAreNotLeftBehind(t *testing.T) {
	testenv.NeedTool(t, "sh", "sleep")
	out, err := again("", "TestInnerLeaves").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("got %v, want exit status 1\n%s", err, out)
	}
	_, rest, _ := strings.Cut(string(out), "processes were left behind, and killed: ")
	number, _, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(number)
	if err != nil || !strings.Contains(rest, `["sleep" "1000"]`) {
		t.Fatalf("the process is not named: %v\n%s", err, out)
	}
	if err := unix.Kill(pid, 0); err != unix.ESRCH {
		t.Errorf("process %d is still there: %v", pid, err)
	}
}

// TestInnerLeaves is run by TestProcessesAreNotLeftBehind. What it starts has
// no parent any more, and its own session.
func TestInnerLeaves(t *testing.T) {
	if os.Getenv(inner) != t.Name() {
		t.Skip("it is run by TestProcessesAreNotLeftBehind")
	}
	testenv.Run(t, "sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 &")
}
