package plan

import (
	"reflect"
	"slices"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// portResource: the options of a bridge's ports.
var portResource = resource{
	objects: []object{{name: "port", line: lineOfInterface}},
	stages: []stage{{name: "port", plan: (*planner).portOptions, needs: []need{
		{"link", "only a port has such options, and one that joins another bridge loses them"},
	}}},
}

// newPort are the options of a port that has joined a bridge (new_nbp and
// port_cost in net/bridge/br_if.c, for the speed of a veth).
var newPort = bridge.PortOptions{
	PathCost: rtnl.Some[uint32](2), Priority: rtnl.Some[uint16](32),
	BPDUGuard: rtnl.Some(false), RootBlock: rtnl.Some(false), Hairpin: rtnl.Some(false),
	Learning: rtnl.Some(true), Flood: rtnl.Some(true), MulticastFlood: rtnl.Some(true), BroadcastFlood: rtnl.Some(true),
	Isolated: rtnl.Some(false), NeighSuppress: rtnl.Some(false), ProxyARP: rtnl.Some(false), ProxyARPWifi: rtnl.Some(false),
	FastLeave: rtnl.Some(false), MulticastRouter: rtnl.Some[uint8](1), MulticastToUnicast: rtnl.Some(false), MulticastMaxGroups: rtnl.Some[uint32](0),
	GroupFwdMask: rtnl.Some[uint16](0), Locked: rtnl.Some(false), MAB: rtnl.Some(false), VLANTunnel: rtnl.Some(false), NeighVLANSuppress: rtnl.Some(false),
}

func (p *planner) portOptions() {
	for i := range p.t.Links {
		for e := range p.t.Links[i].Ends {
			if end := &p.t.Links[i].Ends[e]; end.Bridge != "" {
				p.port(&p.t.Links[i], end)
			}
		}
	}
}

// port sets the options of a port that differ from the file's. What only
// earlier files gave is to be as in a new port.
func (p *planner) port(link *topology.Link, end *topology.Endpoint) {
	node := p.t.Nodes[end.Node].Name
	l := p.w.Nodes[node].Links[end.Iface]
	if l == nil {
		return // said already
	}
	var want bridge.PortOptions
	if end.Port != nil {
		want = *end.Port
	}
	// One that joins another bridge keeps its options if the old bridge can be
	// restored (changeMaster), and has those of a new port otherwise.
	was := l.Port != nil
	stays := was && l.Port.Bridge == l.Master
	if was {
		p.eachPort(node, end.Iface, func(o *bridge.PortOptions) { fillOptions(&want, &newPort, o) })
	}
	if want == (bridge.PortOptions{}) {
		return
	}
	have := newPort
	if was {
		info, err := bridge.DecodePort(l.Port.Data)
		if err != nil {
			p.failf(link.Line, "node %q: port %q: %w", node, l.Name, err)
			return
		}
		have = info.PortOptions
	}
	set, undo := &bridge.PortOptions{}, &bridge.PortOptions{}
	if lacking := p.unknownToKernel(&want); len(lacking) > 0 {
		p.failf(link.Line, "node %q: port %q: this kernel does not have such an option: %s", node, l.Name, strings.Join(lacking, ", "))
		return
	}
	if was && !stays {
		*set = want
		fillOptions(undo, &have, &want)
	} else if !differentOptions(&have, &want, &bridge.PortOptions{}, set, undo) {
		return
	}
	p.setPort(node, l, set, undo, stays)
}

// setPort sets options one at a time: of several in one message the kernel
// keeps those before one that it refuses (br_setport in
// net/bridge/br_netlink.c). MAB goes off before, and on after, what it needs.
func (p *planner) setPort(node string, l *live.Link, set, undo *bridge.PortOptions, stays bool) {
	s := Step{Verb: Update, Object: "port", Node: node, Name: l.Name, Old: topology.PortWords(undo), New: topology.PortWords(set)}
	one := func(field string) {
		v := reflect.ValueOf(set).Elem().FieldByName(field)
		if v.IsZero() {
			return
		}
		change, back := &bridge.PortOptions{}, &bridge.PortOptions{}
		reflect.ValueOf(change).Elem().FieldByName(field).Set(v)
		s.op(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Port = change }))
		if stays { // otherwise undoing the change of its bridge does it
			reflect.ValueOf(back).Elem().FieldByName(field).Set(reflect.ValueOf(undo).Elem().FieldByName(field))
			s.undoOp(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Port = back }))
		}
	}
	const mab = "MAB"
	if !set.MAB.Or(true) {
		one(mab)
	}
	for i, typ := 0, reflect.TypeFor[bridge.PortOptions](); i < typ.NumField(); i++ {
		if name := typ.Field(i).Name; name != mab {
			one(name)
		}
	}
	if set.MAB.Or(false) {
		one(mab)
	}
	p.add(s)
}

// eachPort calls f with the options that earlier files and this one give a port.
func (p *planner) eachPort(node, iface string, f func(*bridge.PortOptions)) {
	for _, t := range append(slices.Clone(p.old), p.t) {
		if i := t.NodeIndex(node); i >= 0 {
			if e, _ := t.Endpoint(i, iface); e != nil && e.Port != nil {
				f(e.Port)
			}
		}
	}
}

// fillOptions gives those options that others have, and want has not, the
// values of fresh.
func fillOptions[T any](want, fresh, others *T) {
	w, f, o := reflect.ValueOf(want).Elem(), reflect.ValueOf(fresh).Elem(), reflect.ValueOf(others).Elem()
	for i := range w.NumField() {
		if w.Field(i).IsZero() && !o.Field(i).IsZero() {
			w.Field(i).Set(f.Field(i))
		}
	}
}

// unknownToKernel takes those options out of the wanted ones that a port does
// not report: the kernel ignores them. It returns those, in words, that are
// wanted otherwise than as in a new port.
func (p *planner) unknownToKernel(want *bridge.PortOptions) (lacking []string) {
	if p.newPort == nil {
		return nil // nobody has looked
	}
	w, has, fresh := reflect.ValueOf(want).Elem(), reflect.ValueOf(p.newPort).Elem(), reflect.ValueOf(&newPort).Elem()
	for i := range w.NumField() {
		if w.Field(i).IsZero() || !has.Field(i).IsZero() {
			continue
		}
		if w.Field(i).Interface() != fresh.Field(i).Interface() {
			var only bridge.PortOptions
			reflect.ValueOf(&only).Elem().Field(i).Set(w.Field(i))
			lacking = append(lacking, topology.PortWords(&only))
		}
		w.Field(i).SetZero()
	}
	return lacking
}
