package trace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
)

// instances lists the trace instances of tracers.
func instances(t *testing.T) (names []string) {
	t.Helper()
	m, err := mountTracefs()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(m)
	fd, err := unix.Openat(m, "instances", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "instances")
	defer f.Close()
	all, err := f.Readdirnames(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if strings.HasPrefix("instances/"+name, instancePrefix) {
			names = append(names, name)
		}
	}
	return names
}

func needTracefs(t *testing.T) {
	t.Helper()
	testenv.NeedInitRoot(t, "to read tracepoints")
	m, err := mountTracefs()
	if errors.Is(err, unix.ENODEV) {
		t.Skipf("this kernel has no tracepoints: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(m)
	if err := unix.Faccessat(m, "events/netlink/netlink_extack", unix.F_OK, 0); err == unix.ENOENT {
		t.Skip("this kernel does not tell what it says (Linux 5.13)")
	}
}

// The kernel's message is recorded even for a program that did not ask for it.
func TestExtAck(t *testing.T) {
	needTracefs(t)
	sentences := func(args ...string) (said []string, events []audit.Event) {
		_, events = run(t, program("refused", args...), Options{ExtAck: true})
		for i, e := range events {
			if e.Op == audit.OpLost {
				t.Errorf("lost: %s", e.Text)
			}
			if e.Op != audit.OpExtAck {
				continue
			}
			said = append(said, e.Text)
			if before := events[i-1]; before.Op != audit.OpSend || before.TID != e.TID || before.Inode != e.Inode {
				t.Errorf("said after %v of thread %d on socket %d, want a send of thread %d on %d", before.Op, before.TID, before.Inode, e.TID, e.Inode)
			}
		}
		return said, events
	}
	if said, events := sentences(); strings.Join(said, ",") != "Unknown device type,Unknown device type,Unknown device type" {
		t.Errorf("said %q:\n%s", said, list(events))
	}
	// The reply contains it already.
	if said, events := sentences("asks"); len(said) != 0 {
		t.Errorf("said %q:\n%s", said, list(events))
	}
	// It is also recorded for what the program starts.
	testenv.NeedTool(t, "sh")
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	c := program("refused")
	c.Path, c.Args = sh, []string{"sh", "-c", `"$@"; exit`, "sh", "/proc/" + strconv.Itoa(os.Getpid()) + "/exe"}
	_, events := run(t, c, Options{ExtAck: true})
	n := 0
	for _, e := range events {
		if e.Op == audit.OpExtAck {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d sentences of what the program started:\n%s", n, list(events))
	}
	own := strings.TrimPrefix(instancePrefix, "instances/") + strconv.Itoa(os.Getpid()) + "-"
	for _, name := range instances(t) {
		if strings.HasPrefix(name, own) {
			t.Errorf("left behind: %q", name)
		}
	}
}

// The next tracer removes what a killed tracer left behind, but not the
// instance of one that is alive.
func TestStaleInstances(t *testing.T) {
	needTracefs(t)
	m, err := mountTracefs()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(m)
	testenv.NeedTool(t, "true")
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	stale, other := instancePrefix+strconv.Itoa(gone.Process.Pid)+"-1", instancePrefix+strconv.Itoa(os.Getpid())+"-1"
	for _, name := range []string{stale, other} {
		if err := unix.Mkdirat(m, name, 0o700); err != nil {
			t.Fatal(err)
		}
		defer unix.Unlinkat(m, name, unix.AT_REMOVEDIR) //nolint:errcheck // the stale one is gone
	}
	run(t, program("refused"), Options{ExtAck: true})
	left := instances(t)
	there := func(name string) bool { return slices.Contains(left, strings.TrimPrefix(name, "instances/")) }
	if there(stale) || !there(other) {
		t.Errorf("there are %q", left)
	}
}

// If the messages are not available, an event says so, and everything else
// works as usual.
func TestExtAckDenied(t *testing.T) {
	if os.Geteuid() == 0 && testenv.InInitUserNamespace(t) {
		t.Skip("root may have them")
	}
	_, events := run(t, program("refused"), Options{ExtAck: true})
	if e := events[0]; e.Op != audit.OpLost || !strings.Contains(e.Text, "not available: mount tracefs: operation not permitted") {
		t.Errorf("seen:\n%s", list(events))
	}
	if len(moved(events)) == 0 {
		t.Error("no datagram was seen")
	}
}

// No sentences are kept of ended tasks whose calls were not looked at.
func TestSentencesOfEndedTasks(t *testing.T) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	s := sentences{pipe: pipe[0], said: map[int][]string{}}
	tasks := map[int]*task{1: {}, 2: {}}
	for tid := 1; tid <= 300; tid++ {
		line := fmt.Sprintf("ip-%d [001] ..... 5.6: netlink_extack: msg=x\n", tid)
		if _, err := unix.Write(pipe[1], []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if said, lost := s.take(1, tasks); len(said) != 1 || lost != 0 {
		t.Errorf("said %q, lost %d", said, lost)
	}
	if len(s.said) != 1 || len(s.said[2]) != 1 {
		t.Errorf("kept of %d tasks", len(s.said))
	}
}

func TestParseSentence(t *testing.T) {
	for line, want := range map[string]struct {
		tid  int
		text string
		lost int
	}{
		"              ip-1234    [001] .....  5678.901234: netlink_extack: msg=Unknown device type": {1234, "Unknown device type", 0},
		"           <...>-7       [000] d..1. 15678.901234: netlink_extack: msg=a: b = [c]":          {7, "a: b = [c]", 0},
		" a-1 [b] x: 2-99999999 [127] ..... 1.000000: netlink_extack: msg=":                          {99999999, "", 0},
		"CPU:1 [LOST 12 EVENTS]":                       {0, "", 12},
		"CPU:1 [LOST -1 EVENTS]":                       {0, "", 0},
		"ip-1234 [001] ..... 5.6: other: msg=x":        {0, "", 0},
		": netlink_extack: msg=x":                      {0, "", 0},
		"a b c d: netlink_extack: msg=x":               {0, "", 0},
		"ip--5 [001] ..... 5.6: netlink_extack: msg=x": {5, "x", 0},
		"ip-0 [001] ..... 5.6: netlink_extack: msg=x":  {0, "", 0},
		"": {0, "", 0},
	} {
		tid, text, lost, ok := parseSentence(line)
		if tid != want.tid || lost != want.lost || ok != (want.tid != 0) || ok && text != want.text {
			t.Errorf("%q: task %d, %q, lost %d, %t", line, tid, text, lost, ok)
		}
	}
}

func FuzzParseSentence(f *testing.F) {
	f.Add("              ip-1234    [001] .....  5678.901234: netlink_extack: msg=Unknown device type")
	f.Add("CPU:1 [LOST 12 EVENTS]")
	f.Fuzz(func(t *testing.T, line string) {
		tid, _, lost, ok := parseSentence(line)
		if ok != (tid > 0) || lost < 0 || ok && lost > 0 {
			t.Errorf("%q: task %d, lost %d, %t", line, tid, lost, ok)
		}
	})
}

// refused asks for a link of an unknown kind on several threads, with
// NETLINK_EXT_ACK if its argument says so.
func refused() error {
	c, err := open()
	if err != nil {
		return err
	}
	if len(os.Args) > 1 {
		if err := unix.SetsockoptInt(c.fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1); err != nil {
			return err
		}
	}
	done := make(chan error)
	for range 3 {
		go func() {
			runtime.LockOSThread()
			b := append(c.getLink(0), 8, 0, unix.IFLA_IFNAME, 0, 'x', 'x', 'x', 0)
			b = append(b, 12, 0, unix.IFLA_LINKINFO, 0, 8, 0, unix.IFLA_INFO_KIND, 0, 'n', 'o', 'n', 0)
			b[0], b[4], b[6], b[7] = byte(len(b)), unix.RTM_NEWLINK, unix.NLM_F_REQUEST|unix.NLM_F_ACK, unix.NLM_F_CREATE>>8
			err := unix.Sendto(c.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
			if err == nil {
				err = c.receive()
			}
			done <- err
		}()
		if err := <-done; err != nil {
			return err
		}
	}
	return nil
}
