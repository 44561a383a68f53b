package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
)

const inspectLab = `
name: looked
nodes:
  a: {routes: ["default via 10.1.0.1", "blackhole 192.0.2.0/24 metric 5"]}
  r: {kind: router, addresses: ["198.51.100.1/32"]}
  sw:
    kind: bridge
    bridge: {name: br0, priority: 4096, ageing_time: 60s}
links:
  - {endpoints: ["a:eth0", "r:eth0"], ipv4: ["10.1.0.2/24", "10.1.0.1/24"], ipv6: ["fd00::2/64", "fd00::1/64"], mtu: 1400}
  - {endpoints: ["r:eth1", "sw:p1"], ipv4: ["10.2.0.1/24", ""], queues: 2}
`

// ipJSON asks iproute2 about a namespace.
func ipJSON(t *testing.T, program, ns string, args ...string) []map[string]any {
	t.Helper()
	out := testenv.Run(t, program, append([]string{"-n", ns, "-j", "-d", "-s"}, args...)...)
	var v []map[string]any
	if strings.TrimSpace(out) == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%s %v: %v in %s", program, args, err, out)
	}
	return v
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

// What Inspect tells is what ip(8) and bridge(8) tell.
func TestIntegrationInspect(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	up(t, nil, inspectLab)
	l := openLab(t, "looked")
	// Before the kernel knows of a carrier, nothing is sent and no port
	// forwards.
	settle.Carriers(t, "looked-a", "looked-r", "looked-sw")
	for _, n := range l.Nodes() {
		if n.Name == "a" {
			cmd, err := n.Command(bg, "ping", "-c", "1", "10.1.0.1")
			if err != nil {
				t.Fatal(err)
			}
			testenv.NeedTool(t, "ping")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
	}
	// The kernel goes on meanwhile: it finds neighbours, and counts. What comes
	// and goes between two looks would be in neither, so we look again after a
	// change.
	var in *Inspection
	before, stateBefore := make(map[string]map[string]CounterInfo), make(map[string]map[string]string)
	var factsBefore, factsAfter map[string]map[string][]string
	for range 50 {
		factsBefore = make(map[string]map[string][]string)
		for _, n := range l.Nodes() {
			before[n.Name], stateBefore[n.Name] = theirCounters(t, n.NetNS())
			factsBefore[n.Name] = theirFacts(t, n.NetNS())
		}
		var err error
		if in, err = l.Inspect(bg); err != nil {
			t.Fatal(err)
		}
		factsAfter = make(map[string]map[string][]string)
		for _, n := range l.Nodes() {
			factsAfter[n.Name] = theirFacts(t, n.NetNS())
		}
		if cmp.Equal(factsBefore, factsAfter) {
			break
		}
	}
	if len(in.Nodes) != 3 || in.Version != 1 || in.Lab != "looked" || in.Phase != PhaseUp {
		t.Fatalf("got %+v", in)
	}
	for i := range in.Nodes {
		n := &in.Nodes[i]
		after, stateAfter := theirCounters(t, n.NetNS)
		for _, f := range n.Interfaces {
			if !between(before[n.Name][f.Name], f.Counters, after[f.Name]) {
				t.Errorf("%s of %s: counters %v are not between %v and %v", f.Name, n.Name, f.Counters, before[n.Name][f.Name], after[f.Name])
			}
			if f.OperState != stateBefore[n.Name][f.Name] && f.OperState != stateAfter[f.Name] {
				t.Errorf("%s of %s: state %s, iproute2 %s and %s", f.Name, n.Name, f.OperState, stateBefore[n.Name][f.Name], stateAfter[f.Name])
			}
		}
		if after["eth0"].RxPackets == 0 && n.Name == "a" {
			t.Error("the ping is not counted")
		}
		theirs := factsAfter[n.Name]
		for what, ours := range map[string][]string{
			"links": ourLinks(n), "addresses": ourAddresses(n), "routes": ourRoutes(n), "neighbours": ourNeighbours(n), "fdb": ourFDB(n),
		} {
			frame(t, what+" of "+n.Name, factsBefore[n.Name][what], ours, theirs[what])
			if what == "links" && len(ours) < 2 {
				t.Errorf("node %s has links %v", n.Name, ours)
			}
		}
	}
	// Both sides of each link by name.
	peers := make(map[string]string)
	for i := range in.Nodes {
		for _, f := range in.Nodes[i].Interfaces {
			if f.Peer != nil {
				peers[in.Nodes[i].Name+":"+f.Name] = f.Peer.text()
			}
		}
	}
	want := map[string]string{"a:eth0": "r:eth0", "r:eth0": "a:eth0", "r:eth1": "sw:p1", "sw:p1": "r:eth1"}
	if d := cmp.Diff(want, peers); d != "" {
		t.Errorf("peers (-want +got):\n%s", d)
	}
	br := findIface(t, &in.Nodes[2], "br0").Bridge
	if br == nil || br.Ports != 1 || br.AgeingTime != 60 || br.STP || !strings.HasPrefix(br.ID, "1000.") || br.Root != br.ID {
		t.Errorf("bridge %+v", br)
	}
	if p := findIface(t, &in.Nodes[2], "p1").Port; p == nil || p.Number != 1 || p.State != "forwarding" {
		t.Errorf("port %+v", p)
	}
	if a, r := in.Nodes[0].Forwarding, in.Nodes[1].Forwarding; a != (ForwardingInfo{}) || r != (ForwardingInfo{IPv4: true, IPv6: true}) {
		t.Errorf("forwarding of a host is %v, of a router %v", a, r)
	}
	for _, tt := range []struct {
		write func(io.Writer) error
		want  []string
	}{
		{in.WriteText, []string{"r:eth1", "up     1400   10.1.0.2/24  ", "\n                               fd00::2/64\n", "looked-sw", "v4 v6"}},
		{in.WriteWide, []string{"r:eth1", "10.1.0.2/24 fd00::2/64", "looked-sw"}},
	} {
		var b strings.Builder
		if err := tt.write(&b); err != nil {
			t.Fatal(err)
		}
		for _, s := range tt.want {
			if !strings.Contains(b.String(), s) {
				t.Errorf("no %q in\n%s", s, b.String())
			}
		}
	}
}

func openLab(t *testing.T, name string) *Lab {
	t.Helper()
	l, err := Open(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func findIface(t *testing.T, n *NodeInfo, name string) *InterfaceInfo {
	t.Helper()
	for i := range n.Interfaces {
		if n.Interfaces[i].Name == name {
			return &n.Interfaces[i]
		}
	}
	t.Fatalf("node %s has no %s", n.Name, name)
	return nil
}

// theirFacts is what iproute2 tells of a namespace, but for what changes all
// the time.
func theirFacts(t *testing.T, ns string) map[string][]string {
	t.Helper()
	return map[string][]string{
		"links": theirLinks(t, ns), "addresses": theirAddresses(t, ns), "routes": theirRoutes(t, ns),
		"neighbours": theirNeighbours(t, ns), "fdb": theirFDB(t, ns),
	}
}

// frame holds what Inspect told against what iproute2 told before and after:
// each line is one of theirs, and those that they have both times are there.
func frame(t *testing.T, what string, before, ours, after []string) {
	t.Helper()
	for _, line := range ours {
		if !slices.Contains(before, line) && !slices.Contains(after, line) {
			t.Errorf("%s: inspect has %q, iproute2 has\n%s", what, line, strings.Join(after, "\n"))
		}
	}
	for _, line := range before {
		if slices.Contains(after, line) && !slices.Contains(ours, line) {
			t.Errorf("%s: iproute2 has %q, inspect has\n%s", what, line, strings.Join(ours, "\n"))
		}
	}
}

func ourLinks(n *NodeInfo) (lines []string) {
	for _, f := range n.Interfaces {
		lines = append(lines, fmt.Sprint(f.Index, " ", f.Name, " ", f.Kind, " up ", f.Up, " ", f.MAC, " mtu ", f.MTU,
			" queues ", f.TxQueues, f.RxQueues, " in ", f.Master))
	}
	return sorted(lines)
}

func theirLinks(t *testing.T, ns string) (lines []string) {
	for _, l := range ipJSON(t, "ip", ns, "link", "show") {
		kind := ""
		if info, ok := l["linkinfo"].(map[string]any); ok {
			kind = text(info["info_kind"])
		}
		up := slices.Contains(l["flags"].([]any), any("UP"))
		// Without CONFIG_RPS the kernel does not say.
		received, _ := l["num_rx_queues"].(float64)
		lines = append(lines, fmt.Sprint(text(l["ifindex"]), " ", text(l["ifname"]), " ", kind, " up ", up, " ",
			text(l["address"]), " mtu ", text(l["mtu"]),
			" queues ", uint32(l["num_tx_queues"].(float64)), uint32(received), " in ", text(l["master"])))
	}
	return sorted(lines)
}

// theirCounters reads what changes all the time: counters, and the operational
// state, which follows the carrier.
func theirCounters(t *testing.T, ns string) (counters map[string]CounterInfo, operStates map[string]string) {
	counters, operStates = make(map[string]CounterInfo), make(map[string]string)
	for _, l := range ipJSON(t, "ip", ns, "link", "show") {
		var c CounterInfo
		stats := l["stats64"].(map[string]any)
		for _, v := range []struct {
			to       *uint64
			way, key string
		}{{&c.RxPackets, "rx", "packets"}, {&c.RxBytes, "rx", "bytes"}, {&c.RxErrors, "rx", "errors"}, {&c.RxDropped, "rx", "dropped"},
			{&c.TxPackets, "tx", "packets"}, {&c.TxBytes, "tx", "bytes"}, {&c.TxErrors, "tx", "errors"}, {&c.TxDropped, "tx", "dropped"}} {
			*v.to = uint64(stats[v.way].(map[string]any)[v.key].(float64))
		}
		counters[text(l["ifname"])] = c
		operStates[text(l["ifname"])] = strings.ToLower(text(l["operstate"]))
	}
	return counters, operStates
}

// between reports whether counters that only grow were read between two others.
func between(before, c, after CounterInfo) bool {
	in := func(a, b, c uint64) bool { return a <= b && b <= c }
	return in(before.RxPackets, c.RxPackets, after.RxPackets) && in(before.RxBytes, c.RxBytes, after.RxBytes) &&
		in(before.RxErrors, c.RxErrors, after.RxErrors) && in(before.RxDropped, c.RxDropped, after.RxDropped) &&
		in(before.TxPackets, c.TxPackets, after.TxPackets) && in(before.TxBytes, c.TxBytes, after.TxBytes) &&
		in(before.TxErrors, c.TxErrors, after.TxErrors) && in(before.TxDropped, c.TxDropped, after.TxDropped)
}

func ourAddresses(n *NodeInfo) (lines []string) {
	for _, f := range n.Interfaces {
		for _, a := range f.Addresses {
			lines = append(lines, f.Name+" "+a.Address.String()+" "+a.Scope)
		}
	}
	return sorted(lines)
}

func theirAddresses(t *testing.T, ns string) (lines []string) {
	for _, l := range ipJSON(t, "ip", ns, "address", "show") {
		for _, a := range l["addr_info"].([]any) {
			a := a.(map[string]any)
			lines = append(lines, fmt.Sprintf("%s %s/%v %s", l["ifname"], a["local"], a["prefixlen"], a["scope"]))
		}
	}
	return sorted(lines)
}

func ourRoutes(n *NodeInfo) (lines []string) {
	for _, r := range n.Routes {
		lines = append(lines, strings.Join([]string{r.Family, r.Type, r.Dst, r.Gateway, r.Dev, r.PrefSrc, fmt.Sprint(r.Metric), r.Protocol, r.Table}, " "))
	}
	return sorted(lines)
}

func theirRoutes(t *testing.T, ns string) (lines []string) {
	for family, name := range map[string]string{"-4": "inet", "-6": "inet6"} {
		for _, r := range ipJSON(t, "ip", ns, family, "route", "show", "table", "all") {
			table := text(r["table"])
			if table == "local" {
				continue
			}
			if table == "" {
				table = "main"
			}
			dst := text(r["dst"])
			if a, err := netip.ParseAddr(dst); err == nil {
				dst = netip.PrefixFrom(a, a.BitLen()).String()
			}
			metric := text(r["metric"])
			if metric == "" {
				metric = "0"
			}
			lines = append(lines, strings.Join([]string{name, text(r["type"]), dst, text(r["gateway"]), text(r["dev"]), text(r["prefsrc"]), metric, text(r["protocol"]), table}, " "))
		}
	}
	return sorted(lines)
}

// The state of a neighbour changes with time.
func ourNeighbours(n *NodeInfo) (lines []string) {
	for _, e := range n.Neighbours {
		lines = append(lines, e.Dst+" "+e.Dev+" "+e.MAC)
	}
	return sorted(lines)
}

func theirNeighbours(t *testing.T, ns string) (lines []string) {
	for _, e := range ipJSON(t, "ip", ns, "neigh", "show") {
		lines = append(lines, text(e["dst"])+" "+text(e["dev"])+" "+text(e["lladdr"]))
	}
	return sorted(lines)
}

func ourFDB(n *NodeInfo) (lines []string) {
	for _, e := range n.FDB {
		state := strings.TrimSuffix(e.State, "dynamic") // which bridge(8) does not print
		lines = append(lines, e.MAC+" "+e.Dev+" "+e.Bridge+" "+state+" "+strings.Join(e.Flags, ","))
	}
	return sorted(lines)
}

func theirFDB(t *testing.T, ns string) (lines []string) {
	for _, e := range ipJSON(t, "bridge", ns, "fdb", "show") {
		var flags []string
		for _, f := range e["flags"].([]any) {
			flags = append(flags, text(f))
		}
		lines = append(lines, text(e["mac"])+" "+text(e["ifname"])+" "+text(e["master"])+" "+text(e["state"])+" "+strings.Join(flags, ","))
	}
	return sorted(lines)
}
