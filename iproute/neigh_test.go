package iproute

import (
	"regexp"
	"testing"
)

// neighTimes matches the ages of an entry and the number of its probes.
var neighTimes = regexp.MustCompile(`used [0-9]+/[0-9]+/[0-9]+|"(used|confirmed|updated)":[0-9]+`)

// The states in which neighbours are compared.
const (
	neighPair = `ip link add v0 index 10 address 02:00:00:00:00:01 type veth peer name v1 index 11 address 02:00:00:00:00:02
ip link set v0 addrgenmode none; ip link set v1 addrgenmode none; ip link set lo up; ip link set v0 up; ip link set v1 up
ip address add 10.0.0.1/24 dev v0
`
	neighV4 = neighPair + `ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev v0
ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:0b nud noarp dev v0
ip neigh add 10.0.0.4 lladdr 02:00:00:00:00:0c nud stale dev v1
`
	neighV6 = neighPair + `ip neigh add 2001:db8::2 lladdr 02:00:00:00:00:0a router dev v0
ip neigh add 2001:db8::3 lladdr 02:00:00:00:00:0b nud stale extern_learn dev v0 protocol static
ip neigh add 2001:db8:1::3 lladdr 02:00:00:00:00:0b dev v1 protocol 77
ip neigh add ::10.1.2.3 lladdr 02:00:00:00:00:0c dev v1
`
	neighProxy = neighPair + `ip neigh add proxy 10.0.0.9 dev v0
ip neigh add proxy 10.0.0.8 dev v1
ip -6 neigh add proxy 2001:db8::9 dev v0
`
	neighBridge = neighPair + `ip link add br0 index 20 address 02:00:00:00:00:20 type bridge; ip link set br0 addrgenmode none; ip link set v1 master br0
ip neigh add 10.0.1.2 lladdr 02:00:00:00:00:0a dev br0
ip neigh add 10.0.1.3 lladdr 02:00:00:00:00:0b dev v1
ip neigh add 10.0.1.4 lladdr 02:00:00:00:00:0c dev v0
`
	neighNS = `ip netns add n
ip -n n link add v0 index 10 address 02:00:00:00:00:01 type veth peer name v1 index 11 address 02:00:00:00:00:02
ip -n n link set v0 addrgenmode none up; ip -n n link set v1 addrgenmode none up
ip -n n neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev v0
`
	neighNoARP = `ip link add v0 index 10 address 02:00:00:00:00:01 arp off type veth peer name v1 index 11 address 02:00:00:00:00:02
ip link set v0 addrgenmode none up; ip link set v1 addrgenmode none up
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev v0
`
	neighFailed = neighPair + `ip neigh add 10.0.0.5 nud failed dev v0
ip neigh add 10.0.0.6 nud none dev v0
ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:0e nud probe dev v1
`
	neighManaged = neighPair + `ip neigh add 10.0.0.5 dev v1 managed extern_learn
`
)

func TestIntegrationNeighPeers(t *testing.T) {
	comparePeers(t, []peerCase{
		// Commands that change something.
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev v0"},
		{state: neighPair, cmd: "ip neigh add to 10.0.0.2 lladdr 2:0:0:0:0:a dev v0 nud stale protocol static"},
		{state: neighPair, cmd: "ip n add dev v0 2001:db8::7 router lladdr 02:00:00:00:00:0a && ip n"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 2:0:0:0:0:a dev v0 proto 44; ip neigh show proto 44; ip neigh show proto all; ip neigh replace 10.0.0.2 lladdr 2:0:0:0:0:b dev v0 nud permanent proto static; ip neigh; ip neigh flush proto static; ip neigh"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 2:0:0:0:0:a dev v0 proto 44; ip neigh replace $(ip neigh | sed 's/PERMANENT/nud permanent/') router; ip neigh"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 dev v0 nud none; ip neigh show nud none; ip neigh add 10.0.0.3 lladdr null nud failed dev v1"},
		{state: neighPair, cmd: "ip neigh add proxy 10.0.0.9 dev v0; ip neigh add proxy 10.0.0.10; ip neigh show proxy | sort; ip neigh del proxy 10.0.0.10"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev v0 extern_learn nud 0x40"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev if10"},
		{state: neighManaged, cmd: "ip neigh show nud all; ip -j neigh show nud all; ip neigh del 10.0.0.5 dev v1"},
		{state: neighV4, cmd: "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev v0"},
		{state: neighV4, cmd: "ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:0b nud reachable dev v0; ip neigh show 10.0.0.2"},
		{state: neighV4, cmd: "ip neigh change 10.0.0.3 lladdr 02:00:00:00:00:0d dev v0; ip neigh chg 10.0.0.9 lladdr 02:00:00:00:00:0d dev v0"},
		{state: neighV4, cmd: "ip neigh del 10.0.0.2 dev v0; ip neigh delete 10.0.0.2 lladdr 02:00:00:00:00:0b dev v0"},
		{state: neighProxy, cmd: "ip neigh del proxy 10.0.0.9 dev v0; ip neigh del proxy 10.0.0.9 dev v0"},
		{state: neighNS, cmd: "ip -n n neigh replace 10.0.0.2 lladdr 02:00:00:00:00:0c dev v0 && ip netns exec n ip neigh show; ip -n n n"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 dev v0 use; ip neigh replace 10.0.0.3 lladdr 02:00:00:00:00:0a use dev v0"},

		// Commands that show something.
		{state: neighV4, cmd: "ip neigh | sort; ip neighbour list dev v1; ip -4 neigh lst | sort; ip -6 neigh"},
		{state: neighV4, cmd: "ip -j neigh | jq -c .[] | sort; ip -j -p neigh show 10.0.0.2; ip -j neigh show dev v1; ip -br neigh | sort; ip -br -j neigh show dev v1"},
		{state: neighV4, cmd: "ip -s neigh | sort; ip -s -j neigh show dev v1", mask: neighTimes},
		{state: neighV4, cmd: "ip neigh show nud all dev v0 | sort; ip neigh show nud noarp nud stale | sort; ip neigh show nud perm; ip neigh show nud 4"},
		{state: neighV4, cmd: "ip neigh show 10.0.0.0/30 | sort; ip neigh show to 10.0.0.3 nud all; ip neigh show 10.0.0/31; ip neigh show to all | sort; ip neigh show 2001:db8::/32"},
		{state: neighV4, cmd: "ip neigh show unused | sort; ip -o neigh show | sort; ip -c neigh show | sort"},
		{state: neighV6, cmd: "ip neigh | sort; ip -N neigh | sort; ip -j neigh | jq -c .[] | sort; ip -c -6 neigh | sort; ip -br -6 neigh | sort"},
		{state: neighV6, cmd: "ip neigh show protocol static; ip neigh show protocol 77; ip neigh show protocol all | sort; ip -6 neigh show 2001:db8::/48 | sort"},
		{state: neighProxy, cmd: "ip neigh show proxy | sort; ip -6 -j neigh show proxy; ip neigh show proxy dev v0 | sort; ip neigh"},
		{state: neighBridge, cmd: "ip neigh show master br0; ip neigh show nomaster | sort; ip neigh show master br0 dev v0"},
		{state: neighBridge, cmd: "ip neigh show master nothere"},
		{state: neighBridge, cmd: "ip neigh show vrf br0"},
		{state: neighNoARP, cmd: "ip neigh | sort; ip neigh show nud all | sort"},
		{state: neighFailed, cmd: "ip neigh show nud failed nud none | sort; ip -j neigh show nud none"},
		{cmd: "ip neigh; ip -j neigh; ip -j -p neigh"},
		{state: neighV4, cmd: "ip neigh get 10.0.0.2 dev v0; ip -j neigh get 10.0.0.3 dev v0; ip neigh get to 10.0.0.4 dev v1"},
		{state: neighProxy, cmd: "ip neigh get proxy 10.0.0.9 dev v0"},
		{state: neighV4, cmd: "ip neigh get 10.0.0.77 dev v0"},
		{state: neighV4, cmd: "ip neigh get 10.0.0.2 dev nothere"},
		{state: neighV4, cmd: "ip neigh get 10.0.0.2"},

		// Commands that flush.
		{state: neighV4, cmd: "ip neigh flush dev v1; ip neigh flush dev v0"},
		{state: neighV4, cmd: "ip neigh flush nud all; ip neigh show nud all | sort"},
		{state: neighV4, cmd: "ip -s neigh flush all; ip -s neigh flush 10.0.0.9"},
		{state: neighV6, cmd: "ip -s -s neigh flush nud permanent | sort", mask: neighTimes},
		{state: neighFailed, cmd: "ip -s neigh flush nud failed nud none"},
		{state: neighProxy, cmd: "ip neigh flush proxy dev v0"},
		{state: neighBridge, cmd: "ip neigh flush master br0 nud permanent"},
		{state: neighV6, cmd: "ip -6 neigh flush protocol static; ip -4 neigh flush nud permanent"},
		{state: neighV4, cmd: "ip neigh flush"},

		// Wrong commands.
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a dev nothere"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:0a"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 02:zz dev v0"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 lladdr 02:00 dev v0"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2.5 dev v0"},
		{state: neighPair, cmd: "ip -6 neigh add 10.0.0.2 dev v0"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 10.0.0.3 dev v0"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 nud lazy dev v0"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 protocol nosuch dev v0"},
		{state: neighPair, cmd: "ip neigh add 10.0.0.2 dev"},
		{state: neighPair, cmd: "ip neigh show dev nothere"},
		{state: neighPair, cmd: "ip neigh show nud lazy"},
		{state: neighPair, cmd: "ip neigh show nosuch"},
		{state: neighPair, cmd: "ip neigh frobnicate"},
	})
}
