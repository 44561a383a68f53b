package iproute

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// A world's /sys hides the machine's cgroups.
const vrfCgroups = `
umount -l /sys; umount -l /sys 2>/dev/null || true
mount -t sysfs sysfs /sys
mkdir /run/cgroup; mount -t cgroup2 cgroup2 /run/cgroup
`

const vrfBase = vrfCgroups + `
ip link set lo up
ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02
ip link add blue index 20 address 02:00:00:00:00:03 type vrf table 10
ip link add red index 21 address 02:00:00:00:00:04 type vrf table 2000
ip link set blue up; ip link set red up
ip link set p0 master blue; ip link set q0 master red
for i in p0 q0; do ip link set $i up; done
ip address add 10.0.0.1/24 dev p0; ip address add 10.0.0.2/24 dev q0; ip address add fd00::1/64 dev p0
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev p0
`

// "vrf NAME" means the same as with iproute2, and so does ip vrf.
func TestIntegrationVRFWordsPeers(t *testing.T) {
	testenv.NeedTool(t, "ip")
	if !kernelHas(t, "vrf") {
		t.Skip("the kernel has no VRFs")
	}
	cases := []peerCase{
		{cmd: "ip route add 10.1.0.0/16 via 10.0.0.2 vrf blue; ip route add 10.2.0.0/16 vrf red via 10.0.0.1 metric 5; ip -6 route add fd01::/32 via fd00::2 vrf blue; " +
			"ip route add unreachable default vr blue; ip route show vrf blue; ip -d -j route show vr red; ip -6 route show vrf blue; ip route show table 10"},
		{cmd: "ip route add 10.1.0.0/16 vrf blue nexthop via 10.0.0.2 nexthop via 10.0.0.3; ip route replace 10.1.0.0/16 via 10.0.0.4 vrf blue; ip route del 10.1.0.0/16 vrf blue; " +
			"ip route flush vrf red; ip -s route flush vrf blue; ip route show vrf red; ip route show table 2000"},
		{cmd: "ip route get 10.0.0.2 vrf blue; ip -j route get 10.0.0.1 vrf red; ip route get fibmatch 10.0.0.2 vrf blue; ip -6 route get fd00::2 vrf blue"},
		{cmd: "ip route add 192.0.2.0/24 dev lo vrf default; ip route show vrf default"},
		{cmd: "ip link show vrf blue; ip -j link show vrf red; ip address show vrf blue; ip -j -4 address show vrf red; ip neigh show vrf blue; ip -br link show master blue vrf red"},
		{cmd: "ip link set p0 vrf red; ip link set q0 vrf red nomaster; ip link add p1 address 02:00:00:00:00:11 vrf blue type veth peer name q1 address 02:00:00:00:00:12; ip -d link show vrf blue"},
		{cmd: "ip vrf; ip vrf show; ip -j vrf list; ip -j -p vrf lst; ip vrf show blue; ip -j vrf show red; ip vrf show default; ip -d -o vrf show"},
		{cmd: "ip vrf identify; ip vrf id 1; ip vrf identify 4194305"},
		{cmd: "ip vrf exec blue sh -c 'exit 7'"},
		{cmd: "ip vrf exec blue ip vrf identify; ip vrf exec blue ip vrf exec red ip vrf identify; ip vrf exec red ip vrf exec default ip vrf identify; " +
			"ip vrf exec blue sh -c 'ip vrf pids blue | tr -d '0-9 '; ip vrf pids red'"},
		{cmd: "ip route show vrf nosuch; echo $?; ip route add default via 10.0.0.2 vrf p0; echo $?; ip route del default vrf nosuch; echo $?; ip route get 10.0.0.2 vrf p0; echo $?; ip route get 10.0.0.2 vrf default; echo $?; ip link show vrf p0; echo $?; ip address show vrf nosuch; echo $?; ip link set p0 vrf q0; echo $?; ip link set p0 vrf nosuch; echo $?; ip link add b0 vrf nosuch type bridge; echo $?; ip vrf show p0; echo $?"},
		{cmd: "ip vrf show blue red; echo $?; ip vrf nosuch; echo $?; ip vrf identify x; echo $?; ip vrf identify 1 2; echo $?; ip vrf pids; echo $?; ip vrf pids p0; echo $?; ip vrf pids blue; echo $?; ip vrf exec; echo $?; ip vrf exec blue; echo $?; ip vrf exec p0 true; echo $?; ip vrf exec blue nosuchprogram; echo $?"},
		// A socket of a program in a VRF is bound to it: a connection to its
		// own address there is possible, and elsewhere it is not.
		{cmd: "ip vrf exec blue ping -c1 -W1 10.0.0.1 | grep received; ip vrf exec default ping -c1 -W1 10.0.0.1 2>&1 | grep -c received; printf 'vrf exec blue ip vrf identify\\nvrf show\\n' | ip -b -"},
	}
	for i := range cases {
		cases[i].state = vrfBase
	}
	cases = append(cases,
		peerCase{cmd: "ip vrf; ip -j vrf show; ip vrf show nosuch"},
		peerCase{state: vrfCgroups + "ip netns add a; ip -n a link add blue address 02:00:00:00:00:03 type vrf table 10; ip link add red address 02:00:00:00:00:04 type vrf table 11; ip -n a link set blue up",
			cmd: "ip -n a vrf exec blue ip vrf identify; ip -n a vrf exec blue cat /proc/self/cgroup | grep :: ; ip vrf exec red ip netns exec a ip vrf identify; ip vrf exec red ip netns exec a cat /proc/self/cgroup | grep :: | sed s,/a-ns,,; " +
				"ip -n a vrf pids blue; ip netns exec a ip vrf show"},
		peerCase{state: "ip rule add pref 100 lookup 100", cmd: "ip rule add l3mdev pref 50; ip -6 rule add l3mdev; ip rule; ip -j rule; ip -6 rule; ip rule del l3mdev; ip rule add l3mdev unreachable pref 60; ip rule; ip rule flush"})
	for i := range cases {
		cases[i].elsewhere = true
	}
	comparePeers(t, cases)
}

func TestVRFWords(t *testing.T) {
	c, err := Parse("ip", strings.Fields("route add 10.0.0.0/8 via 10.1.0.1 vrf blue metric 5"), nil)
	if err != nil || c.VRF != "blue" || len(c.Ops) != 1 || c.isRequest() {
		t.Errorf("%+v: %v, want one request, and blue looked up before it", c, err)
	}
	for line, want := range map[string]string{
		"route add default vrf":            "ip: word 5 is missing: expected a VRF",
		"route add default vrf a table 5":  `ip: word 6, "table": expected one "vrf", or a "table"; a VRF has a table of its own`,
		"route add default table 5 vrf a":  `ip: word 6, "vrf": expected one "vrf", or a "table"; a VRF has a table of its own`,
		"route add default vrf a vrf b":    `ip: word 6, "vrf": expected one "vrf", or a "table"; a VRF has a table of its own`,
		"vrf show a b":                     `ip: word 4, "b": expected the end of the command: it shows one VRF, or all`,
		"vrf identify 0x5":                 `ip: word 3, "0x5": expected a process id, in decimal`,
		"vrf exec a":                       "ip: word 4 is missing: expected a program to run",
		"link add v type veth peer vrf a":  `ip: word 6, "vrf": expected a parameter of ip link add ... type veth peer; the kernel ignores this one of a peer that is being created: set it afterwards`,
		"link add v type veth peer vrf ab": `ip: word 6, "vrf": expected a parameter of ip link add ... type veth peer; the kernel ignores this one of a peer that is being created: set it afterwards`,
	} {
		c, err := Parse("ip", strings.Fields(line), nil)
		if strings.Contains(line, "peer") {
			if err != nil || len(c.Warnings) == 0 {
				t.Errorf("%s: %v, want a warning", line, err)
			}
			continue
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

func TestVRFParent(t *testing.T) {
	for _, c := range []struct{ own, netns, want string }{
		{"", "", "/"}, {"/", "", "/"}, {"/", "a-ns", "/"}, {"/user/1", "", "/user/1"}, {"/user/1", "a-ns", "/user/1"},
		{"/user/1/vrf/blue", "", "/user/1"}, {"/vrf", "", "/"}, {"/vrf/blue", "", "/"}, {"/a-ns/vrf/blue", "a-ns", "/"},
		{"/x/a-ns/vrf/blue", "a-ns", "/x"}, {"/x/a-ns/vrf/blue", "b-ns", "/x/a-ns"}, {"/vrfs/blue", "", "/vrfs/blue"},
	} {
		if got := vrfParent(c.own, c.netns); got != c.want {
			t.Errorf("of %q in %q: %q, want %q", c.own, c.netns, got, c.want)
		}
	}
}

// The program consists of the instructions that the kernel's header describes,
// on a little-endian machine: r2 = index; *(u32 *)(r1 + 0) = r2; r0 = 1; exit.
func TestVRFBinder(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the machine is big-endian")
	}
	var got []byte
	for _, i := range binder(0x01020304) {
		got = binary.LittleEndian.AppendUint64(got, i)
	}
	want := "b702000004030201" + "6321000000000000" + "b700000001000000" + "9500000000000000"
	if hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}
