package iproute

import "github.com/nslab/nslab/rtnl"

// vethKind has one option, "peer", which the parameters of another link follow.
var vethKind = linkKind{
	name:   "veth",
	usage:  func() string { return "Usage: ... veth [peer [[name] NAME] [PARAMETER ...]]\n" },
	parse:  parseVeth,
	format: formatVeth,
}

func parseVeth(p *linkParams, w *words) rtnl.Kind {
	if !w.more() {
		return &rtnl.Veth{}
	}
	if !p.create {
		w.next()
		w.refuse("the end of the command: a veth has options only while it is being created")
		return nil
	}
	if !w.is("peer") {
		w.next()
		w.refuse(`"peer", the only option of the kind "veth"`)
		return nil
	}
	peer := &rtnl.VethPeer{}
	pp := linkParams{command: p.command + " ... type veth peer", create: true, peer: true, attrs: &peer.LinkAttrs}
	pp.parse(w)
	p.looked, p.vrfs = append(p.looked, pp.looked...), append(p.vrfs, pp.vrfs...)
	if pp.typed {
		w.bad(`a parameter of the peer; its kind is "veth" already`)
		if w.more() {
			w.peer(`Error: duplicate "type": %q is the second value.`, w.all[w.i])
		}
	}
	peer.Name, peer.Index = pp.newName(w), pp.index
	return &rtnl.Veth{Peer: peer}
}

func formatVeth(f *linkFormatter, k rtnl.Kind) {
	veth, ok := k.(*rtnl.Veth)
	switch {
	case !ok:
		f.ok = false
		return
	case veth.Peer == nil:
		return
	}
	f.add("peer")
	if veth.Peer.Name != "" {
		f.add("name", veth.Peer.Name)
	}
	f.attrs(&veth.Peer.LinkAttrs, veth.Peer.Index)
}
