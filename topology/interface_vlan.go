package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// vlanInterface is a VLAN of another interface (net/8021q).
var vlanInterface = interfaceKind{
	name:      "vlan",
	doc:       "which sends and receives the frames of one VLAN on another interface, link",
	stacked:   true,
	withinMTU: true,
	sharesMAC: func(rtnl.Kind) bool { return true },
	keys: []key{
		{name: "id", typ: typeInteger, min: 0, max: 4094, doc: "The VLAN's number in the tags. Required."},
		{name: "protocol", typ: typeEnum, words: []string{"802.1Q", "802.1ad"},
			doc: "The kind of tags: 802.1Q, or 802.1ad for the outer tags of stacked VLANs. Default: 802.1Q."},
		{name: "reorder_hdr", typ: typeBool, doc: "Whether the tag is taken out of received frames. Default: the kernel's, true."},
		{name: "gvrp", typ: typeBool, doc: "Whether the VLAN is registered with GVRP. Default: the kernel's, false."},
		{name: "mvrp", typ: typeBool, doc: "Whether the VLAN is registered with MVRP. Default: the kernel's, false."},
		{name: "loose_binding", typ: typeBool, doc: "Whether it stays up when its link goes down. Default: the kernel's, false."},
		{name: "bridge_binding", typ: typeBool,
			doc: "Whether, on a bridge, it has the carrier of the ports in its VLAN. Default: the kernel's, false."},
		{name: "ingress_qos_map", typ: typeSettings, doc: "The priority of received packets by the priority in their tags, 0 to 7. Default: 0 for all."},
		{name: "egress_qos_map", typ: typeSettings, doc: "The priority in tags, 0 to 7, by the priority of the packets sent. Default: 0 for all."},
	},
	read: readVLAN,
	clash: func(a, b rtnl.Kind) string {
		x, y := a.(*rtnl.VLAN), b.(*rtnl.VLAN)
		if x.ID != y.ID || x.Protocol.Or(unix.ETH_P_8021Q) != y.Protocol.Or(unix.ETH_P_8021Q) {
			return ""
		}
		return fmt.Sprintf("both have the id %d of %s", x.ID.Or(0), vlanProtocolWord(x))
	},
	config: configVLAN,
}

// A vlanSwitch is an option that is on or off.
type vlanSwitch struct {
	key   string
	field *rtnl.Opt[bool]
}

func vlanSwitches(k *rtnl.VLAN) []vlanSwitch {
	return []vlanSwitch{
		{"reorder_hdr", &k.ReorderHdr}, {"gvrp", &k.GVRP}, {"mvrp", &k.MVRP},
		{"loose_binding", &k.LooseBinding}, {"bridge_binding", &k.BridgeBinding},
	}
}

func readVLAN(p *fileParser, i *interfaceSpec) (rtnl.Kind, bool) {
	k := &rtnl.VLAN{}
	if i.f["id"] == nil {
		if i.lacks("id") {
			p.Add(i.at, "write id: and the VLAN's number", "interface %q of kind vlan has no id", i.name)
		}
		return nil, false
	}
	k.ID = rtnl.Some(uint16(i.f.integer("id", 0)))
	if v := i.f["protocol"]; v != nil {
		k.Protocol = rtnl.Some[uint16](unix.ETH_P_8021Q)
		if v.text == "802.1ad" {
			k.Protocol = rtnl.Some[uint16](unix.ETH_P_8021AD)
		}
	}
	for _, s := range vlanSwitches(k) {
		if v := i.f[s.key]; v != nil {
			on, _ := truth(v.text)
			*s.field = rtnl.Some(on)
		}
	}
	in := p.readVLANQoS(i.f["ingress_qos_map"], 7, 1<<32-1)
	out := p.readVLANQoS(i.f["egress_qos_map"], 1<<32-1, 7)
	k.IngressQoS, k.EgressQoS = in, out
	return k, true
}

// readVLANQoS reads mappings from priorities to priorities, and puts them in
// ascending order.
func (p *fileParser) readVLANQoS(v *yamlNode, maxFrom, maxTo uint64) (all []rtnl.VLANQoS) {
	if v == nil {
		return nil
	}
	for i, k := range v.keys {
		value := v.items[i]
		if value.kind != yamlScalar {
			continue // said already
		}
		from, ok := p.vlanPriority(k, maxFrom)
		to, tooOK := p.vlanPriority(value, maxTo)
		if !ok || !tooOK {
			continue
		}
		if slices.ContainsFunc(all, func(q rtnl.VLANQoS) bool { return q.From == from }) {
			p.Add(k.at, "", "priority %d occurs twice", from)
			continue
		}
		all = append(all, rtnl.VLANQoS{From: from, To: to})
	}
	slices.SortFunc(all, func(a, b rtnl.VLANQoS) int { return cmp.Compare(a.From, b.From) })
	return all
}

func (p *fileParser) vlanPriority(v *yamlNode, limit uint64) (uint32, bool) {
	n, err := strconv.ParseUint(v.text, 10, 32)
	if err != nil || n > limit {
		p.Add(v.at, "", "priority is %q; use a number from 0 to %d", plain.Clip(v.text), limit)
		return 0, false
	}
	return uint32(n), true
}

func vlanProtocolWord(k *rtnl.VLAN) string {
	if k.Protocol.Or(unix.ETH_P_8021Q) == unix.ETH_P_8021AD {
		return "802.1ad"
	}
	return "802.1Q"
}

func configVLAN(options rtnl.Kind) (entries, bool) {
	k, ok := options.(*rtnl.VLAN)
	if !ok {
		return nil, false
	}
	var e entries
	if id, ok := k.ID.Get(); ok {
		e.add("id", strconv.Itoa(int(id)))
	}
	if p, ok := k.Protocol.Get(); ok {
		if p != unix.ETH_P_8021Q && p != unix.ETH_P_8021AD {
			return nil, false
		}
		e.add("protocol", vlanProtocolWord(k))
	}
	for _, s := range vlanSwitches(k) {
		if on, ok := s.field.Get(); ok {
			e.add(s.key, strconv.FormatBool(on))
		}
	}
	for _, m := range []struct {
		key string
		all []rtnl.VLANQoS
	}{{"ingress_qos_map", k.IngressQoS}, {"egress_qos_map", k.EgressQoS}} {
		var mappings entries
		for _, q := range m.all {
			mappings.add(strconv.FormatUint(uint64(q.From), 10), strconv.FormatUint(uint64(q.To), 10))
		}
		if len(mappings) > 0 {
			e.add(m.key, mappings.mapping())
		}
	}
	return e, true
}
