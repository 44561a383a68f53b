package iproute

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestMacvlanRoundTrip(t *testing.T) {
	roundTripLines(t, formatLink, map[string]string{
		"link add m link p0 type macvlan":                                                      "link add name m link p0 type macvlan",
		"link add m link p0 type macvlan mode passthru nopromisc":                              "link add name m link p0 type macvlan mode passthru nopromisc",
		"link add m link p0 type macvlan flag nodst mode source":                               "link add name m link p0 type macvlan mode source nodst",
		"link set m type macvlan flag null":                                                    "link set dev m type macvlan flag null",
		"link set m type macvlan macaddr add 2:0:0:0:0:1":                                      "link set dev m type macvlan macaddr add 02:00:00:00:00:01",
		"link set m type macvlan macaddr flush":                                                "link set dev m type macvlan macaddr flush",
		"link set m type macvlan macaddr set 2:0:0:0:0:1 2:0:0:0:0:2 mode source bcqueuelen 5": "link set dev m type macvlan mode source bcqueuelen 5 macaddr set 02:00:00:00:00:01 02:00:00:00:00:02",
	})
}

func TestMacvlanMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"link add m type macvlan mode x":       `ip: word 7, "x": expected a mode: private, vepa, bridge, passthru or source`,
		"link add m type macvlan flag x":       `ip: word 7, "x": expected a flag: null, nopromisc or nodst`,
		"link add m type macvlan macaddr x":    `ip: word 7, "x": expected what to do with addresses: add, del, set or flush`,
		"link add m type macvlan nopromisc":    `ip: word 6, "nopromisc": expected the mode passthru with nopromisc`,
		"link add m type macvlan bcqueuelen x": `ip: word 7, "x": expected bcqueuelen, a number from 0 to 4294967295`,
	} {
		if _, err := Parse("ip", strings.Fields(line), nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// Macvlans are made, changed and shown as by iproute2.
func TestIntegrationMacvlanPeers(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const show = "ip link show type macvlan; ip -d link show type macvlan; ip -d -o link show type macvlan; ip -j -d link show type macvlan; ip -j -p -d link show type macvlan"
	comparePeers(t, []peerCase{
		{state: "ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02; ip link add r0 index 12 address 02:00:00:00:00:03 type ifb",
			cmd: "ip link add link p0 name m0 index 20 address 02:00:00:00:00:20 type macvlan mode private; " +
				"ip link add link p0 name m1 index 21 address 02:00:00:00:00:21 type macvlan mode source nodst bcqueuelen 77 macaddr set 2:0:0:0:0:9; " +
				"ip link add link p0 name m2 index 22 address 02:00:00:00:00:22 type macvlan mo bridge bc 5; " +
				"ip link add link r0 name m3 index 23 type macvlan mode passthru nopromisc; " + show +
				"; ip link set m1 type macvlan macaddr add 2:0:0:0:0:a; ip link set m1 type macvlan macaddr del 2:0:0:0:0:9; ip link set m0 type macvlan mode vepa; " +
				"ip link set m3 type macvlan flag null; " + show + "; ip link set m1 type macvlan macaddr flush; ip -d link show m1"},
	})
}
