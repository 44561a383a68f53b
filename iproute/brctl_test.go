package iproute

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
)

// brctl shows wrong numbers if /sys belongs to another namespace, because its
// ioctls have another layout. So each case that shows something has its own
// /sys.
const sysfs = "mount -t sysfs sysfs /sys\n"

// twoPorts is bridge br0 with the ports p1 and p2, which are down, and br1
// without ports.
const twoPorts = sysfs + `ip link add br0 index 20 address 02:00:00:00:00:aa type bridge
ip link add br1 index 21 address 02:00:00:00:00:bb type bridge
ip link add p1 index 10 address 02:00:00:00:00:01 type veth peer name q1 index 11 address 02:00:00:00:01:01
ip link add p2 index 12 address 02:00:00:00:00:02 type veth peer name q2 index 13 address 02:00:00:00:01:02
ip link set p1 master br0
ip link set p2 master br0
`

// forwarding is br0 with p1 forwarding, and an address learned on it. IPv6 is
// off, so nothing else is sent. A port forwards after the kernel has handled
// the event of its carrier.
const forwarding = twoPorts + `for d in br0 p1 q1 p2 q2; do echo 1 >/proc/sys/net/ipv6/conf/$d/disable_ipv6; done
for d in br0 p1 q1; do ip link set $d up; done
until ip -d link show p1 | grep -q 'state forwarding'; do :; done
bridge fdb replace 02:00:00:00:02:01 dev p1 master dynamic
`

// each runs commands one after the other and prints the exit status of each.
func each(commands ...string) string { return strings.Join(commands, "; echo $?; ") + "; echo $?" }

// timers are the times of brctl showstp and showmacs.
var timers = regexp.MustCompile(`(hello timer|tcn timer|topology change timer|gc timer|message age timer|forward delay timer|hold timer)\t+ *[0-9.]+|no\t\t +[0-9.]+`)

func TestIntegrationBrctlPeers(t *testing.T) {
	testenv.NeedSysfs(t)
	const usageDiffers = "our own usage"
	comparePeers(t, []peerCase{
		{cmd: "brctl show"},
		{state: sysfs, cmd: "brctl addbr br0; ip link set br0 address 02:00:00:00:00:aa; brctl addbr br0; echo $?; brctl show"},
		{cmd: each("brctl addbr ''", "brctl addbr a/b", "brctl addbr lo")},
		{cmd: "brctl", differs: usageDiffers},
		{cmd: "brctl --help", differs: usageDiffers},
		{cmd: "brctl -V", differs: "our own version"},
		{cmd: "brctl nosuch 2>/dev/null", differs: "with an error we print no usage"},
		{cmd: "brctl addif br0 2>/dev/null", differs: "the error stands on standard error"},
		{state: twoPorts, cmd: "brctl show"},
		{state: twoPorts, cmd: "brctl show br1 none br0"},
		{state: twoPorts, cmd: each("brctl show lo", "brctl show none p1", "brctl show br1 br1")},
		{state: twoPorts, cmd: each("brctl delbr br0", "brctl delbr p1", "brctl delbr none", "brctl show")},
		{state: twoPorts + "ip link set br1 up", cmd: "brctl delbr br1"},
		{state: twoPorts, cmd: "brctl delif br0 p2 && brctl show br0"},
		{state: twoPorts, cmd: "brctl delif br0 p1 p2 && brctl addif br1 p2 p1 && brctl show"},
		{state: twoPorts, cmd: each("brctl delif br0 p2 none p1", "brctl delif br1 p1", "brctl delif none p1", "brctl delif br0 p2")},
		{state: twoPorts, cmd: each("brctl addif br0 p1", "brctl addif br1 p1", "brctl addif br0 br1", "brctl addif br0 br0",
			"brctl addif br1 lo", "brctl addif br1 none", "brctl addif none q1", "brctl addif q2 q1", "brctl addif br1 q2 none q1")},
		{state: twoPorts, cmd: "brctl showstp br0; brctl showstp br1", mask: timers},
		{state: twoPorts, cmd: each("brctl showstp none", "brctl showstp lo", "brctl showmacs none", "brctl showmacs lo")},
		{state: forwarding, cmd: "brctl showstp br0; brctl showmacs br0", mask: timers},
		{state: twoPorts + "bridge fdb add 02:00:00:00:02:09 dev p2 master static\nbridge fdb add 02:00:00:00:00:09 dev p1 master local",
			cmd: "brctl showmacs br0; brctl showmacs br1"},
		{state: twoPorts + "ip link add a9 index 14 address 02:00:00:00:00:00 type veth peer name q3 index 15 address 02:00:00:00:01:03",
			cmd: "brctl addif br0 a9 && brctl show br0 && brctl showmacs br0"},
		{state: twoPorts, cmd: "brctl setageing br0 0 && brctl setfd br0 3.5 && brctl sethello br0 1.25 && brctl setmaxage br0 7 && brctl showstp br0", mask: timers},
		{state: twoPorts, cmd: "brctl setageing br0 1e3 && brctl setfd br0 0 && brctl setfd br0 2.999 && brctl setfd br1 0.29"},
		{state: twoPorts, cmd: each("brctl sethello br0 0", "brctl setmaxage br0 1000", "brctl setageing br0 foo", "brctl setageing br0 0x", "brctl setfd br0 0xg", "brctl setageing none 3",
			"brctl setfd lo 3", "brctl setbridgeprio br0 foo", "brctl setbridgeprio lo 5")},
		{state: twoPorts, cmd: "brctl setbridgeprio br0 0x10 && brctl setbridgeprio br1 010 && brctl show"},
		{state: twoPorts, cmd: "brctl setpathcost br0 p1 33 && brctl setportprio br0 p2 63 && brctl hairpin br0 p1 yes && brctl showstp br0", mask: timers},
		{state: twoPorts, cmd: each("brctl setpathcost br0 p1 0", "brctl setpathcost br0 p1 70000", "brctl setportprio br0 p1 64",
			"brctl setportprio br0 q1 5", "brctl setpathcost br0 none 5", "brctl hairpin br0 p1 maybe", "brctl hairpin none p1 on")},
		{state: twoPorts, cmd: "brctl stp br0 on && brctl stp br1 yes && brctl stp br1 no && brctl show && brctl setfd br0 7"},
		{state: twoPorts + "brctl stp br0 on\nip link set br0 up", cmd: each("brctl setfd br0 0", "brctl stp br0 maybe", "brctl stp none on", "brctl showstp br0"), mask: timers},
		{state: "ip netns add n", cmd: each("ip netns exec n brctl addbr br0", "ip netns exec n brctl delbr br1", "ip netns exec n brctl addbr br0", "ip -n n link del br0")},
	})
}

// brctl reads and changes /sys/class/net/PORT and ignores the bridge's name.
// Without /sys, it refuses a port of another bridge; nslab always does.
func TestIntegrationBrctlForeignPort(t *testing.T) {
	comparePeers(t, []peerCase{
		{state: strings.TrimPrefix(twoPorts, sysfs), cmd: each("brctl setpathcost br1 p1 5", "brctl setportprio none p1 5", "brctl hairpin br1 p1 on")},
	})
}

// What brctl does without netlink messages, nslab does with them only: no
// ioctl, no file of /sys.
func TestIntegrationBrctlOverNetlink(t *testing.T) {
	testenv.NeedTool(t, "strace", "unshare")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "brctl")); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "log")
	script := strings.TrimPrefix(twoPorts, sysfs) + "PATH=" + dir + ":$PATH\n" +
		"for c in 'show' 'showstp br0' 'showmacs br0' 'setfd br0 3' 'hairpin br0 p1 on' 'addbr br9' 'addif br9 q1' 'delif br9 q1' 'delbr br9'; do\n" +
		"strace -f -A -o " + log + " -e trace=ioctl,openat,sendto,sendmsg brctl $c >/dev/null\ndone\n"
	if out, err := exec.Command("unshare", "--mount", "--net", "sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for l := range strings.Lines(string(b)) {
		switch {
		case strings.Contains(l, "SIOC"), strings.Contains(l, "/sys/class/net"):
			t.Error(l)
		case strings.Contains(l, "sendto("), strings.Contains(l, "sendmsg("):
			sent++
		}
	}
	if sent < 9 {
		t.Errorf("only %d messages were sent", sent)
	}
}

func TestBrctlWords(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"nosuch", `brctl: word 1, "nosuch": expected a command of brctl: addbr, delbr, addif, delif, hairpin, setageing, setbridgeprio, setfd, sethello, setmaxage, setpathcost, setportprio, show, showmacs, showstp, stp`},
		{"-x", `brctl: word 1, "-x": expected an option: "--version" or "--help"`},
		{"addbr", "brctl: word 2 is missing: expected a name for a bridge"},
		{"addbr averyveryverylongname", `brctl: word 2, "averyveryverylongname": expected a name for a bridge, 1 to 15 bytes without "/", ":" and white space`},
		{"addbr -x", `brctl: word 2, "-x": expected a name for a bridge, not beginning with "-" and without "%"`},
		{"addbr br%d", `brctl: word 2, "br%d": expected a name for a bridge, not beginning with "-" and without "%"`},
		{"delbr -x", `brctl: word 2, "-x": expected the name of a bridge; options go before the command`},
		{"addif br0", "brctl: word 3 is missing: expected the name of a link"},
		{"hairpin br0 p1", `brctl: word 4 is missing: expected hairpin, "on" or "off"`},
		{"hairpin br0 p1 maybe", `brctl: word 4, "maybe": expected hairpin, "on" or "off"`},
		{"setageing br0 -5", `brctl: word 3, "-5": expected the ageing time in seconds, from 0 to 42949672`},
		{"setfd br0 inf", `brctl: word 3, "inf": expected the forward delay in seconds, from 0 to 42949672`},
		{"sethello br0 1e99", `brctl: word 3, "1e99": expected the hello time in seconds, from 0 to 42949672`},
		{"setmaxage br0", "brctl: word 3 is missing: expected the maximum message age in seconds"},
		{"setpathcost br0 p1 0", `brctl: word 4, "0": expected a path cost, a number from 1 to 65535`},
		{"setportprio br0 p1 64", `brctl: word 4, "64": expected a port's priority, a number from 0 to 63`},
		{"showmacs", "brctl: word 2 is missing: expected the name of a bridge"},
		{"stp br0 2", `brctl: word 3, "2": expected STP, "on" or "off"`},
	} {
		_, err := Parse("brctl", strings.Fields(tt.line), nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.line, err, tt.want)
		}
		if Status(err) != statusFailed {
			t.Errorf("%s: status %d", tt.line, Status(err))
		}
	}
}

// If the kernel refuses a number, the message says what is allowed.
func TestIntegrationBrctlBounds(t *testing.T) {
	s := &Session{Engine: &engine.Engine{}}
	defer s.Engine.Close()
	add, err := Parse("brctl", []string{"addbr", "brbounds"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Do(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	defer func() {
		del, err := Parse("brctl", []string{"delbr", "brbounds"}, nil)
		if err == nil {
			err = s.Do(t.Context(), del)
		}
		if err != nil {
			t.Error(err)
		}
	}()
	c, err := Parse("brctl", []string{"sethello", "brbounds", "0"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Do(t.Context(), c)
	var refused *rtnl.Error
	if !errors.As(err, &refused) || Status(err) != statusFailed ||
		!strings.HasPrefix(err.Error(), `set the hello time of "brbounds": set link "brbounds": `) || !strings.HasSuffix(err.Error(), "; allowed are 1 to 10 s") {
		t.Errorf("status %d: %v", Status(err), err)
	}
}
