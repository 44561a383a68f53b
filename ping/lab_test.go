package ping

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// in runs fn on a thread of its own inside a named namespace. The thread ends
// after that.
func in(name string) func(func() error) error {
	return func(fn func() error) error {
		done := make(chan error, 1)
		go func() {
			runtime.LockOSThread()
			f, err := os.Open("/run/netns/" + name)
			if err != nil {
				done <- err
				return
			}
			defer f.Close()
			if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
				done <- err
				return
			}
			done <- fn()
		}()
		return <-done
	}
}

// newLab makes the namespaces pa and pb, joined by the veth pair va and vb:
//
//	pa  va 10.0.0.1/24 fd00::1/64 fe80::1/64
//	pb  vb 10.0.0.2/24 fd00::2/64 fe80::2/64, forwards, knows no other networks
//
// Routes of pa to 10.7.0.0/24 and fd07::/64 lead to pb. Neighbours that do not
// answer are given up after 20 ms.
func newLab(t *testing.T) {
	t.Helper()
	testenv.NeedTool(t, "ip", "ping")
	for _, ns := range []string{"pa", "pb"} {
		testenv.Run(t, "ip", "netns", "add", ns)
		t.Cleanup(func() { testenv.Run(t, "ip", "netns", "del", ns) })
		sysctl(t, ns, "ipv6/conf/default/accept_dad", "0")
		sysctl(t, ns, "ipv6/conf/default/router_solicitations", "0")
		testenv.Run(t, "ip", "-n", ns, "link", "set", "lo", "up")
	}
	testenv.Run(t, "ip", "link", "add", "va", "netns", "pa", "type", "veth", "peer", "name", "vb", "netns", "pb")
	for i, ns := range []string{"pa", "pb"} {
		dev := "v" + ns[1:]
		sysctl(t, ns, "ipv6/conf/"+dev+"/addr_gen_mode", "1")
		for _, family := range []string{"ipv4", "ipv6"} {
			sysctl(t, ns, family+"/neigh/"+dev+"/mcast_solicit", "1")
			sysctl(t, ns, family+"/neigh/"+dev+"/retrans_time_ms", "20")
		}
		testenv.Run(t, "ip", "-n", ns, "link", "set", dev, "up")
		for _, a := range []string{"10.0.0.%d/24", "fd00::%d/64", "fe80::%d/64"} {
			testenv.Run(t, "ip", "-n", ns, "addr", "add", fmt.Sprintf(a, i+1), "dev", dev)
		}
	}
	sysctl(t, "pb", "ipv4/ip_forward", "1")
	sysctl(t, "pb", "ipv6/conf/all/forwarding", "1")
	// The kernel limits ICMP errors to one a second for each peer. In addition,
	// it limits those about missing IPv4 routes to a burst of five.
	sysctl(t, "pb", "ipv4/icmp_ratelimit", "0")
	sysctl(t, "pb", "ipv6/icmp/ratelimit", "0")
	testenv.Run(t, "ip", "-n", "pa", "route", "add", "10.7.0.0/24", "via", "10.0.0.2")
	testenv.Run(t, "ip", "-n", "pa", "route", "add", "fd07::/64", "via", "fd00::2")
	// Both ends answer after their carrier has been noticed.
	settle.Wait(t, "pa", "pb")
	testenv.Run(t, "ip", "netns", "exec", "pa", "ping", "-q", "-c1", "-w9", "10.0.0.2")
	testenv.Run(t, "ip", "netns", "exec", "pa", "ping", "-q", "-c1", "-w9", "fd00::2")
}

func sysctl(t *testing.T, ns, key, value string) {
	t.Helper()
	err := in(ns)(func() error { return os.WriteFile("/proc/sys/net/"+key, []byte(value), 0) })
	if err != nil {
		t.Fatalf("%s: %v", ns, err)
	}
}

// outcome is what a user of ping sees.
type outcome struct {
	out, err string
	status   int
}

var masks = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`time=[0-9.]+ ms`), "time=T ms"},
	{regexp.MustCompile(`time [0-9]+ms`), "time Tms"},
	{regexp.MustCompile(`mdev = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms`), "mdev = T ms"},
	// How many errors arrive before the next request depends on timing.
	{regexp.MustCompile(`(, )?pipe [0-9]+`), ""},
	{regexp.MustCompile(`(?m)^\[[0-9]+\.[0-9]{6}\] `), "[time] "},
	{regexp.MustCompile(`ewma [0-9.]+/[0-9.]+ ms`), "ewma T ms"},
}

func (o outcome) masked() outcome {
	for _, m := range masks {
		o.out = m.re.ReplaceAllString(o.out, m.with)
	}
	o.out = floods.ReplaceAllStringFunc(o.out, flood)
	return o
}

// erased is what -f prints for an answer: it erases the dot of a request.
const erased = "\b \b"

var floods = regexp.MustCompile(`(?m)^(\.|` + erased + `)+$`)

// flood masks how many requests of -f wait for their answers at a time: one,
// if the machine is not busy.
func flood(line string) string {
	dots, answers := 0, 0
	for rest := line; rest != ""; {
		if after, ok := strings.CutPrefix(rest, "."); ok {
			rest = after
			dots++
			continue
		}
		rest = strings.TrimPrefix(rest, erased)
		if answers++; answers > dots {
			return line
		}
	}
	return fmt.Sprintf("%d dots, %d erased", dots, answers)
}

var (
	answerLines = regexp.MustCompile(`(?m)^[0-9]+ bytes from .* icmp_seq=([0-9]+) .*\n`)
	countsLine  = regexp.MustCompile(`(?m)^([0-9]+) packets transmitted, ([0-9]+) received`)
)

// uncounted masks how many requests there are within a deadline, if there is an
// answer to each: fewer, if the machine is busy.
func (o outcome) uncounted() outcome {
	lines := answerLines.FindAllStringSubmatch(o.out, -1)
	for i, l := range lines {
		if l[1] != strconv.Itoa(i+1) {
			return o
		}
	}
	n := strconv.Itoa(len(lines))
	if counts := countsLine.FindStringSubmatch(o.out); len(lines) == 0 || counts == nil || counts[1] != n || counts[2] != n {
		return o
	}
	first := true
	o.out = answerLines.ReplaceAllStringFunc(o.out, func(line string) string {
		if !first {
			return ""
		}
		first = false
		return line
	})
	o.out = countsLine.ReplaceAllString(o.out, "N packets transmitted, N received")
	return o
}

// unlimited runs ping, and repeats it if it needs the kernel's error about a
// missing IPv4 route and got none. No setting of a namespace lifts the limit
// for these, which may be one a second (ip_error in net/ipv4/route.c).
func unlimited(args string, run func() outcome) (o outcome) {
	for range 5 {
		if o = run().masked(); !strings.HasSuffix(args, " 10.7.0.1") || strings.Contains(o.out, " errors, ") {
			break
		}
	}
	return o
}

// iputils runs ping(8) in a namespace.
func iputils(t *testing.T, ns string, args ...string) outcome {
	t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns, "ping"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "LANG=C")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
}

// ours runs the package with the same arguments.
func ours(t *testing.T, enter func(func() error) error, args ...string) (outcome, Statistics) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errOut bytes.Buffer
	o := parseArgs(t, args)
	o.In, o.ErrOut = enter, &errOut
	s, err := Run(ctx, o, &out)
	if err != nil {
		fmt.Fprintf(&errOut, "ping: %v\n", err)
	}
	if ctx.Err() != nil {
		t.Errorf("%q did not end by itself", args)
	}
	return outcome{out.String(), errOut.String(), ExitStatus(o, s, err)}, s
}

func parseArgs(t *testing.T, args []string) (o Options) {
	t.Helper()
	var err error
	for ; len(args) > 1; args = args[1:] {
		value := args[1]
		switch args[0] {
		case "-4":
			o.Family = IPv4
			continue
		case "-6":
			o.Family = IPv6
			continue
		case "-n":
			o.Numeric = true
			continue
		case "-q":
			o.Quiet = true
			continue
		case "-A":
			o.Adaptive = true
			continue
		case "-b":
			o.Broadcast = true
			continue
		case "-D":
			o.Timestamps = true
			continue
		case "-f":
			o.Flood = true
			continue
		case "-O":
			o.Outstanding = true
			continue
		case "-M":
			o.Discovery, err = ParseDiscovery(value)
		case "-p":
			o.Pattern, err = ParsePattern(value)
		case "-Q":
			o.TOS, err = ParseTOS(value)
		case "-S":
			o.SendBuffer, err = ParseSendBuffer(value)
		case "-t":
			o.TTL, err = ParseTTL(value)
		case "-c":
			o.Count, err = ParseCount(value)
		case "-i":
			o.Interval, err = ParseInterval(value)
		case "-W":
			o.Timeout, err = ParseTimeout(value)
		case "-w":
			o.Deadline, err = ParseDeadline(value)
		case "-s":
			o.Size, err = ParseSize(value)
		case "-I":
			o.Interface, o.Source, err = ParseInterface(value)
		default:
			t.Fatalf("the test knows no option %q", args[0])
		}
		if err != nil {
			t.Fatal(err)
		}
		args = args[1:]
	}
	o.Dest = args[0]
	return o
}

// withoutNetRaw runs fn without CAP_NET_RAW on its thread, inside a namespace.
func withoutNetRaw(ns string) func(func() error) error {
	return func(fn func() error) error {
		return in(ns)(func() error {
			hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var data [2]unix.CapUserData
			if err := unix.Capget(&hdr, &data[0]); err != nil {
				return err
			}
			data[0].Effective &^= 1 << unix.CAP_NET_RAW
			if err := unix.Capset(&hdr, &data[0]); err != nil {
				return err
			}
			return fn()
		})
	}
}

func (o outcome) String() string {
	return fmt.Sprintf("\tstatus %d\n\tout: %s\n\terr: %s", o.status, indent(o.out), indent(o.err))
}

func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n\t") }

// addRefusals adds routes that refuse: 10.8.0.0/24 and fd08::/64.
func addRefusals(t *testing.T) {
	t.Helper()
	testenv.Run(t, "ip", "-n", "pa", "route", "add", "unreachable", "10.8.0.0/24")
	testenv.Run(t, "ip", "-n", "pa", "route", "add", "prohibit", "fd08::/64")
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What the masks make alike differs only in time.
func TestMasks(t *testing.T) {
	of := func(out string) string { return outcome{out: out}.masked().out }
	if a, b := of("x\n..\b \b.\b \b\b \b\n"), of("x\n.\b \b.\b \b.\b \b\n"); a != b || a != "x\n3 dots, 3 erased\n" {
		t.Errorf("%q and %q", a, b)
	}
	for _, odd := range []string{"..\b \b\n", ".\b \b\b \b.\n", ".E\n"} {
		if got := of(odd); got == of(".\b \b.\b \b\n") {
			t.Errorf("%q is %q", odd, got)
		}
	}
	run := func(sent int, answers ...int) string {
		var b strings.Builder
		for _, seq := range answers {
			fmt.Fprintf(&b, "64 bytes from 10.0.0.2: icmp_seq=%d ttl=64 time=T ms\n", seq)
		}
		fmt.Fprintf(&b, "\n%d packets transmitted, %d received\n", sent, len(answers))
		return outcome{out: b.String()}.uncounted().out
	}
	if a, b := run(2, 1, 2), run(3, 1, 2, 3); a != b {
		t.Errorf("%q and %q", a, b)
	}
	for _, odd := range []string{run(3, 1, 3), run(3, 1, 2), run(1), run(2, 2, 1)} {
		if odd == run(2, 1, 2) {
			t.Errorf("%q is as if all were answered", odd)
		}
	}
}
