package lab

import (
	"strings"
	"testing"
)

// A kernel without VLAN filtering ignores a bridge's default PVID: that is
// told, and one that each bridge has is not wanted for ever.
func TestIntegrationDefaultPVID(t *testing.T) {
	file := func(pvid string) string { return "name: t\nnodes:\n  sw: {kind: bridge, bridge: {" + pvid + "}}\n" }
	needs := func(what string, err error) bool {
		if err == nil {
			return false
		}
		if !strings.Contains(err.Error(), "needs a kernel with CONFIG_BRIDGE_VLAN_FILTERING") {
			t.Fatalf("%s: %v", what, err)
		}
		return true
	}
	for _, pvid := range []string{"vlan_default_pvid: 1", "", "vlan_default_pvid: 1"} {
		up(t, nil, file(pvid))
		settled(t, nil, file(pvid))
	}
	other := file("vlan_default_pvid: 7")
	_, err := PlanUp(bg, parse(t, other), nil, UpOptions{})
	lacks := needs("a plan", err)
	if _, err = Up(bg, parse(t, other), nil, UpOptions{}); needs("a change", err) != lacks {
		t.Errorf("a change: %v", err)
	}
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err = Up(bg, parse(t, other), nil, UpOptions{}); needs("a new lab", err) != lacks {
		t.Errorf("a new lab: %v", err)
	}
	if !lacks {
		settled(t, nil, other)
		up(t, nil, file(""))
		settled(t, nil, file(""))
	}
}
