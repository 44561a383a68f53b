package iproute

import "testing"

func TestIntegrationNetnsPeers(t *testing.T) {
	const two = "ip netns add a; ip netns add b; ip netns set a 7"
	comparePeers(t, []peerCase{
		{cmd: "ip netns"},
		{cmd: "ip netns list; ip -j netns list"},
		{cmd: "ip netns add x && ip netns add y && ip netns set y auto"},
		{cmd: "ip netns add ''"},
		{cmd: "ip netns add a/b"},
		{cmd: "ip netns add"},
		{cmd: "ip netns frobnicate"},
		{cmd: "ip netns delete nothere"},
		{cmd: "ip netns exec nothere true"},
		{state: two, cmd: "ip netns list | sort"},
		{state: two, cmd: "ip -j netns list", differs: "sorted by name; iproute2 has the directory's order"},
		{state: "ip netns add a; ip netns set a 7", cmd: "ip -j -p netns list; ip -j netns list; ip netns show"},
		{state: two, cmd: "ip netns add a"},
		{state: two, cmd: "ip netns set a 8"},
		{state: two, cmd: "ip netns set b 7"},
		{state: two, cmd: "ip netns set b 8; ip netns list-id; ip -j netns list-id; ip netns list-id nsid 8"},
		{state: two, cmd: "ip netns list-id nsid 99"},
		{state: two, cmd: "ip netns del a; ip netns del a"},
		{state: two, cmd: "ip -all netns delete"},
		{state: two, cmd: "ip netns exec a ip netns identify; ip netns identify; ip -n b netns identify"},
		{state: two, cmd: "ip netns exec b sh -c 'ls /sys/class/net; exit 3'"},
		{state: two, cmd: "ip netns exec b nothere-either"},
		{state: two, cmd: "ip netns exec b ip netns exec a ip netns identify"},
		{state: "ip netns add a; ip netns add b", cmd: "ip -all netns exec echo hi | sort"},
		{state: two, cmd: "ip -n nothere netns list"},
		{state: two, cmd: `ip netns pids a; ip netns exec a sh -c 'pids=$(ip netns pids a); set -- $pids; echo $#'`},
		{state: two, cmd: "ip netns attach c $$ && ip netns identify $$"},
		{cmd: "ip -V >/dev/null; ip -Version >/dev/null"},
		{cmd: "ip --no-such-option netns"},
		{cmd: "ip nosuchobject"},
	})
}
