package iproute

import "testing"

const statusState = `for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done; ip link set lo up; ip netns add n1; ip netns add 77
ip link add d2 address 02:00:00:00:00:02 type veth peer name e2 address 02:00:00:00:00:03
ip link add br0 address 02:00:00:00:00:04 type bridge; ip link set d2 up; ip link set e2 up; ip addr add 10.0.0.1/24 dev d2`

// TestIntegrationStatusPeers has names of missing objects, in each place where
// a command may have one.
func TestIntegrationStatusPeers(t *testing.T) {
	comparePeers(t, []peerCase{
		{state: statusState, cmd: each(
			"ip link set d2 master nosuch",
			"ip link set nosuch master nosuch2",
			"ip link set nosuch master br0",
			"ip link set d2 type bridge_slave backup_port nosuch",
			"ip link add x1 master nosuch type bridge",
			"ip link add x1 link nosuch type macvlan",
			"ip link add x1 type veth peer name x2 master nosuch",
			"ip link set d2 netns nosuch",
			"ip link set d2 netns 99999999",
			"ip link set d2 netns 0",
			"ip link set d2 netns -1",
			"ip link set d2 netns ''",
			"ip link set d2 netns .",
			"ip link set d2 netns /nosuch",
			"ip link set d2 netns /etc/passwd",
			"ip link set d2 netns /proc/self/ns/mnt",
			"ip link add x1 type veth peer name x2 netns nosuch",
			"ip link add x1 netns nosuch type veth peer name x2",
			"ip link add x1 netns 99999999 type veth peer name x2",
			"ip route add 10.1.0.0/24 dev nosuch",
			"ip route add 10.1.0.0/24 nexthop dev nosuch",
			"ip route add 10.1.0.0/24 nexthop via 10.0.0.2 nexthop dev nosuch",
			"ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev nosuch",
			"ip neigh show proto nosuch",
			"ip netns set nosuch 5",
			"ip netns set 1 5",
			"ip netns set /run/netns/n1 5",
			"ip netns set n1 foo",
			"ip netns set n1 -5",
			"ip netns list-id nsid foo",
			"ip netns list-id target-nsid foo",
			"ip netns list-id target-nsid 7",
			"ip netns list-id foo",
			"ip netns exec nosuch true",
			"ip netns exec nosuch ip link",
			"ip netns exec nosuch ip link set d2 up",
			"ip netns exec nosuch bridge fdb add 02:00:00:00:00:09 dev d2",
			"ip netns exec nosuch brctl addbr br9",
			"ip -n n1 netns exec nosuch ip addr add 10.0.0.1/24 dev lo",
			"bridge fdb show br nosuch",
			"bridge fdb show br lo",
			"bridge link set dev d2 backup_port nosuch",
		)},
		// The id of a process is not a name.
		{state: statusState, cmd: "sleep 60 & p=$!; ip netns set $p 5 2>/dev/null; s=$?; kill $p; echo $s"},
	})
}

// TestIntegrationNetNSPathPeers moves links to namespaces by path.
func TestIntegrationNetNSPathPeers(t *testing.T) {
	const far = "unshare --net sleep 60 & p=$!; until [ $(readlink /proc/$p/ns/net) != $(readlink /proc/self/ns/net) ]; do :; done; "
	const look = "; ip link show; nsenter --net=/proc/$p/ns/net ip link show; kill $p"
	link := func(words string) string { return "ip link " + words + look }
	// A namespace without processes disappears a little later, and with it the
	// links whose other end was there.
	gone := func(link string) string { return "; while ip link show " + link + " >/dev/null 2>&1; do :; done" }
	const down = statusState + "; ip link set d2 down; ip link set e2 down"
	comparePeers(t, []peerCase{
		{state: down, cmd: far + link("set d2 netns /proc/$p/ns/net") + gone("e2")},
		{state: down, cmd: far + link("set d2 netns /run/netns/n1")},
		{state: down, cmd: far + "cd /run/netns; " + link("set d2 netns ./n1")},
		{state: down, cmd: far + link("set d2 netns 77")},
		{state: down, cmd: far + link("set d2 netns $p") + gone("e2")},
		{state: down, cmd: far + link("add x1 index 50 address 02:00:00:00:00:11 type veth peer name x2 index 51 address 02:00:00:00:00:12 netns /proc/$p/ns/net") + gone("x1")},
		{state: down, cmd: far + link("add x1 index 50 address 02:00:00:00:00:11 netns /run/netns/n1 type veth peer name x2 index 51 address 02:00:00:00:00:12")},
		{state: down, cmd: far + "mkdir -p /run/docker/netns; touch /run/docker/netns/d; mount --bind /proc/$p/ns/net /run/docker/netns/d; " +
			link("add x1 index 50 address 02:00:00:00:00:11 type veth peer name x2 index 51 address 02:00:00:00:00:12 netns /run/docker/netns/d")},
	})
}
