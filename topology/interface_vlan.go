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
		{name: "id", typ: typeInteger, min: 0, max: 4094, required: "write id: and the VLAN's number", option: optionOf(func(k *rtnl.VLAN) option { return optionAt(&k.ID) }),
			doc: "The VLAN's number in the tags. Required."},
		{name: "protocol", typ: typeEnum, words: []string{"802.1Q", "802.1ad"}, numbers: []uint32{unix.ETH_P_8021Q, unix.ETH_P_8021AD}, option: optionOf(func(k *rtnl.VLAN) option { return optionAt(&k.Protocol) }),
			doc: "The kind of tags: 802.1Q, or 802.1ad for the outer tags of stacked VLANs. Default: 802.1Q."},
		{name: "reorder_hdr", typ: typeBool, option: optionOf(func(k *rtnl.VLAN) option { return switchAt(&k.ReorderHdr) }),
			doc: "Whether the tag is taken out of received frames. Default: the kernel's, true."},
		{name: "gvrp", typ: typeBool, option: optionOf(func(k *rtnl.VLAN) option { return switchAt(&k.GVRP) }),
			doc: "Whether the VLAN is registered with GVRP. Default: the kernel's, false."},
		{name: "mvrp", typ: typeBool, option: optionOf(func(k *rtnl.VLAN) option { return switchAt(&k.MVRP) }),
			doc: "Whether the VLAN is registered with MVRP. Default: the kernel's, false."},
		{name: "loose_binding", typ: typeBool, option: optionOf(func(k *rtnl.VLAN) option { return switchAt(&k.LooseBinding) }),
			doc: "Whether it stays up when its link goes down. Default: the kernel's, false."},
		{name: "bridge_binding", typ: typeBool, option: optionOf(func(k *rtnl.VLAN) option { return switchAt(&k.BridgeBinding) }),
			doc: "Whether, on a bridge, it has the carrier of the ports in its VLAN. Default: the kernel's, false."},
		{name: "ingress_qos_map", typ: typeSettings, doc: "The priority of received packets by the priority in their tags, 0 to 7. Default: 0 for all."},
		{name: "egress_qos_map", typ: typeSettings, doc: "The priority in tags, 0 to 7, by the priority of the packets sent. Default: 0 for all."},
	},
	options: func() rtnl.Kind { return &rtnl.VLAN{} },
	read:    readVLAN,
	clash: func(a, b rtnl.Kind) string {
		x, y := a.(*rtnl.VLAN), b.(*rtnl.VLAN)
		if x.ID != y.ID || x.Protocol.Or(unix.ETH_P_8021Q) != y.Protocol.Or(unix.ETH_P_8021Q) {
			return ""
		}
		return fmt.Sprintf("both have the id %d of %s", x.ID.Or(0), vlanProtocolWord(x))
	},
	config: configVLAN,
}

func readVLAN(p *fileParser, i *interfaceSpec) bool {
	k := i.options.(*rtnl.VLAN)
	k.IngressQoS = p.readVLANQoS(i.f["ingress_qos_map"], 7, 1<<32-1)
	k.EgressQoS = p.readVLANQoS(i.f["egress_qos_map"], 1<<32-1, 7)
	return true
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

func configVLAN(options, said rtnl.Kind) (e entries) {
	k, wrote := options.(*rtnl.VLAN), said.(*rtnl.VLAN)
	wrote.IngressQoS, wrote.EgressQoS = k.IngressQoS, k.EgressQoS
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
	return e
}
