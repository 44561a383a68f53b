package topology

import (
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// longEndpoints turns endpoints in containerlab's long form,
//
//	endpoints: [{node: a, interface: eth0, mac: "02:00:00:00:00:01"}, {node: b, interface: eth0}]
//
// into the short form, and their other keys into the link's own lists.
func (p *fileParser) longEndpoints(own fields) bool {
	ends := own["endpoints"]
	long := false
	for _, item := range ends.items {
		long = long || item.kind == yamlMapping
	}
	if !long {
		return true
	}
	short := *ends // which an alias may share
	short.items = make([]*yamlNode, len(ends.items))
	lists := make(map[string]*yamlNode)
	ok := true
	for i, item := range ends.items {
		if short.items[i] = item; item.kind != yamlMapping {
			continue
		}
		f := p.fields(item, secEnd)
		node := f["node"]
		if node == nil {
			ok = false // a mistake already
			continue
		}
		if strings.Contains(node.text, ":") {
			p.Add(node.at, "write node: NODE, interface: IFACE", "node is %q", plain.Clip(node.text))
			ok = false
			continue
		}
		end := &yamlNode{kind: yamlScalar, at: node.at, text: node.text, weight: 1}
		if iface := f["interface"]; iface != nil {
			end.at, end.text = iface.at, node.text+":"+iface.text
		}
		short.items[i] = end
		for _, name := range []string{"mac", "ipv4", "ipv6", "port", "vlan", "impair"} {
			v := f[name]
			if v == nil {
				continue
			}
			if own[name] != nil {
				p.Add(v.at, "leave out one of the two", "%s is given for an endpoint and for its link", name)
				ok = false
				continue
			}
			if lists[name] == nil {
				lists[name] = &yamlNode{kind: yamlSequence, at: ends.at, weight: 1, items: []*yamlNode{{at: ends.at}, {at: ends.at}}}
			}
			lists[name].items[i] = v
		}
	}
	own["endpoints"] = &short
	for name, list := range lists {
		own[name] = list
	}
	return ok
}
