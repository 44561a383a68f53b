package iproute

import (
	"regexp"
	"strings"
	"testing"
)

// batchState is a state in which each object exists in each family.
const batchState = `
ip link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link add br0 address 02:00:00:00:00:03 type bridge; ip link set v1 master br0
for i in v1 br0; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done; ip link set v0 addrgenmode none; ip link set v0 up; ip link set v1 up
ip addr add 10.0.0.1/24 dev v0; ip addr add fd00::1/64 dev v0 nodad
ip route add 10.1.0.0/16 via 10.0.0.2; ip route add fd01::/48 via fd00::2
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:09 dev v0; ip neigh add fd00::2 lladdr 02:00:00:00:00:09 dev v0
ip rule add from 10.0.0.1 lookup 7; ip -6 rule add from fd00::1 lookup 7
bridge fdb add 02:00:00:00:00:08 dev v1 master static
ip netns add n1; ip -n n1 link add w0 address 02:00:00:00:00:04 type bridge; ip -n n1 link set w0 addrgenmode none; ip -n n1 link set w0 up; ip -n n1 addr add 10.9.0.1/24 dev w0
`

// Options before "-batch" apply to every line of the batch, whatever its
// object.
func TestIntegrationBatchOptionPeers(t *testing.T) {
	counters := regexp.MustCompile(`(?m)^( +)?[0-9].*$|(bytes|packets|used|confirmed|updated|probes|users)[":]* ?[0-9/]+|(bytes|packets|used|confirmed|updated|probes)":[0-9]+`)
	// The links come last, because after them iproute2 shows addresses as if
	// they were links.
	const show = "addr show\naddr show dev v0\nroute show\nroute show table all\nrule show\nneigh show\nnetns list\nnetns list-id\nlink show\nlink show dev v0\nroute get 10.1.2.3"
	var cases []peerCase
	for _, o := range []string{
		"", "-4", "-6", "-0", "-B", "-family inet", "-f inet6", "-family link", "-family bridge", "-n n1", "-netns n1 -j", "-n n1 -6",
		"-d", "-d -d", "-s", "-s -s", "-j", "-j -p", "-p", "-o", "-br", "-br -j", "-N", "-t", "-ts", "-c", "-color=never", "-a", "-rc 65536", "-l 3", "-h", "-h -s", "-iec -h -s",
	} {
		c := peerCase{state: batchState, cmd: "echo '" + show + "' | ip " + o + " -force -batch -"}
		if strings.Contains(o, "-s") {
			c.mask = counters
		}
		cases = append(cases, c)
	}
	for _, o := range []string{"", "-4", "-6", "-n n1", "-netns n1 -j", "-d", "-s", "-s -d", "-j", "-j -p", "-o", "-t", "-family inet6", "-color=always"} {
		c := peerCase{state: batchState, cmd: "echo 'link show\nlink show dev v1\nfdb show\nfdb show dev v1' | bridge " + o + " -force -batch -"}
		if strings.Contains(o, "-s") {
			c.mask = counters
		}
		cases = append(cases, c)
	}
	// Lines that change something, each with options that make a difference.
	for _, tt := range []struct{ options, lines string }{
		{"", "rule flush\nroute flush table main\naddr flush dev v0\nneigh flush dev v0 nud permanent\nlink set v0 mtu 1400\nnetns del n1"},
		{"", "route add unreachable default metric 9\nrule add pref 77 table 77\nlink del v1"},
		{"-all", "netns del\nnetns add n3"},
		{"-all", "netns exec true"},
		{"-0", "link set v0 mtu 1400"},
		{"-l 0", "addr flush dev v0"},
	} {
		options := []string{tt.options}
		if tt.options == "" {
			options = []string{"", "-4", "-6", "-n n1", "-n n1 -6"}
		}
		for _, o := range options {
			cases = append(cases, peerCase{state: batchState, cmd: "echo '" + tt.lines + "' | ip " + o + " -force -batch - >/dev/null"})
		}
	}
	for _, line := range []string{"addr add 10.0.7.1/24 dev v0", "addr add fd07::1/64 dev v0", "route add 10.7.0.0/16 dev v0", "route del fd01::/48", "neigh del fd00::2 dev v0", "rule del from 10.0.0.1"} {
		for _, o := range []string{"-4", "-6"} {
			cases = append(cases, peerCase{state: batchState, cmd: "echo '" + line + "' | ip " + o + " -batch -"})
		}
	}
	cases = append(cases,
		peerCase{state: batchState, cmd: "echo 'fdb add 02:00:00:00:00:07 dev w0' | bridge -n n1 -batch -; echo 'link set dev v1 cost 7' | bridge -batch -"},
		peerCase{state: batchState, cmd: "echo 'link set dev nosuch cost 7\nlink set dev v1 cost 9' | bridge -force -batch -"},
		peerCase{state: batchState, cmd: `printf "link set v0 alias 'a b' # comment\\nlink set v1 alias a*\$b;~c\\nlink set \\\\\nv0 mtu 1300\\n" | ip -batch -`},
	)
	comparePeers(t, cases)
}

// An option of a line is added to those of the batch.
func TestIntegrationBatchLineOptions(t *testing.T) {
	s, out := session(t)
	if err := s.RunStream(t.Context(), "-", strings.NewReader("netns add a\nnetns add b\nip -n b link add br1 type bridge\n")); err != nil {
		t.Fatal(err)
	}
	s.Stdin = strings.NewReader("-n b -4 -j rule\n-n b -br link show br1\nrule\n")
	if status := s.Main(t.Context(), "ip", []string{"-n", "a", "-6", "-batch", "-"}); status != 0 {
		t.Errorf("status %d", status)
	}
	want := regexp.MustCompile(`^\[\{"priority":0,"src":"all","table":"local"\},[^\n]*"table":"default"\}\] *\nbr1 +DOWN [^\n]*\n0:\tfrom all lookup local\n32766:\tfrom all lookup main\n$`)
	if !want.MatchString(out.String()) {
		t.Errorf("output\n%s", out)
	}
}
