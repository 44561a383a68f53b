package topology

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/bridge"
)

const vlanLab = "name: t\nnodes: {a: {}, s: {kind: bridge}}\nlinks:\n  - {endpoints: [\"a:e\", \"s:p\"], vlan: [\"\", VLAN]}\n"

func TestPortVLANs(t *testing.T) {
	const pvid = bridge.VLANPVID | bridge.VLANUntagged
	for text, want := range map[string][]bridge.VLANs{
		"{access: 10}":                           {{First: 10, Last: 10, Flags: pvid}},
		"{trunk: [10, 20-29]}":                   {{First: 10, Last: 10}, {First: 20, Last: 29}},
		"{trunk: [4094, 11, 10, 12], native: 1}": {{First: 1, Last: 1, Flags: pvid}, {First: 10, Last: 12}, {First: 4094, Last: 4094}},
		"{trunk: [10-20], native: 15}":           {{First: 10, Last: 14}, {First: 15, Last: 15, Flags: pvid}, {First: 16, Last: 20}},
		"{native: 7}":                            {{First: 7, Last: 7, Flags: pvid}},
	} {
		top := mustParse(t, strings.Replace(vlanLab, "VLAN", text, 1))
		if d := cmp.Diff(want, top.Links[0].Ends[1].VLANs); d != "" {
			t.Errorf("%s: %s", text, d)
		}
		if top.Nodes[1].Bridges[0].Options.VLANFiltering.Or(0) != 1 {
			t.Errorf("%s: the bridge does not filter", text)
		}
	}
}

func TestPortVLANMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{access: 10, native: 5}":  "lab.yaml:4:56: a port of one VLAN is no trunk",
		"{}":                       "lab.yaml:4:48: vlan gives no VLAN",
		"{access: 4095}":           "lab.yaml:4:57: ",
		"{trunk: [10, 5-3]}":       `lab.yaml:4:61: trunk has "5-3"`,
		"{trunk: [0]}":             `lab.yaml:4:57: trunk has "0"`,
		"{trunk: [10, 8-12]}":      "lab.yaml:4:61: VLAN 10 occurs twice in trunk",
		"{trunk: 10}":              "lab.yaml:4:56: trunk is a list",
		"{access: 10}], nosuch: [": "lab.yaml:4:63: ",
	} {
		_, err := Parse("lab.yaml", []byte(strings.Replace(vlanLab, "VLAN", text, 1)), nil)
		if err == nil || !strings.Contains(err.Error(), want[strings.Index(want, ": ")+2:]) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		strings.NewReplacer(`"", VLAN`, `{access: 10}, ""`).Replace(vlanLab):                                                          `"e" of node "a" is not a port of a bridge, and is in no VLANs of one`,
		strings.NewReplacer("VLAN", "{access: 10}", "kind: bridge", "kind: bridge, bridge: {vlan_filtering: false}").Replace(vlanLab): `bridge "br0" of node "s" does not filter VLANs`,
	} {
		if _, err := Parse("lab.yaml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
