package labtest

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/nsfs"
)

// An option of a bridge: its name in the output of `ip -j -d link`, its value
// in a new bridge, and its form in YAML.
type bridgeOption struct {
	json        string
	fresh       int
	time, truth bool
	values      []int // to choose from
}

var bridgeOptions = map[string]bridgeOption{
	"stp":                {json: "stp_state", truth: true, values: []int{0, 1}},
	"forward_delay":      {json: "forward_delay", time: true, values: []int{0, 200, 400, 1000, 1500}},
	"hello_time":         {json: "hello_time", fresh: 200, time: true, values: []int{100, 150, 200, 1000}},
	"max_age":            {json: "max_age", fresh: 2000, time: true, values: []int{600, 1250, 2000, 4000}},
	"ageing_time":        {json: "ageing_time", fresh: 30000, time: true, values: []int{0, 1000, 30000, 360000}},
	"priority":           {json: "priority", fresh: 0x8000, values: []int{0, 1, 4096, 32768, 65535}},
	"group_fwd_mask":     {json: "group_fwd_mask", values: []int{0, 8, 0x4000, 0xfff8}},
	"multicast_snooping": {json: "mcast_snooping", fresh: 1, truth: true, values: []int{0, 1}},
	"multicast_querier":  {json: "mcast_querier", truth: true, values: []int{0, 1}},
	"multicast_router":   {json: "mcast_router", fresh: 1, values: []int{0, 1, 2}},
}

// wanted returns the value that an option of a bridge must have.
func (b *xBridge) wanted(name string) int {
	if v, ok := b.options[name]; ok {
		return v
	}
	if name == "forward_delay" && b.options["stp"] == 1 {
		return 1500
	}
	return bridgeOptions[name].fresh
}

// A report collects differences.
type report struct {
	t     *tracker
	views map[string]*view // by node
	lines []string
	macs  map[string]string
	n     *xNode // the node that is looked at
	v     *view
}

func (r *report) addf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf("node %q: ", r.n.name)+fmt.Sprintf(format, args...))
}

// compare reads the state of the lab, and says how it differs from the
// oracle's, or returns "".
func (t *tracker) compare(fresh map[string]string) (string, error) {
	r := &report{t: t, views: make(map[string]*view), macs: make(map[string]string)}
	for _, n := range t.x.nodes {
		keys := []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"}
		for _, k := range append(sortedKeys(n.sysctls), sortedKeys(t.dropped[n.name])...) {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		v, err := readView(nsfs.Dir{}, t.x.prefix+n.name, keys)
		if err != nil {
			r.n = n
			r.addf("%v", err)
			return strings.Join(r.lines, "\n"), nil
		}
		r.views[n.name] = v
	}
	for _, n := range t.x.nodes {
		r.n, r.v = n, r.views[n.name]
		r.nameCutPorts()
	}
	for _, n := range t.x.nodes {
		r.n, r.v = n, r.views[n.name]
		r.links()
		r.routes()
		r.sysctls(fresh)
	}
	if err := r.names(); err != nil {
		return "", err
	}
	slices.Sort(r.lines)
	return strings.Join(r.lines, "\n"), nil
}

// nameCutPorts finds the ports whose names are too long and therefore cut. Such
// a name has at most 15 bytes, the same beginning, and is the same each time.
func (r *report) nameCutPorts() {
	for _, e := range r.n.ends {
		if !e.cut {
			continue
		}
		at := e.place()
		for _, l := range r.v.Links {
			if r.t.ports[at] == "" && len(l.Name) <= 15 && strings.HasPrefix(l.Name, e.iface[:6]) && r.n.end(l.Name) == nil && r.n.bridge(l.Name) == nil {
				if o := e.other(); r.views[o.node.name].link(o.iface) != nil && r.views[o.node.name].link(o.iface).Peer == l.Index {
					r.t.ports[at] = l.Name
				}
			}
		}
	}
}

// name returns the name of an end's interface.
func (r *report) name(e *xEnd) string {
	if e.cut {
		return r.t.ports[e.place()]
	}
	return e.iface
}

func (r *report) links() {
	want := map[string]bool{"lo": true}
	for _, name := range r.t.extra[r.n.name] {
		want[name] = true
		if r.v.link(name) == nil {
			r.addf("bridge %q, added by hand, is not there any more", name)
		}
	}
	if lo := r.v.link("lo"); lo != nil {
		addrs := append([]netip.Prefix{netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("::1/128")}, r.n.addrs...)
		r.device(lo, addrs, "none")
	} else {
		r.addf("no lo")
	}
	for _, b := range r.n.bridges {
		want[b.name] = true
		if l := r.v.link(b.name); l == nil {
			r.addf("no bridge %q", b.name)
		} else {
			r.bridge(l, b)
		}
	}
	for _, i := range r.n.ifaces {
		want[i.name] = true
		if l := r.v.link(i.name); l == nil {
			r.addf("no interface %q", i.name)
		} else {
			r.iface(l, i)
		}
	}
	for _, e := range r.n.ends {
		name := r.name(e)
		want[name] = true
		if l := r.v.link(name); l == nil {
			r.addf("no interface %q", e.iface)
		} else {
			r.end(l, e)
		}
	}
	for _, l := range r.v.Links {
		if !want[l.Name] {
			r.addf("interface %q should not be there", l.Name)
		}
	}
	want6, want4 := []string{"0 local", "32766 main"}, []string{"0 local", "32766 main", "32767 default"}
	for i, rules := range [][]map[string]any{r.v.Rules, r.v.Rules6} {
		var have []string
		for _, rule := range rules {
			have = append(have, fmt.Sprint(rule["priority"], " ", rule["table"]))
		}
		if w := [][]string{want4, want6}[i]; !slices.Equal(have, w) {
			r.addf("rules %v, want %v", have, w)
		}
	}
}

// end compares an end of a link.
func (r *report) end(l *seenLink, e *xEnd) {
	at := l.Name
	if l.Info.Kind != "veth" {
		r.addf("%q is of kind %q, want veth", at, l.Info.Kind)
		return
	}
	if l.MTU != r.t.mtu(e) {
		r.addf("%q has MTU %d, want %d", at, l.MTU, r.t.mtu(e))
	}
	// A kernel without CONFIG_RPS does not report RxQueues.
	if l.TxQueues != e.link.queues || l.RxQueues != 0 && l.RxQueues != e.link.queues {
		r.addf("%q has %d and %d queues, want %d", at, l.TxQueues, l.RxQueues, e.link.queues)
	}
	master := r.t.masters[e.place()]
	if e.bridge != nil {
		master = e.bridge.name
		r.port(l, e)
	}
	if l.Master != master {
		r.addf("%q has master %q, want %q", at, l.Master, master)
	}
	o := e.other()
	switch peer := r.views[o.node.name].link(r.name(o)); {
	case peer == nil: // said there
	case o.node == r.n:
		if l.PeerName != peer.Name {
			r.addf("%q has peer %q, want %q", at, l.PeerName, peer.Name)
		}
	default:
		in := ""
		for _, id := range r.v.NSIDs {
			if l.NSID != nil && id.ID == *l.NSID {
				in = id.Name
			}
		}
		if w := r.t.x.prefix + o.node.name; in != w || l.Peer != peer.Index || peer.Peer != l.Index {
			r.addf("%q has interface %d of %q as its peer, want %d (%q) of %q", at, l.Peer, in, peer.Index, peer.Name, w)
		}
	}
	r.mac(l, e.mac)
	linkLocal := "none"
	if hasIPv6(e.mode, e.addrs) {
		linkLocal = "one"
	}
	r.device(l, e.addrs, linkLocal)
}

// port compares bridge(8)'s output about a port.
func (r *report) port(l *seenLink, e *xEnd) {
	i := slices.IndexFunc(r.v.Ports, func(p seenPort) bool { return p.Name == l.Name })
	if i < 0 {
		r.addf("bridge link does not list %q", l.Name)
		return
	}
	p := r.v.Ports[i]
	if p.Master != e.bridge.name {
		r.addf("bridge link says that %q is a port of %q, want %q", l.Name, p.Master, e.bridge.name)
	}
	slow := r.t.slow[place{r.n.name, e.bridge.name}]
	if p.State != "forwarding" && !(slow && (p.State == "listening" || p.State == "learning" || p.State == "blocking")) {
		r.addf("port %q is %s", l.Name, p.State)
	}
}

func (r *report) bridge(l *seenLink, b *xBridge) {
	if l.Info.Kind != "bridge" {
		r.addf("%q is of kind %q, want bridge", l.Name, l.Info.Kind)
		return
	}
	if mtu := r.t.bridgeMTU(b); l.MTU != mtu {
		r.addf("bridge %q has MTU %d, want %d", l.Name, l.MTU, mtu)
	}
	for _, name := range sortedKeys(bridgeOptions) {
		o := bridgeOptions[name]
		have, want := fmt.Sprint(l.Info.Data[o.json]), b.wanted(name)
		if name == "ageing_time" && l.Info.Data["topology_change"] == 1.0 && have == fmt.Sprint(2*b.wanted("forward_delay")) {
			continue // until the topology has changed
		}
		if n, err := strconv.ParseInt(have, 0, 64); err != nil || int(n) != want {
			r.addf("bridge %q has %s %s, want %d", l.Name, o.json, have, want)
		}
	}
	r.mac(l, b.mac)
	linkLocal := "none"
	if hasIPv6(r.n.ipv6, b.addrs) {
		linkLocal = "one"
		if r.noCarrier(b) {
			linkLocal = "any"
		}
	}
	r.device(l, b.addrs, linkLocal)
}

// noCarrier reports whether a bridge may have no carrier: no port forwards.
func (r *report) noCarrier(b *xBridge) bool {
	return r.t.slow[place{r.n.name, b.name}] || len(b.ports) == 0
}

// mac compares a MAC address. A planned one is locally administered, unique,
// and the same each time.
func (r *report) mac(l *seenLink, want string) {
	at := place{r.n.name, l.Name}
	if other, twice := r.macs[l.MAC]; twice {
		r.addf("%q has the MAC address of %s", l.Name, other)
	}
	r.macs[l.MAC] = fmt.Sprintf("%q of %q", l.Name, r.n.name)
	switch hw, err := net.ParseMAC(l.MAC); {
	case err != nil:
		r.addf("%q: %v", l.Name, err)
	case want != "":
		if l.MAC != want {
			r.addf("%q has MAC %s, want %s", l.Name, l.MAC, want)
		}
	case hw[0]&3 != 2:
		r.addf("%q has MAC %s, which is not a locally administered one", l.Name, l.MAC)
	case r.t.macs[at] != "" && r.t.macs[at] != l.MAC:
		r.addf("%q has MAC %s, and had %s before", l.Name, l.MAC, r.t.macs[at])
	default:
		r.t.macs[at] = l.MAC
	}
}

// device compares what all interfaces have in common: that they are up, and
// their addresses. linkLocal is "none", "one" or "any".
func (r *report) device(l *seenLink, want []netip.Prefix, linkLocal string) {
	if !slices.Contains(l.Flags, "UP") {
		r.addf("%q is down", l.Name)
	}
	all := append(slices.Clone(want), r.t.addrs[place{r.n.name, l.Name}]...)
	var have []netip.Prefix
	local := 0
	for _, a := range l.Addrs {
		p, err := a.prefix()
		if err != nil {
			r.addf("%q: %v", l.Name, err)
			continue
		}
		if p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() && p.Bits() == 64 {
			local++
			continue
		}
		have = append(have, p)
		if !slices.Contains(all, p) {
			r.addf("%q has address %s, which it should not", l.Name, p)
		}
		if slices.Contains(want, p) && p.Addr().Is6() && l.Name != "lo" && !a.NoDAD {
			r.addf("%q has address %s with duplicate address detection", l.Name, p)
		}
	}
	for _, p := range all {
		if !slices.Contains(have, p) {
			r.addf("%q lacks address %s", l.Name, p)
		}
	}
	if linkLocal == "none" && local != 0 || linkLocal == "one" && local != 1 || local > 1 {
		r.addf("%q has %d link-local addresses, want %s", l.Name, local, linkLocal)
	}
}

func (r *report) sysctls(fresh map[string]string) {
	forward := "0"
	if r.n.kind == "router" {
		forward = "1"
	}
	want := map[string]string{"net/ipv4/ip_forward": forward, "net/ipv6/conf/all/forwarding": forward}
	for key := range r.t.dropped[r.n.name] {
		if _, implied := want[key]; !implied {
			want[key] = fresh[key]
		}
	}
	for key, v := range r.n.sysctls {
		want[key] = v
	}
	for _, key := range sortedKeys(want) {
		if have := r.v.Sysctls[key]; have != want[key] {
			r.addf("%s is %q, want %q", key, have, want[key])
		}
	}
}
