package iproute

import (
	"strconv"
	"strings"
	"sync"

	"github.com/nslab/nslab/rtnl"
)

// vlanKind is a VLAN device.
var vlanKind = linkKind{
	name:  "vlan",
	usage: func() string { return optionsUsage("vlan", vlanOptions()) },
	parse: func(_ *linkParams, w *words) rtnl.Kind {
		return parseOptions(w, "an option of a VLAN", "vlan: unknown command %q?", vlanKeys, vlanOptions())
	},
	format: formatVLAN,
	print:  printVLAN,
}

// vlanKeys are the options of a VLAN device (vlan_parse_opt in
// ip/iplink_vlan.c).
const vlanKeys keywords = "protocol* id* reorder_hdr* gvrp* mvrp* loose_binding* bridge_binding* ingress-qos-map* egress-qos-map*"

// vlanOptions are all the options of iproute2 6.1.
var vlanOptions = sync.OnceValue(func() []kindOption[rtnl.VLAN] {
	return []kindOption[rtnl.VLAN]{
		numberOption("id", 16, func(k *rtnl.VLAN) *rtnl.Opt[uint16] { return &k.ID }),
		{name: "protocol", parse: func(k *rtnl.VLAN, w *words) { k.Protocol = rtnl.Some(w.vlanProtocol()) },
			value: func(k *rtnl.VLAN) (string, bool) {
				v, ok := k.Protocol.Get()
				return vlanProtocol(v, ""), ok
			}},
		onOffOption("reorder_hdr", func(k *rtnl.VLAN) *rtnl.Opt[bool] { return &k.ReorderHdr }),
		onOffOption("gvrp", func(k *rtnl.VLAN) *rtnl.Opt[bool] { return &k.GVRP }),
		onOffOption("mvrp", func(k *rtnl.VLAN) *rtnl.Opt[bool] { return &k.MVRP }),
		onOffOption("loose_binding", func(k *rtnl.VLAN) *rtnl.Opt[bool] { return &k.LooseBinding }),
		onOffOption("bridge_binding", func(k *rtnl.VLAN) *rtnl.Opt[bool] { return &k.BridgeBinding }),
		qosOption("ingress-qos-map", func(k *rtnl.VLAN) *[]rtnl.VLANQoS { return &k.IngressQoS }),
		qosOption("egress-qos-map", func(k *rtnl.VLAN) *[]rtnl.VLANQoS { return &k.EgressQoS }),
	}
})

// qosOption is an option that is any number of mappings, FROM:TO.
func qosOption(name string, field func(*rtnl.VLAN) *[]rtnl.VLANQoS) kindOption[rtnl.VLAN] {
	return kindOption[rtnl.VLAN]{
		name: name,
		parse: func(k *rtnl.VLAN, w *words) {
			for strings.Contains(w.peek(), ":") {
				from, to, _ := strings.Cut(w.next(), ":")
				f, ferr := parseUint(from)
				t, terr := parseUint(to)
				if ferr != nil || terr != nil || f > 1<<32-1 || t > 1<<32-1 {
					w.bad("a mapping of %s, FROM:TO, numbers from 0 to %d", name, uint32(1<<32-1))
					return
				}
				*field(k) = append(*field(k), rtnl.VLANQoS{From: uint32(f), To: uint32(t)})
			}
		},
		value: func(k *rtnl.VLAN) (string, bool) { return "", false }, // several words: see formatVLAN
	}
}

func formatVLAN(f *linkFormatter, k rtnl.Kind) {
	v, ok := k.(*rtnl.VLAN)
	if !ok {
		f.ok = false
		return
	}
	formatOptions(f, v, vlanOptions())
	for _, m := range []struct {
		name string
		all  []rtnl.VLANQoS
	}{{"ingress-qos-map", v.IngressQoS}, {"egress-qos-map", v.EgressQoS}} {
		if len(m.all) > 0 {
			f.add(m.name)
		}
		for _, q := range m.all {
			f.add(strconv.FormatUint(uint64(q.From), 10) + ":" + strconv.FormatUint(uint64(q.To), 10))
		}
	}
}

// printVLAN does what vlan_print_opt in ip/iplink_vlan.c does.
func printVLAN(p *printer, v *linkView, data []byte) error {
	k, err := rtnl.DecodeVLAN(data)
	if err != nil || !k.ID.IsSet() {
		return err
	}
	p.str("protocol", "protocol %s ", v.vlanProtocol(k.Protocol.Or(0)))
	p.num("id", "id %d ", uint64(k.ID.Or(0)))
	if k.ReorderHdr.IsSet() {
		p.vlanFlags(k.Flags)
	}
	p.vlanQoS("ingress_qos", "ingress-qos-map", k.IngressQoS)
	p.vlanQoS("egress_qos", "egress-qos-map", k.EgressQoS)
	return nil
}

var vlanFlagNames = []struct {
	bit  uint32
	name string
}{
	{rtnl.VLANReorderHdr, "REORDER_HDR"}, {rtnl.VLANGVRP, "GVRP"}, {rtnl.VLANMVRP, "MVRP"},
	{rtnl.VLANLooseBinding, "LOOSE_BINDING"}, {rtnl.VLANBridgeBinding, "BRIDGE_BINDING"},
}

func (p *printer) vlanFlags(flags uint32) {
	p.array("flags", "<")
	for _, f := range vlanFlagNames {
		if flags&f.bit == 0 {
			continue
		}
		format := "%s"
		if flags &^= f.bit; flags != 0 {
			format = "%s," // more flags follow
		}
		p.str("", format, f.name)
	}
	if flags != 0 {
		p.str("", "%s", strconv.FormatUint(uint64(flags), 16))
	}
	p.endArray("> ")
}

func (p *printer) vlanQoS(key, word string, all []rtnl.VLANQoS) {
	if len(all) == 0 {
		return
	}
	p.array(key, "")
	p.text("\n      %s { ", word)
	for _, q := range all {
		p.open("")
		p.jnum("from", uint64(q.From))
		p.jnum("to", uint64(q.To))
		p.end()
		p.text("%d:%d ", q.From, q.To)
	}
	p.text("} ")
	p.endArray("")
}
