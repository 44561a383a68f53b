package iproute

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestVXLANRoundTrip(t *testing.T) {
	roundTripLines(t, formatLink, map[string]string{
		"link add v type vxlan id 10":                                                                                 "link add name v type vxlan id 10 dstport 0 learning",
		"link add v type vxlan vni 10 dstport 4789 nolearning":                                                        "link add name v type vxlan id 10 dstport 4789 nolearning",
		"link add v type vxlan id 10 remote 192.0.2.1 local any":                                                      "link add name v type vxlan id 10 remote 192.0.2.1 local 0.0.0.0 dstport 0 learning",
		"link add v type vxlan id 10 group ff05::100 dev p0":                                                          "link add name v type vxlan id 10 group ff05::100 dev p0 dstport 0 learning",
		"link add v type vxlan external":                                                                              "link add name v type vxlan dstport 0 external nolearning",
		"link add v type vxlan learning external":                                                                     "link add name v type vxlan dstport 0 external nolearning",
		"link add v type vxlan external learning vnifilter":                                                           "link add name v type vxlan dstport 0 external vnifilter learning",
		"link add v type vxlan external gpe":                                                                          "link add name v type vxlan dstport 4790 external nolearning gpe",
		"link add v type vxlan id 1 ttl inherit tos inherit df set":                                                   "link add name v type vxlan id 1 ttl inherit tos inherit df set dstport 0 learning",
		"link add v type vxlan id 1 hoplimit auto dsfield 10 label 5 port 1 2 maxaddress unlimited ageing none gbp":   "link add name v type vxlan id 1 ttl auto tos 0x10 flowlabel 5 ageing 0 maxaddress 0 dstport 0 learning gbp srcport 1 2",
		"link set v type vxlan ttl 5 nolearning ageing 77":                                                            "link set dev v type vxlan ttl 5 ageing 77 nolearning",
		"link set v type vxlan remote 0.0.0.0 noproxy norsc nol2miss nol3miss noudpcsum noudp6zerocsumtx noremcsumrx": "link set dev v type vxlan remote 0.0.0.0 noproxy norsc nol2miss nol3miss noudpcsum noudp6zerocsumtx noremcsumrx",
	})
}

func TestVXLANMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"link add v type vxlan":                                   "ip: a VXLAN needs an identifier, id VNI, or external",
		"link add v type vxlan id 16777216":                       `ip: word 7, "16777216": expected id, a number from 0 to 16777215`,
		"link add v type vxlan id 1 external":                     "ip: a VXLAN has an id, or is external, not both",
		"link add v type vxlan id 1 vnifilter":                    "ip: vnifilter goes with external",
		"link add v type vxlan id 1 group 239.1.1.1":              "ip: a multicast group needs the link that it is reached by, dev DEV",
		"link add v type vxlan id 1 group 192.0.2.1 dev p0":       `ip: word 9, "192.0.2.1": expected the address of a multicast group; that of another end is remote`,
		"link add v type vxlan id 1 remote 239.1.1.1 dev p0":      `ip: word 9, "239.1.1.1": expected the address of another end; that of a multicast group is group`,
		"link add v type vxlan id 1 local ff05::1":                `ip: word 9, "ff05::1": expected an address of this end, which a multicast address is not`,
		"link add v type vxlan id 1 local fd00::1 remote 1.1.1":   `ip: word 11, "1.1.1": expected the address of another end, an IPv6 address`,
		"link add v type vxlan id 1 df no":                        `ip: word 9, "no": expected a way to set DF: unset, set or inherit`,
		"link add v type vxlan id 1 id 2":                         `ip: word 8, "id": expected another option; id is already given`,
		"link add v type vxlan id 1 remote 1.1.1.1 group 1.1.1.1": "ip: a VXLAN has a group or a remote end, not both",
		"link add v type vxlan id 1 srcport 1 x":                  `ip: word 10, "x": expected the last source port, a number from 0 to 65535`,
		"link add v type vxlan id 1 ttl 256":                      `ip: word 9, "256": expected ttl, a number from 0 to 255`,
	} {
		if _, err := Parse("ip", strings.Fields(line), nil); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", line, err, want)
		}
	}
}

// VXLANs are made, changed, shown and refused as by iproute2.
func TestIntegrationVXLANPeers(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const (
		state = "ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02; ip addr add 192.0.2.1/24 dev p0"
		show  = "ip link show type vxlan; ip -d link show type vxlan; ip -d -o link show type vxlan; ip -j -d link show type vxlan; ip -j -p -d link show type vxlan"
		mac   = " address 02:00:00:00:00:2"
	)
	cases := []peerCase{
		{state: state, cmd: "ip link add v0 index 20" + mac + "0 type vxlan id 5; ip link add v1 index 21" + mac + "1 type vxlan id 6 dev p0 group 239.1.1.1 local 192.0.2.1 dstport 4789; " +
			"ip link add v2 index 22" + mac + "2 type vxlan id 7 remote fd00::2 local fd00::1 flowlabel 0xabcde tos 0x10 ttl 7 df set dstport 0; " +
			"ip link add v3 index 23" + mac + "3 type vxlan external vnifilter dstport 4789; ip link add v4 index 24 type vxlan external gpe; " +
			"ip link add v5 index 25" + mac + "5 type vxlan id 8 dstport 99 nolearning proxy rsc l2miss l3miss noudpcsum udp6zerocsumtx udp6zerocsumrx remcsumtx remcsumrx gbp ttl inherit tos inherit df inherit ageing 50 maxaddress 9 srcport 10 20; " +
			"ip link add v6 index 26" + mac + "6 type vxlan id 9 dstport 98 ttl auto group ff05::1 dev p0 ageing none; ip -6 link add v7 index 27" + mac + "7 type vxlan id 10 dstport 97; " + show},
		{state: state + "; ip link add v0 index 20" + mac + "0 type vxlan id 5 dstport 4789 remote 192.0.2.2",
			cmd: "ip link set v0 type vxlan remote 192.0.2.3 local 192.0.2.1 ttl 9 tos 4 nolearning ageing 70 df set dev p0; " + show +
				"; bridge fdb show dev v0; ip link set v0 type vxlan remote 0.0.0.0 learning ttl auto; " + show + "; bridge -j fdb show dev v0"},
		{state: state + "; ip link add v0 index 20" + mac + "0 type vxlan id 5 dstport 4789 dev p0; ip link add v1 index 21" + mac + "1 type vxlan external dstport 4788; ip nexthop add id 1 via 192.0.2.9 fdb; ip nexthop add id 2 group 1 fdb",
			cmd: "bridge fdb add 02:00:00:00:00:09 dev v0 dst 192.0.2.9 port 99 vni 7 via p0; bridge fdb append 00:00:00:00:00:00 dev v0 dst 192.0.2.8; " +
				"bridge fdb append 00:00:00:00:00:00 dev v0 dst 192.0.2.7 self permanent; bridge fdb add 02:00:00:00:00:0b dev v1 dst 192.0.2.7 src_vni 5 vni 6; " +
				"bridge fdb add 02:00:00:00:00:0a dev v0 nhid 2; " +
				"bridge fdb show dev v0; bridge -j -p fdb show; bridge fdb get 02:00:00:00:00:09 dev v0; bridge fdb del 02:00:00:00:00:09 dev v0 dst 192.0.2.9 port 99 vni 7 via p0; " +
				"bridge fdb replace 02:00:00:00:00:0a dev v0 dst 192.0.2.4; bridge fdb show dev v0"},
	}
	for _, cmd := range []string{
		"ip link add v type vxlan", "ip link add v type vxlan id 1 external", "ip link add v type vxlan id 1 vnifilter", "ip link add v type vxlan id 1 group 239.1.1.1",
		"ip link add v type vxlan id 16777216", "ip link add v type vxlan id 1 id 2", "ip link add v type vxlan id 1 group 192.0.2.1 dev p0",
		"ip link add v type vxlan id 1 proxy noproxy", "ip link add v type vxlan id 1 dev nope", "ip link add v type vxlan id 1 dev", "ip link add v type vxlan id 1 local 1.1.1.1 remote fd00::1",
		"ip link add v type vxlan id 1 ttl 256", "ip link add v type vxlan id 1 tos x", "ip link add v type vxlan id 1 df x", "ip link add v type vxlan id 1 flowlabel 0x100000",
		"ip link add v type vxlan id 1 srcport 1", "ip link add v type vxlan id 1 dstport 65536", "ip link add v type vxlan id 1 bogus", "ip link set p0 type vxlan ttl 5",
		"ip link add v type vxlan id 1 flowlabel 5 dstport 0", "ip link add v type vxlan gpe id 1", "ip link add v type vxlan id 1 ageing x", "ip link add v type vxlan id 1 maxaddress x",
		"ip link add v type vxlan id 1 remote 239.1.1.1", "ip link add v type vxlan id 1 remote 1.1.1.1 group 239.1.1.1 dev p0",
	} {
		cases = append(cases, peerCase{state: state, cmd: cmd + "; echo $?"})
	}
	for _, change := range []string{"id 6", "dstport 1", "proxy", "ttl inherit", "srcport 1 2", "maxaddress 5", "remote fd00::1", "noudpcsum", "gbp", "external"} {
		cases = append(cases, peerCase{state: state + "; ip link add v0 index 20" + mac + "0 type vxlan id 5 dstport 4789 remote 192.0.2.2", cmd: "ip link set v0 type vxlan " + change + "; echo $?"})
	}
	comparePeers(t, cases)
}
