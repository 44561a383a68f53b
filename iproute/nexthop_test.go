package iproute

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

const nexthopBase = `
ip link add v0 index 10 address 02:00:00:00:00:01 type veth peer name v1 index 11 address 02:00:00:00:00:02
ip link set v0 up; ip link set v1 up; ip link set lo up
ip address add 10.0.0.1/24 dev v0; ip address add fd00::1/64 dev v0
`

const nexthopSome = nexthopBase + `
ip nexthop add id 1 via 10.0.0.2 dev v0
ip nexthop add id 2 via 10.0.0.3 dev v0 protocol static
ip nexthop add id 3 via fd00::2 dev v0
ip nexthop add id 4 blackhole
ip nexthop add id 5 dev v1
ip nexthop add id 10 group 1/2,20
`

func TestIntegrationNexthopPeers(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const show = "; ip nexthop; ip -j nexthop show; ip -d nexthop list; ip route; ip -6 route"
	comparePeers(t, []peerCase{
		{state: nexthopBase, cmd: "ip nexthop add id 1 via 10.0.0.2 dev v0; ip nexthop add dev v0 id 2 protocol bird via inet 10.0.0.3; ip -6 nexthop add id 3 dev v0 via inet6 fd00::2; " +
			"ip nexthop add id 4 blackhole; ip -6 nexthop add id 5 dev v1; ip nexthop add id 6 via 192.0.2.1 dev v0 onlink; ip nexthop add via 10.0.0.4 dev v0; ip nexthop add id 20 group 1/2,20 type mpath; " +
			"ip nexthop add id 21 group 1,3/2 type resilient buckets 32 idle_timer 7 unbalanced_timer 300; ip nexthop replace id 4 dev v1; ip route add 10.9.0.0/16 nhid 20; ip -6 route add fd09::/16 nhid 3" + show},
		{state: nexthopSome, cmd: "ip nexthop get id 10; ip -j -p nexthop get id 1; ip -o nexthop show id 4; ip nexthop show dev v0; ip nexthop list groups; ip -6 nexthop; ip nexthop show protocol 4; ip -d -j nexthop show fdb"},
		{state: nexthopSome, cmd: "ip nexthop del id 1; ip nexthop delete id 4" + show + "; ip nexthop flush dev v0; ip nexthop flush" + show + "; ip nexthop flush"},
		{state: nexthopSome, cmd: "ip nexthop flush; ip nexthop"},
		{state: nexthopSome, cmd: "ip nexthop flush id 10; ip nexthop flush protocol 4; ip nexthop"},
		{state: nexthopSome, cmd: "ip nexthop add id 1 blackhole; echo $?; ip nexthop add id 30 via 10.0.0.9; echo $?; ip nexthop get id 77; echo $?; ip nexthop del id 77; echo $?; ip nexthop add id x; echo $?; " +
			"ip nexthop add id 31 dev nosuch; echo $?; ip nexthop add id 31 group x; echo $?; ip nexthop add id 31 group 1 type y; echo $?; ip nexthop show dev nosuch; echo $?; " +
			"ip nexthop show vrf v0; echo $?; ip nexthop add id 31 dev v0 via fd00::2; echo $?; ip nexthop nosuch; echo $?; ip nexthop add id 31 protocol nosuch; echo $?; ip nexthop add id 31 group 77; echo $?; ip nexthop add id 31 nosuch; echo $?",
			elsewhere: true},
	})
}

func TestNexthopRoundTrip(t *testing.T) {
	roundTripLines(t, formatNexthop, map[string]string{
		"nexthop add id 1 dev v0 via 10.0.0.2 onlink":                                 "nexthop add id 1 via 10.0.0.2 dev v0 onlink",
		"-6 nexthop add id 2 dev v0":                                                  "-6 nexthop add id 2 dev v0",
		"nexthop add id 3 via fd00::1":                                                "-6 nexthop add id 3 via fd00::1",
		"nexthop replace id 4 blackhole proto static":                                 "nexthop replace id 4 blackhole protocol 4",
		"nexthop add id 5 group 1/2,20/3,1 fdb type mpath":                            "nexthop add id 5 group 1/2,20/3 fdb",
		"nexthop add id 6 group 0x1 type resilient idle_timer 4 buckets 8 protocol 7": "nexthop add id 6 group 1 protocol 7 type resilient buckets 8 idle_timer 4",
		"nexthop add group 1 type resilient unbalanced_timer 0":                       "nexthop add group 1 type resilient unbalanced_timer 0",
		"nexthop del id 7":                                                            "nexthop delete id 7",
	})
}

func TestNexthopMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"nexthop add id 1 group 1,257":              `ip: word 6, "1,257": expected a group: ID[,WEIGHT]/ID[,WEIGHT]..., with weights from 1 to 256`,
		"nexthop add id 1 group 1//2":               `ip: word 6, "1//2": expected a group: ID[,WEIGHT]/ID[,WEIGHT]..., with weights from 1 to 256`,
		"nexthop add id 1 dev v0 via fd00::1":       `ip: word 8, "fd00::1": expected a gateway, an IPv4 address`,
		"nexthop add id 1 encap mpls 100":           `ip: word 5, "encap": expected something that nslab supports; it does not support "encap" of ip(8)`,
		"nexthop del":                               `ip: ip nexthop delete needs "id ID", with an ID above 0`,
		"nexthop get dev v0":                        `ip: word 3, "dev": expected "id ID"`,
		"nexthop add id 1 group 1 type resilient 5": `ip: word 9, "5": expected a parameter of a nexthop, such as "id", "via" or "group"`,
	} {
		if _, err := Parse("ip", strings.Fields(line), nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
