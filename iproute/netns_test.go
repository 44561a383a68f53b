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
		{cmd: "ip netns identify x; echo $?; ip netns identify +1; ip netns identify 1x; ip netns identify -1; echo $?"},
		{cmd: "ip netns identify 0; echo $?; ip netns identify 00; ip netns identify 4194305; ip netns identify 99999999999999999999999; echo $?"},
		{cmd: "ip netns identify ''; echo $?; ip netns identify a/b; ip netns identify .; echo $?; ip netns identify $$ x; echo $?"},
		{cmd: "ip netns identify 4194304; echo $?; ip netns identify ' 1'; echo $?"},
		{cmd: "ip netns pids; echo $?; ip netns pids nothere; echo $?; ip netns pids a/b; echo $?"},
		{state: two, cmd: "ip netns pids a b; echo $?"},
		{state: two, cmd: "ip netns attach; echo $?; ip netns attach c; echo $?; ip netns attach c x; ip netns attach c 0; echo $?; ip netns attach c 4194304; echo $?"},
		{state: two, cmd: "ip netns attach a $$; echo $?"},
		{state: two, cmd: "echo 'netns list-id' >batch; ip -batch batch netns frob -j; echo $?; ip -batch batch -j x; echo $?; rm batch"},
		{cmd: "echo 'link show dev lo' | bridge -batch - frob; echo $?"},
		{cmd: "ip -V >/dev/null; ip -Version >/dev/null"},
		{cmd: "ip --no-such-option netns"},
		{cmd: "ip nosuchobject"},
	})
}
