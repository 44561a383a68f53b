package trace

import (
	"os"
	"os/signal"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The stops of a traced program send no SIGCHLD; its end does. Afterwards the
// signal's action is what it was.
func TestQuietStops(t *testing.T) {
	silent := func() bool {
		var action sigaction
		if err := exchange(uintptr(unix.SIGCHLD), nil, &action); err != nil {
			t.Fatal(err)
		}
		return action.flags&saNoCldStop != 0
	}
	before := silent()
	came := make(chan os.Signal, 1000)
	signal.Notify(came, unix.SIGCHLD)
	defer signal.Stop(came)
	restore := quietStops()
	run(t, program("asks", "50"), Options{}) // 200 stops
	if !silent() {
		t.Error("a tracer that has ended made the stops of others loud")
	}
	select {
	case <-came:
	case <-time.After(patience):
		t.Error("no signal for the end of a child")
	}
	if n := len(came); n > 20 { // a few for the children of other tests
		t.Errorf("%d signals", n)
	}
	restore()
	restore()
	if silent() != before {
		t.Errorf("SA_NOCLDSTOP is %t, and was %t", silent(), before)
	}
}
