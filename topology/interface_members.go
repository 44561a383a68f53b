package topology

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nslab/nslab/internal/plain"
)

// A member is a name after members, and its place.
type member struct {
	name string
	at   Pos
}

// membersKey is the key of kinds that have members.
func membersKey(doc string) key {
	return key{name: "members", typ: typeStrings, doc: doc}
}

// readMembers reads the members of an interface.
func (p *fileParser) readMembers(in *Interface, i *interfaceSpec, node int, s scope) {
	v := i.f["members"]
	if v == nil {
		return
	}
	for _, item := range v.items {
		name, ok := p.expand(item, s)
		if !ok {
			continue
		}
		if slices.Contains(in.Members, name) {
			p.Add(item.at, "", "member %q occurs twice", plain.Clip(name))
			continue
		}
		in.Members = append(in.Members, name)
		if p.members == nil {
			p.members = make(map[ifaceKey][]member)
		}
		of := ifaceKey{node, in.Name}
		p.members[of] = append(p.members[of], member{name, item.at})
	}
}

// checkMembers checks who is a member of what, and puts members after what they
// are members of. It needs the whole lab: a member may be an end of a link.
func (p *fileParser) checkMembers() {
	if len(p.members) == 0 {
		return
	}
	p.t.index()
	for node := range p.t.Nodes {
		n := &p.t.Nodes[node]
		master := make(map[string]string)
		for i := range n.Interfaces {
			in := &n.Interfaces[i]
			for _, m := range p.members[ifaceKey{node, in.Name}] {
				if _, there := p.ifaces[ifaceKey{node, m.name}]; !there && m.name != "lo" {
					p.Add(m.at, didYouMean(m.name, p.ifacesOf(node, in.Name)), "node %q has no interface %q", n.Name, plain.Clip(m.name))
					continue
				}
				if why := p.noMember(node, in, m.name, master[m.name]); why != "" {
					p.Add(m.at, "", "%q cannot be a member of %q: %s", m.name, in.Name, why)
					continue
				}
				master[m.name] = in.Name
			}
		}
		slices.SortStableFunc(n.Interfaces, func(a, b Interface) int {
			return cmp.Compare(findInterfaceKind(b.Kind).comesFirst, findInterfaceKind(a.Kind).comesFirst)
		})
	}
}

// noMember returns why an interface of a node cannot be a member of another, ""
// if it can. Master is the one that it is a member of already.
func (p *fileParser) noMember(node int, in *Interface, name, master string) string {
	n := &p.t.Nodes[node]
	end, _ := p.t.Endpoint(node, name)
	kind := ""
	if m := n.Interface(name); m != nil {
		kind = m.Kind
	}
	switch {
	case name == "lo":
		return "the kernel refuses that"
	case name == in.Name:
		return "it is the same interface"
	case master != "":
		return fmt.Sprintf("it is one of %q already", master)
	case slices.ContainsFunc(n.Bridges, func(b Bridge) bool { return b.Name == name }):
		return "a lab file cannot say that of a bridge yet; make a VLAN of the bridge a member"
	case end != nil && end.Bridge != "":
		return fmt.Sprintf("it is a port of bridge %q", end.Bridge)
	case n.Interface(name) != nil && n.Interface(name).Bridge != "":
		return fmt.Sprintf("it is a port of bridge %q", n.Interface(name).Bridge)
	case n.isOn(name, in.Name):
		return "it is on that"
	}
	if refuses := findInterfaceKind(in.Kind).refusesMember; refuses != nil {
		return refuses(kind)
	}
	return ""
}

// isOn reports whether an interface is on another one, be it through others.
func (n *Node) isOn(name, lower string) bool {
	for range n.Interfaces {
		in := n.Interface(name)
		if in == nil || in.Link == "" {
			return false
		}
		if name = in.Link; name == lower {
			return true
		}
	}
	return false
}

// Master returns the interface of which one of the node is a member by the
// file, nil if of none. A bridge's ports are not found: see Endpoint.Bridge.
func (n *Node) Master(iface string) *Interface {
	for i := range n.Interfaces {
		if slices.Contains(n.Interfaces[i].Members, iface) {
			return &n.Interfaces[i]
		}
	}
	return nil
}

// vrf returns the name of the VRF by which an interface of the node routes, ""
// if it is in none.
func (n *Node) vrf(iface string) string {
	for range len(n.Interfaces) + 1 { // there may be a loop
		if in := n.Interface(iface); in != nil && in.Kind == vrfInterface.name {
			return in.Name
		}
		master := n.Master(iface)
		if master == nil {
			break
		}
		iface = master.Name
	}
	return ""
}
