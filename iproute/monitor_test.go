package iproute

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
)

// A monitorCase is a command line of ip monitor, which iproute2 and nslab run
// at the same time in one namespace, and changes made there.
type monitorCase struct {
	args string
	// changes are lines of sh, with $w for "ip -n" and the namespace.
	changes string
	// mark is a line of sh that causes a line of output with "$1" in it, a
	// number from 1000 on.
	mark string
	mask *regexp.Regexp
	// differs says why the output may differ; then it must.
	differs string
}

const (
	markRule  = "$w rule add from 203.0.113.1 blackhole priority $1"
	markLink  = "$w link set lo mtu $1"
	markAddr  = "$w address add 192.0.2.1/32 metric $1 dev lo; $w address del 192.0.2.1/32 dev lo"
	markRoute = "$w route add blackhole 192.0.2.1 metric $1"
	markNeigh = "$w neigh replace 192.0.$(($1 / 256)).$(($1 % 256)) lladdr 02:00:00:00:10:00 dev mark"
	// Any number is a mode of rp_filter.
	markNetconf = "ip netns exec ${w##* } sh -c 'echo $0 >/proc/sys/net/ipv4/conf/lo/rp_filter' $1"

	markNSID = "ip netns add m$1; $w netns set m$1 $1"

	// catchUp parts changes: the second part is made when both monitors have
	// printed the first. A monitor looks for a namespace's name when it prints.
	catchUp = "\n: catch up\n"
)

// monitorTimes are what -timestamp and -tshort print, and ages.
var monitorTimes = regexp.MustCompile(`Timestamp: [A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [0-9]{4} [0-9]+ usec|` +
	`\[[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\] |used [0-9/]+`)

const monitorPair = `$w link add v0 index 10 address 02:00:00:00:00:01 type veth peer name v1 index 11 address 02:00:00:00:00:02
$w link set v0 addrgenmode none up; $w link set v1 addrgenmode none up
`

func TestIntegrationMonitorPeers(t *testing.T) {
	const everything = monitorPair + `$w address add 10.0.0.1/24 dev v0
$w address add 2001:db8::1/64 dev v0 nodad
$w neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev v0
$w route add 10.1.0.0/16 via 10.0.0.2 metric 7
$w -6 route add 2001:db8:1::/48 via 2001:db8::2
$w rule add from 10.0.0.0/8 lookup 100 priority 100
ip netns add far; $w netns set far 5` + catchUp + `
$w rule del priority 100; $w route del 10.1.0.0/16; $w neigh del 10.0.0.2 dev v0; $w address del 10.0.0.1/24 dev v0
ip netns del far; $w link del v0
`
	compareMonitors(t, []monitorCase{
		{args: "monitor", changes: everything, mark: markRule},
		{args: "monitor all", changes: everything, mark: markRule},
		{args: "-ts monitor label link route rule", changes: everything, mark: markRule, mask: monitorTimes},
		{args: "-t mon rule", changes: "$w rule add lookup 5 priority 7; $w -6 rule add lookup 5 priority 7; $w rule del priority 7", mark: markRule, mask: monitorTimes},
		{args: "-4 monitor a r n", changes: everything, mark: markRoute},
		{args: "-6 monitor address route neigh rule", changes: everything, mark: "$w -6 rule add lookup 9 priority $1"},
		{args: "monitor link", mark: markLink, changes: monitorPair + `$w link set v0 mtu 1400; $w link set v0 alias hello
$w link add br0 index 20 address 02:00:00:00:00:20 type bridge; $w link set v1 master br0; $w link set v1 nomaster
$w link property add dev v0 altname other; $w link set v0 down; $w link del v0; $w link del br0`},
		{args: "monitor link", mark: markLink, changes: monitorPair + "$w link set v0 down; $w link set v0 name x0; $w link set v1 mtu 1400; $w link del x0",
			differs: "iproute2 6.1 goes on with the old name, v1@v0"},
		{args: "-d monitor link", mark: markLink, changes: monitorPair + "$w link set v0 alias hello; $w link del v0"},
		{args: "-o monitor link", mark: markLink, changes: monitorPair + "$w link del v0"},
		{args: "-c monitor link address neigh", mark: markLink, changes: everything},
		{args: "monitor link dev lo", mark: markLink, changes: monitorPair + "$w link set lo up; $w link set lo down"},
		{args: "monitor address", mark: markAddr, changes: everything + `$w address add 10.9.0.1 peer 10.9.0.2 dev lo
$w address change 10.9.0.1 peer 10.9.0.2 dev lo valid_lft 1000 preferred_lft 900; $w address del 10.9.0.1 peer 10.9.0.2 dev lo`},
		{args: "monitor address dev lo", mark: markAddr, changes: everything},
		{args: "monitor route", mark: markRoute, changes: monitorPair + `$w address add 10.0.0.1/24 dev v0
$w route add 10.2.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3; $w route replace 10.2.0.0/16 via 10.0.0.4
$w route add unreachable 10.3.0.0/16 table 77; $w link set v0 down; $w link del v0`},
		{args: "-d -N monitor route", mark: markRoute, changes: monitorPair + "$w address add 10.0.0.1/24 dev v0; $w route add default via 10.0.0.9"},
		{args: "monitor neigh", mark: markNeigh, changes: everything + `$w link add br0 index 20 address 02:00:00:00:00:20 type bridge
$w neigh add 10.0.0.5 lladdr 02:00:00:00:00:0b dev br0 nud stale router; $w neigh del 10.0.0.5 dev br0
bridge -n ${w##* } fdb add 02:00:00:00:00:0c dev br0 self; $w link del br0`},
		{args: "-s -br monitor neigh", mark: markNeigh, changes: everything},
		{args: "-br monitor rule link address", mark: markRule, changes: everything, differs: "iproute2 6.1 ends no line there"},
		{args: "-s monitor neigh dev mark", mark: markNeigh, mask: monitorTimes, changes: everything + `$w neigh add 10.7.0.1 lladdr 02:00:00:00:00:0d dev mark
$w neigh del 10.7.0.1 dev mark`},
		{args: "monitor nsid", mark: markNSID, changes: `ip netns add far; $w netns set far 5; ip netns add fat; $w netns set fat auto` + catchUp + `
ip netns del far`},
		{args: "monitor all-nsid rule nsid", mark: markRule, changes: `ip netns add far; $w netns set far 5
ip -n far rule add lookup 5 priority 7; $w rule add lookup 6 priority 7`},
		{args: "monitor label all-nsid link", mark: markLink, changes: `ip netns add far; $w netns set far 5
ip -n far link add name y type bridge; ip -n far link del y`},
		{args: "monitor netconf", mark: markNetconf, changes: monitorPair + `ip netns exec ${w##* } sh -c 'cd /proc/sys/net; echo 1 >ipv4/conf/v0/forwarding
echo 2 >ipv4/conf/v0/rp_filter; echo 1 >ipv4/conf/v0/proxy_arp; echo 1 >ipv6/conf/all/forwarding; echo 1 >ipv4/conf/default/forwarding
echo 1 >ipv6/conf/v0/ignore_routes_with_linkdown'; $w link del v0`},
	})
}

// compareMonitors runs cases against the real program.
func compareMonitors(t *testing.T, cases []monitorCase) {
	t.Helper()
	testenv.NeedTool(t, "ip", "bridge", "sh")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ours := filepath.Join(t.TempDir(), "ip")
	if err := os.Symlink(self, ours); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		if testing.Short() && !testenv.Row(i) {
			continue
		}
		t.Run(fmt.Sprintf("%02d", i), func(t *testing.T) {
			t.Log("ip " + c.args)
			c.compare(t, fmt.Sprintf("mon%d", i), ours)
		})
	}
}

func (c monitorCase) compare(t *testing.T, ns, ours string) {
	testenv.Run(t, "ip", "netns", "add", ns)
	// The loopback has no neighbours.
	testenv.Run(t, "ip", "-n", ns, "link", "add", "mark", "index", "5", "type", "bridge")
	t.Cleanup(func() { testenv.Run(t, "ip", "-all", "netns", "delete") })
	w := monitorWorld{t: t, c: c, ns: ns}
	theirs := w.start("ip")
	mine := w.start(ours)
	// Neither says when it listens: what is changed is seen by and by.
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !theirs.heard || !mine.heard {
		w.mark()
		for wait := true; wait; {
			select {
			case _, theirs.heard = <-theirs.lines:
				theirs.goesOn(t)
			case _, mine.heard = <-mine.lines:
				mine.goesOn(t)
			case <-tick.C:
				wait = false
			}
		}
	}
	theirs.until(t, w.mark())
	mine.until(t, w.last)
	theirs.seen, mine.seen = nil, nil
	for part := range strings.SplitSeq(c.changes, catchUp) {
		w.sh(part)
		theirs.until(t, w.mark())
		mine.until(t, w.last)
	}
	a, b := theirs.seen, mine.seen
	if len(a) < 2 {
		t.Fatalf("iproute2 printed %q", a)
	}
	if c.mask != nil {
		for _, s := range [][]string{a, b} {
			for i := range s {
				s[i] = c.mask.ReplaceAllString(s[i], "~")
			}
		}
	}
	d := cmp.Diff(a, b)
	switch {
	case d != "" && c.differs == "":
		t.Errorf("iproute2 (-) and nslab (+):\n%s", d)
	case d == "" && c.differs != "":
		t.Errorf("the output does not differ, and was said to: %s", c.differs)
	}
}

// monitorWorld is a namespace with two monitors in it.
type monitorWorld struct {
	t    *testing.T
	c    monitorCase
	ns   string
	n    int
	last string
}

func (w *monitorWorld) sh(script string) {
	w.t.Helper()
	testenv.Run(w.t, "sh", "-ec", "w='ip -n "+w.ns+"'\n"+script)
}

// mark makes the next mark and returns what its line has in it.
func (w *monitorWorld) mark() string {
	w.t.Helper()
	w.n++
	w.last = fmt.Sprint(999 + w.n)
	w.sh("set -- " + w.last + "\n" + w.c.mark)
	if w.c.mark == markNeigh {
		w.last = fmt.Sprintf("192.0.%d.%d ", (999+w.n)/256, (999+w.n)%256)
	}
	return w.last
}

// aMonitor is a running ip monitor.
type aMonitor struct {
	lines chan string
	seen  []string
	heard bool
}

func (w *monitorWorld) start(ip string) *aMonitor {
	w.t.Helper()
	args := []string{"-n", w.ns}
	cmd := exec.Command(ip, append(args, strings.Fields(w.c.args)...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	m := &aMonitor{lines: make(chan string, 1)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(m.lines)
		s := bufio.NewScanner(out)
		for s.Scan() {
			select {
			case m.lines <- s.Text():
			case <-w.t.Context().Done():
				_, _ = io.Copy(io.Discard, out) // ends when the program does
				return
			}
		}
	}()
	w.t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			w.t.Error(err)
		}
		<-read
		_ = cmd.Wait() // it was killed
	})
	return m
}

// goesOn ends the test of a monitor that has ended.
func (m *aMonitor) goesOn(t *testing.T) {
	t.Helper()
	if !m.heard {
		t.Fatal("the monitor has ended before it printed what was waited for")
	}
}

// until reads until a line has a mark in it.
func (m *aMonitor) until(t *testing.T, mark string) {
	t.Helper()
	for l := range m.lines {
		m.seen = append(m.seen, l)
		if strings.Contains(l, mark) {
			return
		}
	}
	t.Fatalf("the monitor has ended before %q; it printed:\n%s", mark, strings.Join(m.seen, "\n"))
}
