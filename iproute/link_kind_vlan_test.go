package iproute

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestVLANRoundTrip(t *testing.T) {
	roundTripLines(t, formatLink, map[string]string{
		"link add link p0 name v type vlan id 10":              "link add name v link p0 type vlan id 10",
		"link add v link p0 type vlan protocol 802.1AD id 0xa": "link add name v link p0 type vlan id 10 protocol 802.1ad",
		"link add v link p0 type vlan id 5 reorder_hdr off gvrp on mvrp on loose_binding on bridge_binding off ingress-qos-map 1:2 3:4 egress-qos-map 0x10:7": "link add name v link p0 " +
			"type vlan id 5 reorder_hdr off gvrp on mvrp on loose_binding on bridge_binding off ingress-qos-map 1:2 3:4 egress-qos-map 16:7",
		"link set v type vlan gvrp on gvrp off":                              "link set dev v type vlan gvrp off",
		"link set v type vlan egress-qos-map 1:0 egress-qos-map 2:3 mvrp on": "link set dev v type vlan mvrp on egress-qos-map 1:0 2:3",
	})
}

func TestVLANMistakes(t *testing.T) {
	for line, want := range map[string]string{
		"link add v type vlan id x":               `ip: word 7, "x": expected id, a number from 0 to 65535`,
		"link add v type vlan gvrp maybe":         `ip: word 7, "maybe": expected gvrp, "on" or "off"`,
		"link add v type vlan egress-qos-map 1:x": `ip: word 7, "1:x": expected a mapping of egress-qos-map, FROM:TO, numbers from 0 to 4294967295`,
		"link add v type vlan protocol 802.1x":    `ip: word 7, "802.1x": expected a VLAN protocol, 802.1Q or 802.1ad`,
		"link add v type vlan nosuch":             `ip: word 6, "nosuch": expected an option of a VLAN: id, protocol, reorder_hdr, gvrp, mvrp, loose_binding, bridge_binding, ingress-qos-map, egress-qos-map`,
	} {
		if _, err := Parse("ip", strings.Fields(line), nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}

// VLANs are made, changed and shown as by iproute2.
func TestIntegrationVLANPeers(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const add = "ip link add p0 index 10 address 02:00:00:00:00:01 type veth peer name q0 index 11 address 02:00:00:00:00:02"
	if !kernelHas(t, "vlan") {
		t.Skip("the kernel has no VLANs")
	}
	cmd := ""
	for i, words := range []string{
		"id 10",
		"protocol 802.1ad id 4094",
		"pro 802.1q i 0x10 re off gv on mv on loo on",
		"id 11 ingress-qos-map 1:2 3:4 egress-qos-map 5:6 21:7 1:1 gvrp on",
		"id 12 bridge_binding on",
	} {
		cmd += fmt.Sprintf("ip link add link p0 name v%d index %d type vlan %s; ", i, 20+i, words)
	}
	const show = "ip link show type vlan; ip -d link show type vlan; ip -d -o link show type vlan; ip -j -d link show type vlan; ip -j -p -d link show type vlan; ip -d -N link show type vlan"
	comparePeers(t, []peerCase{
		{state: add, cmd: cmd + show + "; ip link set v1 type vlan egress-qos-map 1:0 3:3 ingress-qos-map 1:0 mvrp on reorder_hdr off; " +
			"ip link set v3 type vlan egress-qos-map 1:0 5:7 ingress-qos-map 1:0; ip link add link v1 name w index 30 type vlan id 8; " + show +
			"; ip link del v1; ip -br link show type vlan; ip link del p0; ip link show type vlan"},
	})
}
