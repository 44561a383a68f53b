package topology

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

const secPort = "port"

// portKeys are the options of a port of a bridge, named as in `bridge link set`
// or else as in `ip link set … type bridge_slave`.
func portKeys() []key {
	yes := func(name string, field func(*bridge.PortOptions) *rtnl.Opt[bool], doc string) key {
		return key{name: name, typ: typeBool, doc: doc, port: func(o *bridge.PortOptions) option { return switchAt(field(o)) }}
	}
	return []key{
		{name: "cost", typ: typeInteger, min: 1, max: 65535, port: func(o *bridge.PortOptions) option { return optionAt(&o.PathCost) },
			doc: "The cost of the path to the root through it, for STP. Default: the kernel's, 2."},
		{name: "priority", typ: typeInteger, max: 63, port: func(o *bridge.PortOptions) option { return optionAt(&o.Priority) },
			doc: "Its priority for STP; of several ports the lowest wins. Default: the kernel's, 32."},
		yes("guard", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.BPDUGuard },
			"Whether it is turned off when a BPDU arrives. Default: false."),
		yes("root_block", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.RootBlock },
			"Whether it never becomes the root port. Default: false."),
		yes("hairpin", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Hairpin },
			"Whether a frame may leave by the port that it arrived on. Default: false."),
		yes("learning", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Learning },
			"Whether the bridge learns MAC addresses from it. Default: true."),
		yes("flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Flood },
			"Whether frames to unknown addresses leave by it. Default: true."),
		yes("mcast_flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.MulticastFlood },
			"Whether multicast to unknown groups leaves by it. Default: true."),
		yes("bcast_flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.BroadcastFlood },
			"Whether broadcasts leave by it. Default: true."),
		yes("isolated", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Isolated },
			"Whether it exchanges no frames with other isolated ports. Default: false."),
		yes("neigh_suppress", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.NeighSuppress },
			"Whether the bridge answers ARP and neighbour solicitations from its neighbour table instead of flooding them out of it. Default: false."),
		yes("proxy_arp", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.ProxyARP },
			"Whether the bridge answers ARP requests on it for neighbours that it knows. Default: false."),
		yes("proxy_arp_wifi", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.ProxyARPWifi },
			"The same as IEEE 802.11 wants it. Default: false."),
		yes("fastleave", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.FastLeave },
			"Whether a multicast group ends on it with the first leave message. Default: false."),
		{name: "mcast_router", typ: typeInteger, max: 2, port: func(o *bridge.PortOptions) option { return optionAt(&o.MulticastRouter) },
			doc: "When a multicast router is behind it: 0 never, 1 when it sees queries, 2 always. Default: the kernel's, 1."},
		yes("mcast_to_unicast", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.MulticastToUnicast },
			"Whether each member of a multicast group gets a copy of its own. Default: false."),
		{name: "mcast_max_groups", typ: typeInteger, max: 1<<32 - 1, port: func(o *bridge.PortOptions) option { return optionAt(&o.MulticastMaxGroups) },
			doc: "How many multicast groups it may have, 0 for any number; since Linux 6.3. Default: 0."},
		{name: "group_fwd_mask", typ: typeInteger, max: 65535, port: func(o *bridge.PortOptions) option { return optionAt(&o.GroupFwdMask) },
			doc: "Bit X set forwards frames to 01:80:c2:00:00:0X out of it; the kernel refuses bit 1. Default: 0."},
		yes("locked", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Locked },
			"Whether frames from addresses without an FDB entry on it are dropped; since Linux 5.18. Default: false."),
		yes("mab", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.MAB },
			"Whether such addresses get a locked FDB entry; needs locked and learning; since Linux 6.2. Default: false."),
		yes("vlan_tunnel", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.VLANTunnel },
			"Whether VLANs are mapped to tunnels on it. Default: false."),
		yes("neigh_vlan_suppress", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.NeighVLANSuppress },
			"Whether neigh_suppress goes by VLAN; since Linux 6.4. Default: false."),
	}
}

// readPort reads the options of a port. It returns nil if v gives none.
func (p *fileParser) readPort(v *yamlNode) *bridge.PortOptions {
	f := p.fields(v, secPort)
	if len(f) == 0 {
		return nil
	}
	o := &bridge.PortOptions{}
	for _, key := range sections()[secPort] {
		if v := f[key.name]; v != nil {
			key.port(o).set(number(&key, v))
		}
	}
	if o.GroupFwdMask.Or(0)&2 != 0 {
		p.Add(f["group_fwd_mask"].at, "", "group_fwd_mask of a port has bit 1 set, which the kernel refuses")
	}
	if o.MAB.Or(false) && (!o.Locked.Or(false) || !o.Learning.Or(true)) {
		p.Add(f["mab"].at, "write locked: true, and leave learning on", "mab needs a port that is locked and learns")
	}
	return o
}

// givePort gives an end the options of a port.
func (p *fileParser) givePort(spec *linkSpec, e *Endpoint, end int) {
	if spec.port[end] == nil {
		return
	}
	if e.Bridge != "" {
		e.Port = spec.port[end]
		return
	}
	if !spec.failed {
		spec.failed = true
		p.Add(spec.own["port"].items[end].at, "list it under ports of a bridge, or write NODE/BRIDGE:PORT",
			"%q of node %q is not a port of a bridge, and has no options of one", e.Iface, p.t.Nodes[e.Node].Name)
	}
}

// HasPortOptions reports whether the file gives options to ports of bridges.
func (t *Topology) HasPortOptions() bool {
	for i := range t.Links {
		if t.Links[i].Ends[0].Port != nil || t.Links[i].Ends[1].Port != nil {
			return true
		}
	}
	return false
}

// PortWords returns the options of a port in the words of bridge(8), as far as
// the file has keys for them: "isolated on, cost 10".
func PortWords(o *bridge.PortOptions) string {
	var words []string
	for _, k := range sections()[secPort] {
		v, ok := k.port(o).get()
		switch {
		case !ok:
		case k.typ == typeBool && v == 0:
			words = append(words, k.name+" off")
		case k.typ == typeBool:
			words = append(words, k.name+" on")
		default:
			words = append(words, k.name+" "+strconv.FormatInt(v, 10))
		}
	}
	return strings.Join(words, ", ")
}

// configPort returns the file's entries for options of a port, and false if
// there are some that it has no keys for.
func configPort(o *bridge.PortOptions) (entries, bool) {
	said := new(bridge.PortOptions)
	e := configOptions(o, said, sections()[secPort], func(k *key) func(*bridge.PortOptions) option { return k.port })
	return e, reflect.DeepEqual(said, o)
}
