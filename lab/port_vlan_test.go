package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
)

// needVLANFiltering skips a test on a kernel whose bridges know no VLANs.
func needVLANFiltering(t *testing.T) {
	t.Helper()
	c, err := rtnl.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Do(t.Context(), &rtnl.LinkAdd{Name: "filters", Kind: &rtnl.Bridge{VLANFiltering: rtnl.Some(uint8(1))}})
	if errors.Is(err, rtnl.ErrNotSupported) {
		t.Skip(err)
	}
	if err == nil {
		err = c.Do(t.Context(), &rtnl.LinkDel{Link: rtnl.LinkName("filters")})
	}
	if err != nil {
		t.Fatal(err)
	}
}

var vlanFileChanges = []fileChange{
	{"they come", switched("", ""), switched(`, vlan: ["", {access: 10}]`, `, vlan: ["", {trunk: [10, 20-29], native: 1}]`)},
	{"they go", switched(`, vlan: ["", {access: 10}]`, `, vlan: ["", {trunk: [10, 20-29], native: 1}]`), switched("", "")},
	{"they change", switched(`, vlan: ["", {access: 10}]`, `, vlan: ["", {trunk: [10, 20-29], native: 1}]`), switched(`, vlan: ["", {access: 1}]`, `, vlan: ["", {trunk: [1, 15-25], native: 22}]`)},
	{"a port changes its bridge", switched(`, vlan: ["", {access: 10}]`, ""), strings.ReplaceAll(switched(`, vlan: ["", {access: 10}]`, ""), "s/x:pa", "s/y:pa")},
	{"the default VLAN changes", switched(`, vlan: ["", {trunk: [1, 7]}]`, ""), strings.ReplaceAll(switched(`, vlan: ["", {trunk: [3, 7]}]`, ""), "x: {}", "x: {vlan_default_pvid: 3}")},
	{"the default VLAN becomes that of a port", switched(`, vlan: ["", {access: 3}]`, ""), strings.ReplaceAll(switched(`, vlan: ["", {access: 7}]`, ""), "x: {}", "x: {vlan_default_pvid: 3}")},
	{"the default VLAN is the kernel's again", strings.ReplaceAll(switched(`, vlan: ["", {trunk: [1, 7]}]`, ""), "x: {}", "x: {vlan_default_pvid: 3}"), switched(`, vlan: ["", {trunk: [3, 7]}]`, "")},
	{"there is no default VLAN", switched(`, vlan: ["", {access: 10}]`, ""), strings.ReplaceAll(switched("", `, vlan: ["", {access: 1}]`), "x: {}", "x: {vlan_default_pvid: 0}")},
	{"there is one", strings.ReplaceAll(switched(`, vlan: ["", {access: 10}]`, ""), "x: {}", "x: {vlan_default_pvid: 0}"), switched("", `, vlan: ["", {access: 10}]`)},
}

func TestIntegrationPortVLANs(t *testing.T) {
	needVLANFiltering(t)
	checkFileChanges(t, vlanFileChanges)
}

// On a kernel whose bridges know no VLANs one error names what it needs, before
// anything is done: neither a new lab nor one that is up changes.
func TestIntegrationPortVLANsNotSupported(t *testing.T) {
	c, err := rtnl.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Do(t.Context(), &rtnl.LinkAdd{Name: "filters", Kind: &rtnl.Bridge{VLANFiltering: rtnl.Some(uint8(1))}})
	if err == nil {
		if err := c.Do(t.Context(), &rtnl.LinkDel{Link: rtnl.LinkName("filters")}); err != nil {
			t.Fatal(err)
		}
		t.Skip("this kernel's bridges filter VLANs")
	}
	with := "name: t\nnodes:" + switched(`, vlan: ["", {access: 10}]`, `, vlan: ["", {access: 20}]`)
	check := func(file string) {
		t.Helper()
		_, err := Up(bg, parse(t, file), nil, UpOptions{})
		if !errors.Is(err, rtnl.ErrNotSupported) || strings.Count(err.Error(), "CONFIG_BRIDGE_VLAN_FILTERING") != 1 || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v", err)
		}
	}
	check(with)
	if _, err := Open("t", nil); !errors.Is(err, ErrNoLab) {
		t.Errorf("a lab is left: %v", err)
	}
	check("name: t\nnodes: {s: {kind: bridge, bridge: {vlan_filtering: true}}}\n")
	plain := "name: t\nnodes:" + switched("", "")
	up(t, nil, plain)
	was := state(t)
	check(with)
	if d := gocmp.Diff(was, state(t)); d != "" {
		t.Errorf("after the error (-before +after):\n%s", d)
	}
	settled(t, nil, plain)
}

// bridge(8) shows what the file says, and only what is in one VLAN talks. What
// the file says nothing of stays, except with Prune.
func TestIntegrationPortVLANsByHand(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge", "ping")
	needVLANFiltering(t)
	const file = `name: t
nodes:
  s1: {kind: bridge}
  s2: {kind: bridge}
  a: {count: 2}
  b: {count: 2}
links:
  - {endpoints: ["s1:up", "s2:up"], vlan: [{trunk: [10, 20-22]}, {trunk: [10, 20-22]}]}
  - {endpoints: ["a*:eth0", "s${INDEX}:a"], vlan: ["", {access: 10}], subnet: 10.0.0.0/24}
  - {endpoints: ["b*:eth0", "s${INDEX}:b"], vlan: ["", {access: 20}], subnet: 10.0.0.0/24}
`
	up(t, nil, file)
	in := func(node, command string) string {
		return testenv.Run(t, "ip", "netns", "exec", "t-"+node, "sh", "-ec", command)
	}
	check := func(when, want string) {
		t.Helper()
		var ports []struct {
			Ifname string
			VLANs  []struct {
				VLAN, VLANEnd int
				Flags         []string
			}
		}
		if err := json.Unmarshal([]byte(in("s1", "bridge -compressvlans -j vlan")), &ports); err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, p := range ports {
			if all += p.Ifname + ":"; p.Ifname == "br0" {
				all += " -"
			}
			for _, v := range p.VLANs {
				if p.Ifname != "br0" {
					all += fmt.Sprintf(" %d-%d%v", v.VLAN, max(v.VLAN, v.VLANEnd), v.Flags)
				}
			}
			all += "\n"
		}
		if all != want {
			t.Errorf("%s:\n%swant:\n%s", when, all, want)
		}
	}
	const want = "br0: -\nup: 10-10[] 20-22[]\na: 10-10[PVID Egress Untagged]\nb: 20-20[PVID Egress Untagged]\n"
	check("after up", want)
	if out := in("a1", "ping -c 1 -w 30 10.0.0.2; ping -c 1 -W 0.3 10.0.0.4 || :"); !strings.Contains(out, " 1 received") || !strings.Contains(out, " 0 received") {
		t.Errorf("pings: %s", out)
	}
	settled(t, nil, file)
	in("s1", "bridge vlan del dev up vid 21; bridge vlan add dev a vid 10; bridge vlan add dev b vid 99; bridge vlan add dev b vid 1")
	up(t, nil, file)
	check("after changes by hand", strings.Replace(want, "b: 20-20[PVID Egress Untagged]", "b: 20-20[PVID Egress Untagged] 99-99[]", 1))
	settled(t, nil, file)
	opts := UpOptions{PlanOptions: PlanOptions{Prune: true}}
	undone(t, file, opts)
	if _, err := Up(bg, parse(t, file), nil, opts); err != nil {
		t.Fatal(err)
	}
	check("with Prune", want)
}
