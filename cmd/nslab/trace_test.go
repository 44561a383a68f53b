package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// terminalPair opens a terminal: the user's side and the program's.
func terminalPair(t *testing.T) (user, program *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { user.Close() })
	if err := unix.IoctlSetPointerInt(int(user.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(user.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { program.Close() })
	return user, program
}

// interrupted is a program that counts how often it is interrupted, until the
// third time.
func interrupted() {
	signals := make(chan os.Signal, 10)
	signal.Notify(signals, unix.SIGINT)
	fmt.Println("interrupted 0")
	for i := range 3 {
		<-signals
		fmt.Println("interrupted", i+1)
	}
}

// Ctrl-C at a terminal belongs to the program: it gets each one, and nslab
// stays.
func TestIntegrationTraceAtTerminal(t *testing.T) {
	user, tty := terminalPair(t)
	path := filepath.Join(t.TempDir(), "interrupted")
	if err := os.Symlink(fmt.Sprintf("/proc/%d/exe", os.Getpid()), path); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "trace", path)
	cmd.Args[0] = "nslab"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended now
	defer late.Stop()
	tty.Close() // then the output ends when the programs end
	lines := bufio.NewScanner(user)
	for i := range 4 {
		want := fmt.Sprintf("interrupted %d", i)
		for lines.Scan() && !strings.Contains(lines.Text(), want) {
		}
		if !strings.Contains(lines.Text(), want) {
			t.Fatalf("%q does not come: %v", want, lines.Err())
		}
		if i < 3 {
			if _, err := user.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// iproute2's requests are explained in words that ask for the same.
func TestIntegrationTraceExplains(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge", "unshare")
	lines := []struct{ line, want string }{
		{"ip link add a0 address 02:00:00:00:00:01 type veth peer name b0 address 02:00:00:00:00:02", "ip link add name a0 address 02:00:00:00:00:01 type veth peer name b0 address 02:00:00:00:00:02"},
		{"ip addr add 192.0.2.1/24 dev a0", "ip address add 192.0.2.1/24 dev a0"},
		{"ip addr add 192.0.2.5 peer 192.0.2.6/30 dev a0 brd + label a0:x", "ip address add 192.0.2.5 peer 192.0.2.6/30 dev a0 broadcast + label a0:x"},
		{"ip addr add fd00::1/64 dev a0 nodad valid_lft 100 preferred_lft 50", "ip address add fd00::1/64 dev a0 valid_lft 100 preferred_lft 50 nodad"},
		{"ip addr del 192.0.2.5 dev a0", "ip address delete 192.0.2.5 dev a0"},
		{"ip link set a0 up", "ip link set dev a0 up"},
		{"ip link set b0 mtu 1400 txqueuelen 5", "ip link set dev b0 mtu 1400 txqueuelen 5"},
		{"ip link set a0 alias foo", "ip link set dev a0 alias foo"},
		{"ip link set b0 name b1", "ip link set dev b0 name b1"},
		{"ip link property add dev a0 altname longer-name-than-sixteen", "ip link property add dev a0 altname longer-name-than-sixteen"},
		{"ip route add 198.51.100.0/24 via 192.0.2.2 dev a0 onlink", "ip route add 198.51.100.0/24 via 192.0.2.2 dev a0 onlink"},
		{"ip route add default via 192.0.2.2 metric 5 table 77", "ip route add default via 192.0.2.2 table 77 metric 5"},
		{"ip route replace 198.51.101.0/24 dev a0 mtu 1300 src 192.0.2.1", "ip route replace 198.51.101.0/24 dev a0 src 192.0.2.1 mtu 1300"},
		{"ip route append 198.51.101.0/24 nexthop via 192.0.2.2 dev a0 weight 3 nexthop via 192.0.2.3 dev a0", "ip route append 198.51.101.0/24 nexthop via 192.0.2.2 dev a0 weight 3 nexthop via 192.0.2.3 dev a0"},
		{"ip -6 route add fd01::/64 via fd00::2 dev a0 pref high", "ip route add fd01::/64 via fd00::2 dev a0 pref high"},
		{"ip route add blackhole 10.9.0.0/16", "ip route add blackhole 10.9.0.0/16"},
		{"ip route del 198.51.100.0/24", "ip route delete 198.51.100.0/24"},
		{"ip rule add from 10.0.0.0/8 table 77 pref 50", "ip rule add priority 50 from 10.0.0.0/8 table 77"},
		{"ip rule add fwmark 5/0xff iif a0 lookup 77", "ip rule add fwmark 0x5/0xff iif a0 table 77"},
		{"ip rule del pref 50", "ip rule delete priority 50"},
		{"ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev a0", "ip neigh add 192.0.2.9 dev a0 lladdr 02:00:00:00:00:09"},
		{"ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:0a dev a0 nud stale", "ip neigh replace 192.0.2.9 dev a0 lladdr 02:00:00:00:00:0a nud stale"},
		{"ip neigh del 192.0.2.9 dev a0", "ip neigh delete 192.0.2.9 dev a0"},
		{"ip neigh add proxy 192.0.2.10 dev a0", "ip neigh add proxy 192.0.2.10 dev a0"},
		{"ip link add br0 address 02:00:00:00:00:03 type bridge stp_state 1 forward_delay 400", "ip link add name br0 address 02:00:00:00:00:03 type bridge forward_delay 400 stp_state 1"},
		{"ip link set b1 master br0", "ip link set dev b1 master br0"},
		{"ip link set br0 type bridge ageing_time 1000", "ip link set dev br0 type bridge ageing_time 1000"},
		{"ip link set b1 type bridge_slave cost 10 hairpin on", "ip link set dev b1 type bridge_slave cost 10 hairpin on"},
		{"bridge link set dev b1 learning off isolated on", "bridge link set dev b1 learning off isolated on"},
		{"bridge fdb add 02:00:00:00:00:09 dev b1 master static", "bridge fdb add 02:00:00:00:00:09 dev b1 static master"},
		{"bridge fdb replace 02:00:00:00:00:09 dev b1 master static", "bridge fdb replace 02:00:00:00:00:09 dev b1 static master"},
		{"bridge fdb del 02:00:00:00:00:09 dev b1 master", "bridge fdb delete 02:00:00:00:00:09 dev b1 permanent master"},
		{"ip link set b1 nomaster", "ip link set dev b1 nomaster"},
		{"ip link set a0 addrgenmode none", "ip link set dev a0 addrgenmode none"},
		{"ip link set group 5 down", "ip link set group 5 down"},
		{"ip link add x0 type geneve id 5 remote 192.0.2.1 2>/dev/null || :", ""}, // no words for its options
		{"ip link show >/dev/null", ""}, // changes nothing
		{"ip link del a0", "ip link delete dev a0"},
	}
	var script, want strings.Builder
	for _, l := range lines {
		fmt.Fprintln(&script, l.line)
		if l.want != "" {
			fmt.Fprintln(&want, l.want)
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	c := newChild(t, nil, "trace", "-f", "--explain", "-o", out, "--", "unshare", "-n", "sh", "-c", script.String())
	if err := c.cmd.Run(); err != nil {
		t.Fatalf("%v: %v", err, c)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(text)) {
		if _, words, ok := strings.Cut(line, "# "); ok {
			got.WriteString(words)
		}
	}
	if diff := cmp.Diff(strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
