package iproute

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestVRFRoundTrip(t *testing.T) {
	roundTripLines(t, formatLink, map[string]string{
		"link add blue type vrf table 10":        "link add name blue type vrf table 10",
		"link add blue type vrf tab 4294967295":  "link add name blue type vrf table 4294967295",
		"link set p0 master blue":                "link set dev p0 master blue",
		"link add blue up type vrf table 1 ta 9": "link add name blue up type vrf table 9",
	})
}

func TestVRFMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"link add v type vrf table x":   `ip: word 7, "x": expected a table, a name from /etc/iproute2/rt_tables or a number up to 4294967295`,
		"link add v type vrf nosuch":    `ip: word 6, "nosuch": expected an option of a VRF: table`,
		"link set v type vrf_slave x 1": `ip: word 6, "x": expected the end of the command: a port of a VRF has no options`,
	} {
		if _, err := Parse("ip", strings.Fields(line), nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// VRFs and their ports are made and shown as by iproute2.
func TestIntegrationVRFPeers(t *testing.T) {
	testenv.NeedTool(t, "ip")
	if !kernelHas(t, "vrf") {
		t.Skip("the kernel has no VRFs")
	}
	const add = "ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02"
	const show = "ip -d link show; ip -d -o link show type vrf; ip -j -d link show; ip -j -p -d link show type vrf; ip -d link show master blue; " +
		"ip -j -d address show; ip rule; ip -6 rule"
	comparePeers(t, []peerCase{
		{state: add, cmd: "ip link add blue index 20 address 02:00:00:00:00:03 type vrf table 10; ip link add red index 21 address 02:00:00:00:00:04 up type vrf tab 2000; " +
			"ip link set p0 master blue up; ip link set q0 up master red; ip address add 10.0.0.1/24 dev p0; " + show +
			"; ip route show table 10; ip -d route show table all; ip link set p0 nomaster; ip link del red; " + show},
	})
}
