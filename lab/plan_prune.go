package lab

import (
	"fmt"
	"maps"
	"net"
	"reflect"
	"slices"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// What files cannot speak of is compared with a new lab's only where it is to be taken
// away. What programs have made that say who they are by a protocol, as routing daemons
// do, stays.

// byProgram reports whether a protocol is that of such a program, not of the kernel or of
// somebody's hand (include/uapi/linux/rtnetlink.h).
func byProgram(protocol uint8) bool { return protocol >= unix.RTPROT_GATED }

// runsProgram reports whether a program makes routes in a node. What it makes of addresses
// does not always say so.
func (n *liveNode) runsProgram() bool {
	return slices.ContainsFunc(n.routes, func(r rtnl.Route) bool { return byProgram(r.Protocol) && r.Protocol != unix.RTPROT_RA })
}

// pruneRest takes away what is in the lab's nodes beside links, addresses and routes.
func (p *planner) pruneRest() {
	if !p.opts.Prune {
		return
	}
	for i := range p.t.Nodes {
		n := p.w.nodes[p.t.Nodes[i].Name]
		if n.rest == nil {
			continue // new
		}
		p.pruneRules(n)
		for _, name := range slices.Sorted(maps.Keys(n.links)) {
			if l := n.links[name]; l.whole != nil {
				p.pruneLink(n, l)
			}
		}
		p.kernelRoutesAgain(n)
	}
}

// pruneEntries takes away neighbours and FDB entries, before anything else: the kernel
// does so where a link gets another MAC address or ARP back, or loses IPv6, and undoing
// would not bring back those.
func (p *planner) pruneEntries() {
	if !p.opts.Prune {
		return
	}
	for i := range p.t.Nodes {
		if n := p.w.nodes[p.t.Nodes[i].Name]; n.rest != nil {
			p.pruneNeighs(n, n.rest.neighs)
			p.pruneNeighs(n, n.rest.fdb)
		}
	}
}

// restOfWords returns what an operation is in the words of a program, behind the first ones.
func restOfWords(a engine.Action, behind string) string {
	_, args, ok := iproute.Words(engine.Op{Action: a})
	if i := slices.Index(args, behind); ok && i >= 0 {
		return strings.Join(args[i+1:], " ")
	}
	return ""
}

func (p *planner) pruneRules(n *liveNode) {
	for _, r := range n.rest.rules {
		// The kernel adds one of its own for the first VRF (vrf_add_fib_rules in drivers/net/vrf.c).
		ofVRF := r.L3MDev != 0 && r.Protocol == unix.RTPROT_KERNEL
		if slices.Contains(p.model.rules, r) || byProgram(r.Protocol) || ofVRF {
			continue
		}
		del := &engine.Request{Req: &rtnl.RuleDel{Rule: r}}
		s := Step{Verb: Delete, Object: "rule", Node: n.name, Name: restOfWords(del, "delete")}
		s.op(n.name, del)
		s.undoOp(n.name, &engine.Request{Req: &rtnl.RuleAdd{Rule: r}})
		p.add(s)
	}
	for _, r := range p.model.rules {
		if slices.Contains(n.rest.rules, r) {
			continue
		}
		add := &engine.Request{Req: &rtnl.RuleAdd{Rule: r}}
		s := Step{Verb: Create, Object: "rule", Node: n.name, Name: restOfWords(add, "add")}
		s.op(n.name, add)
		s.undoOp(n.name, &engine.Request{Req: &rtnl.RuleDel{Rule: r}})
		p.add(s)
	}
}

// pruneNeighs deletes the entries that somebody has made: those that do not age.
func (p *planner) pruneNeighs(n *liveNode, all []rtnl.Neigh) {
	for _, e := range all {
		l := n.byIndex(e.Index)
		if l == nil && e.Index != 0 || byProgram(e.Protocol) || !n.madeByHand(&e) {
			continue
		}
		if l != nil && l.Index != loopbackIndex && !p.wantsLink(n.name, l.Name) && !p.wantsBridge(n.name, l.Name) {
			continue // it goes with the link
		}
		object, name := "neighbour", e.Dst.String()
		if e.Family == unix.AF_BRIDGE {
			object, name = "fdb", e.LLAddr.String()
			if e.VLAN != 0 {
				name += fmt.Sprintf(" vlan %d", e.VLAN)
			}
		}
		if l != nil {
			name += " dev " + l.Name
		}
		e.Flags |= n.whoseFDB(&e)
		req := &rtnl.NeighDel{Neigh: e}
		again := &rtnl.NeighAdd{Neigh: e}
		s := Step{Verb: Delete, Object: object, Node: n.name, Name: name}
		del, add := &engine.Request{Req: req}, &engine.Request{Req: again}
		if l != nil {
			del.Known(l.Name, &req.Index)
			add.Known(l.Name, &again.Index)
		}
		s.op(n.name, del)
		s.undoOp(n.name, add)
		p.add(s)
	}
}

// whoseFDB is the flag that a request about an FDB entry has beside those that the kernel
// shows: without one it looks at no other flag (rtnl_fdb_del in net/core/rtnetlink.c), and a
// bridge is in the FDB of no bridge but its own.
func (n *liveNode) whoseFDB(e *rtnl.Neigh) uint8 {
	switch {
	case e.Family != unix.AF_BRIDGE || e.Flags&unix.NTF_SELF != 0:
		return 0
	case e.Index == e.Master:
		return unix.NTF_SELF
	}
	return unix.NTF_MASTER
}

// byIndex returns a link, nil for one that is not there or goes.
func (n *liveNode) byIndex(index uint32) *liveLink {
	for _, l := range n.links {
		if l.Index == index && !l.isNew {
			return l
		}
	}
	return nil
}

// madeByHand reports whether an entry is none of those that the kernel makes: it learns
// some, and an FDB has the addresses of bridges and ports as permanent ones, and a
// device's own the multicast groups that it is in.
func (n *liveNode) madeByHand(e *rtnl.Neigh) bool {
	const kept = unix.NTF_PROXY | unix.NTF_EXT_LEARNED
	switch {
	case e.Family != unix.AF_BRIDGE:
		return e.State&unix.NUD_PERMANENT != 0 || e.Flags&kept != 0
	case len(e.LLAddr) == 0 || e.LLAddr[0]&1 != 0:
		return false
	case e.State&unix.NUD_PERMANENT == 0:
		return e.State&unix.NUD_NOARP != 0 || e.Flags&(unix.NTF_EXT_LEARNED|bridge.NTFSticky) != 0
	}
	for _, l := range n.links {
		if slices.Equal(l.Address, e.LLAddr) || l.whole != nil && slices.Equal(net.HardwareAddr(l.whole.Address), e.LLAddr) {
			return false
		}
	}
	return true
}

// pruneLink makes one of the lab's links be as a new one in what files do not speak of.
func (p *planner) pruneLink(n *liveNode, l *liveLink) {
	fresh := p.model.veth
	switch {
	case l.Index == loopbackIndex:
		fresh = p.model.lo
	case p.wantsBridge(n.name, l.Name):
		fresh = p.model.bridge
	case !p.wantsLink(n.name, l.Name):
		return
	}
	p.pruneAttributes(n, l, fresh)
	if len(l.whole.AltNames) > 0 {
		p.deleteAltNames(n, l, l.whole.AltNames)
	}
	if fresh == p.model.bridge {
		p.pruneBridge(n, l)
	}
	if l.Master != 0 && l.Master == l.whole.Master {
		p.prunePort(n, l)
	}
}

func (p *planner) deleteAltNames(n *liveNode, l *liveLink, names []string) {
	s := Step{Verb: Delete, Object: "altname", Node: n.name, Name: strings.Join(names, " ") + " of " + l.Name}
	s.op(n.name, &engine.Request{Req: &rtnl.AltNameDel{Link: rtnl.LinkIndex(l.Index), Names: names}})
	s.undoOp(n.name, &engine.Request{Req: &rtnl.AltNameAdd{Link: rtnl.LinkIndex(l.Index), Names: names}})
	p.add(s)
}

// linkFlags are the flags that somebody may set, and ip(8)'s words for both values.
var linkFlags = []struct {
	flag    uint32
	set, no string
}{
	{unix.IFF_NOARP, "arp off", "arp on"},
	{unix.IFF_PROMISC, "promisc on", "promisc off"},
	{unix.IFF_ALLMULTI, "allmulticast on", "allmulticast off"},
	{unix.IFF_MULTICAST, "multicast on", "multicast off"},
	{unix.IFF_DYNAMIC, "dynamic on", "dynamic off"},
}

func (p *planner) pruneAttributes(n *liveNode, l *liveLink, fresh *rtnl.Link) {
	have := l.whole
	var old, now []string
	var set, undo rtnl.LinkAttrs
	differ := func(word string, was, is any) bool {
		if was == is {
			return false
		}
		old, now = append(old, fmt.Sprintf("%s %v", word, was)), append(now, fmt.Sprintf("%s %v", word, is))
		return true
	}
	if differ("txqueuelen", have.TxQueueLen, fresh.TxQueueLen) {
		set.TxQueueLen, undo.TxQueueLen = rtnl.Some(fresh.TxQueueLen), rtnl.Some(have.TxQueueLen)
	}
	if differ("group", have.Group, fresh.Group) {
		set.Group, undo.Group = rtnl.Some(fresh.Group), rtnl.Some(have.Group)
	}
	if differ("alias", fmt.Sprintf("%q", have.Alias), fmt.Sprintf("%q", fresh.Alias)) {
		set.Alias, undo.Alias = rtnl.Some(fresh.Alias), rtnl.Some(have.Alias)
	}
	if differ("protodown", have.ProtoDown, fresh.ProtoDown) {
		set.ProtoDown, undo.ProtoDown = rtnl.Some(fresh.ProtoDown), rtnl.Some(have.ProtoDown)
	}
	for _, f := range linkFlags {
		if (have.Flags^fresh.Flags)&f.flag == 0 {
			continue
		}
		set.Change, undo.Change = set.Change|f.flag, undo.Change|f.flag
		set.Flags, undo.Flags = set.Flags|fresh.Flags&f.flag, undo.Flags|have.Flags&f.flag
		words := [2]string{f.set, f.no}
		if fresh.Flags&f.flag != 0 {
			words = [2]string{f.no, f.set}
		}
		old, now = append(old, words[0]), append(now, words[1])
	}
	what := change{strings.Join(old, ", "), strings.Join(now, ", ")}
	var neighs []engine.Op
	if set.Change&unix.IFF_NOARP != 0 { // arp_netdev_event in net/ipv4/arp.c
		neighs = p.neighsAgain(n, l, unix.AF_INET)
	}
	p.update(n.name, l, "link", what, func(s *rtnl.LinkSet) { s.LinkAttrs = set }, func(s *rtnl.LinkSet) { s.LinkAttrs = undo }, neighs...)
}

// pruneBridge resets the options of a bridge that no file has spoken of.
func (p *planner) pruneBridge(n *liveNode, l *liveLink) {
	have, err := rtnl.DecodeBridge(l.whole.Data)
	if err != nil {
		return // said already
	}
	fresh, err := rtnl.DecodeBridge(p.model.bridge.Data)
	if err != nil {
		p.failf(0, "a new bridge: %w", err)
		return
	}
	// changeBridge knows about these.
	var known, all rtnl.Bridge
	dropOptions(&known, &have.Bridge)
	all = have.Bridge
	set, undo := &rtnl.Bridge{}, &rtnl.Bridge{}
	if !differentOptions(&all, &fresh.Bridge, &known, set, undo) {
		return
	}
	p.prune2(n, l, "bridge", func(s *rtnl.LinkSet) { s.Kind = set }, func(s *rtnl.LinkSet) { s.Kind = undo })
}

// prunePort resets the options of a port.
func (p *planner) prunePort(n *liveNode, l *liveLink) {
	have, err := bridge.DecodePort(l.whole.PortData)
	if err == nil {
		var fresh bridge.PortInfo
		fresh, err = bridge.DecodePort(p.model.port.PortData)
		// The state is STP's, and follows the carrier.
		have.State, fresh.State = rtnl.Opt[bridge.State]{}, rtnl.Opt[bridge.State]{}
		set, undo := &bridge.PortOptions{}, &bridge.PortOptions{}
		if err == nil && differentOptions(&have.PortOptions, &fresh.PortOptions, &bridge.PortOptions{}, set, undo) {
			p.prune2(n, l, "bridge_slave", func(s *rtnl.LinkSet) { s.Port = set }, func(s *rtnl.LinkSet) { s.Port = undo })
		}
	}
	if err != nil {
		p.failf(0, "node %q: port %q: %w", n.name, l.Name, err)
	}
}

// prune2 changes options of a link of which there are no words but those of ip(8).
func (p *planner) prune2(n *liveNode, l *liveLink, kind string, set, undo func(*rtnl.LinkSet)) {
	word := func(change func(*rtnl.LinkSet)) string { return restOfWords(setLink(l.Name, l.Index, change), kind) }
	what := change{word(undo), word(set)}
	if what.old == what.new { // without words
		what = change{"options", "those of a new " + kind}
	}
	object := map[string]string{"bridge": "bridge", "bridge_slave": "port"}[kind]
	p.update(n.name, l, object, what, set, undo)
}

// differentOptions compares the fields of two structs of options, but for those that are in
// but. It puts into set what differs as it is in fresh, and into undo as it is in have.
func differentOptions[T any](have, fresh, but, set, undo *T) (differ bool) {
	h, f, b := reflect.ValueOf(have).Elem(), reflect.ValueOf(fresh).Elem(), reflect.ValueOf(but).Elem()
	s, u := reflect.ValueOf(set).Elem(), reflect.ValueOf(undo).Elem()
	for i := range h.NumField() {
		hv, fv := h.Field(i), f.Field(i)
		if hv.IsZero() || fv.IsZero() || !b.Field(i).IsZero() || reflect.DeepEqual(hv.Interface(), fv.Interface()) {
			continue
		}
		s.Field(i).Set(fv)
		u.Field(i).Set(hv)
		differ = true
	}
	return differ
}

// kernelRoutesAgain makes those routes again that follow from the file's addresses, and
// that somebody has deleted.
func (p *planner) kernelRoutesAgain(n *liveNode) {
	for _, name := range slices.Sorted(maps.Keys(n.links)) {
		l := n.links[name]
		if l.isNew || !l.Up() {
			continue
		}
		for i := range l.addrs {
			a := &l.addrs[i]
			if !isPlain(a) || isSecondary(a) || l.kernelMade(*a) || slices.Contains(l.anew, a.Prefix) {
				continue
			}
			for _, r := range kernelRoutes(l, a.Prefix) {
				if (r.Type == unix.RTN_UNICAST || r.Type == unix.RTN_LOCAL && a.Prefix.Addr().Is4()) && !n.hasRoute(&r) {
					p.add(n.addRoute(r, rtnl.ModeAdd))
				}
			}
		}
	}
}
