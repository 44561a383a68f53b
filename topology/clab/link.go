package clab

import (
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// linkTypes are the types of links, with what is not to be had.
var linkTypes = map[string]string{
	"veth":         "",
	"dummy":        "",
	"host":         "an interface of the machine",
	"mgmt-net":     "the management network, which does not exist here",
	"macvlan":      "a macvlan on an interface of the machine",
	"vxlan":        "a tunnel through the machine's network",
	"vxlan-stitch": "a tunnel through the machine's network",
	"veth-stitch":  "an interface of the machine",
	"bridge":       "a bridge of the machine",
}

const noAddresses = "containerlab does not give interfaces of linux nodes their addresses either; use exec: or write them into the lab file"

var (
	linkSection = section{"a link", map[string]string{
		"type": "", "endpoints": "", "endpoint": "", "mtu": "", "ipv4": noAddresses, "ipv6": noAddresses,
		"labels": "links have no labels", "vars": "they are for configuration templates of vendors' routers",
		"host-interface": "", "mode": "", "remote": "", "vni": "", "dst-port": "", "src-port": "",
	}}
	endSection = section{"an endpoint", map[string]string{
		"node": "", "interface": "", "mac": "", "ipv4": noAddresses, "ipv6": noAddresses,
		"vars": "they are for configuration templates of vendors' routers",
	}}
)

// readLinks reads all links.
func (r *reader) readLinks(v *topology.Value) *topology.Value {
	links := &topology.Value{Kind: topology.List}
	if v == nil || v.Kind == topology.Null {
		return links
	}
	links.At = v.At
	if v.Kind != topology.List {
		r.Add(v.At, "", "links is a list, not %s", v.Kind)
		return links
	}
	for _, item := range v.Items {
		out := mapping(item.At)
		r.of = out
		if r.check(item, &linkSection) && r.link(item, out) {
			links.Items = append(links.Items, out)
		}
	}
	for _, n := range r.nodes {
		if n.dummies != nil {
			n.out.Set("interfaces", n.dummies)
		}
	}
	return links
}

// link reads a link, and reports whether the lab has it as such.
func (r *reader) link(v, out *topology.Value) bool {
	kind := "veth"
	if t := v.Get("type"); t != nil && t.Kind == topology.Scalar && t.Text != "brief" {
		kind = strings.ToLower(strings.TrimSpace(t.Text))
		without, known := linkTypes[kind]
		switch {
		case !known:
			r.Add(t.At, "those that a lab can have are veth and dummy", "unknown type of link %q", plain.Clip(t.Text))
			return false
		case without != "":
			r.Add(t.At, "", "a link of type %s leads to %s", kind, without)
			return false
		}
	}
	mtu := v.Get("mtu")
	if mtu != nil && (mtu.Kind != topology.Scalar || mtu.Text == "0") {
		mtu = nil
	}
	if kind == "dummy" {
		r.dummy(v, mtu)
		return false
	}
	ends := v.Get("endpoints")
	if ends == nil || ends.Kind != topology.List || len(ends.Items) != 2 {
		r.Add(v.At, `write endpoints: ["NODE:INTERFACE", "NODE:INTERFACE"]`, "a link without two endpoints")
		return false
	}
	list := &topology.Value{Kind: topology.List, At: ends.At}
	for _, item := range ends.Items {
		end, ok := r.end(item)
		if !ok {
			return false
		}
		list.Items = append(list.Items, end)
	}
	out.Set("endpoints", list)
	if mtu != nil {
		out.Set("mtu", text(mtu.At, mtu.Text))
	}
	return true
}

// end reads an endpoint: "NODE:INTERFACE", or a mapping.
func (r *reader) end(v *topology.Value) (*topology.Value, bool) {
	if v.Kind == topology.Scalar {
		name, iface, both := strings.Cut(v.Text, ":")
		if !both {
			r.Add(v.At, `write "NODE:INTERFACE"`, "endpoint %q names no interface", plain.Clip(v.Text))
			return nil, false
		}
		if !r.isNode(v.At, name) {
			return nil, false
		}
		return text(v.At, r.magic(name)+":"+r.magic(iface)), true
	}
	name, iface := v.Get("node"), v.Get("interface")
	if !r.check(v, &endSection) || name == nil || iface == nil || name.Kind != topology.Scalar || iface.Kind != topology.Scalar {
		r.Add(v.At, "write {node: NODE, interface: INTERFACE}", "an endpoint without node or interface")
		return nil, false
	}
	if !r.isNode(name.At, name.Text) {
		return nil, false
	}
	mac := v.Get("mac")
	if mac == nil || mac.Kind != topology.Scalar || mac.Text == "" {
		return text(v.At, r.magic(name.Text)+":"+r.magic(iface.Text)), true
	}
	out := pairs(v.At, "node", r.magic(name.Text), "interface", r.magic(iface.Text))
	out.Set("mac", text(mac.At, mac.Text))
	return out, true
}

// isNode reports whether a link may lead to something of that name.
func (r *reader) isNode(at topology.Pos, name string) bool {
	kind := strings.ToLower(strings.TrimSpace(name))
	without := linkTypes[kind]
	switch {
	case r.nodes[name] != nil:
		return true
	case r.hosts[name]:
		without = linkTypes["host"]
	case without == "":
		return true // which is a mistake of its own, if there is no such node
	}
	r.Add(at, "", "endpoint %q leads to %s, and a lab has no link out of it", plain.Clip(name), without)
	return false
}

// dummy reads a link of type dummy: an interface without a far end.
func (r *reader) dummy(v, mtu *topology.Value) {
	end := v.Get("endpoint")
	if !r.check(end, &endSection) {
		r.Add(v.At, "write endpoint: {node: NODE, interface: INTERFACE}", "a link of type dummy without endpoint")
		return
	}
	name, iface := end.Get("node"), end.Get("interface")
	if name == nil || iface == nil || name.Kind != topology.Scalar || iface.Kind != topology.Scalar {
		r.Add(end.At, "write {node: NODE, interface: INTERFACE}", "an endpoint without node or interface")
		return
	}
	n := r.nodes[name.Text]
	if n == nil {
		r.Add(name.At, "", "there is no node %q", plain.Clip(name.Text))
		return
	}
	out := pairs(end.At, "kind", "dummy")
	if mac := end.Get("mac"); mac != nil && mac.Text != "" {
		out.Set("mac", text(mac.At, mac.Text))
	}
	if mtu != nil {
		out.Set("mtu", text(mtu.At, mtu.Text))
	}
	if n.dummies == nil {
		n.dummies = mapping(end.At)
	}
	if n.dummies.Get(iface.Text) != nil {
		r.Add(iface.At, "", "node %q has two interfaces %q", plain.Clip(name.Text), plain.Clip(iface.Text))
		return
	}
	n.dummies.Set(iface.Text, out)
}
