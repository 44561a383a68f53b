package plan

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// attributeResource: what links and bridges have that files cannot speak of.
var attributeResource = resource{
	objects: []object{{name: "altname"}},
	stages: []stage{{name: "attribute.prune", plan: (*planner).attributesGo, needs: []need{
		{"foreign-link.prune", "those of a link that goes are not reset"},
		{"bridge.up", "what the file says of a port or a bridge is set first"},
		{"route", "the entries that arp turns off are made again as they are at the end"},
	}}},
}

func (p *planner) attributesGo() {
	for n := range p.pruned() {
		for _, name := range slices.Sorted(maps.Keys(n.Links)) {
			if l := n.Links[name]; l.Whole != nil {
				p.pruneLink(n, l)
			}
		}
	}
}

// pruneLink makes one of the lab's links be as a new one in what files do not
// speak of.
func (p *planner) pruneLink(n *live.Node, l *live.Link) {
	fresh := p.freshLink(n, l)
	if fresh == nil {
		return
	}
	p.pruneAttributes(n, l, fresh)
	if len(l.Whole.AltNames) > 0 {
		p.deleteAltNames(n, l, l.Whole.AltNames)
	}
	if fresh == p.model.Bridge {
		p.pruneBridge(n, l)
	}
	if l.Whole.PortKind == "bridge" && l.Master == l.Whole.Master {
		p.prunePort(n, l)
	}
}

// freshLink is a link of a node as it is when it is new, nil for one that the
// file does not have.
func (p *planner) freshLink(n *live.Node, l *live.Link) *rtnl.Link {
	switch {
	case l.Index == live.LoopbackIndex:
		return p.model.Lo
	case p.wantsBridge(n.Name, l.Name):
		return p.model.Bridge
	case p.wantsLink(n.Name, l.Name):
		return p.model.Veth
	case !p.wantsInterface(n.Name, l.Name):
		return nil
	}
	fresh := p.model.Own[l.Kind]
	lower := lowerOf(n, l)
	if kind := ownKind(l); fresh == nil || kind == nil || kind.lowersFlags == 0 || lower == nil {
		return fresh
	}
	if below := p.freshLink(n, lower); below != nil {
		both, mask := *fresh, ownKind(l).lowersFlags
		both.Flags = both.Flags&^mask | below.Flags&mask
		return &both
	}
	return fresh
}

func (p *planner) deleteAltNames(n *live.Node, l *live.Link, names []string) {
	s := Step{Verb: Delete, Object: "altname", Node: n.Name, Name: strings.Join(names, " ") + " of " + l.Name}
	s.op(n.Name, &engine.Request{Req: &rtnl.AltNameDel{Link: rtnl.LinkIndex(l.Index), Names: names}})
	s.undoOp(n.Name, &engine.Request{Req: &rtnl.AltNameAdd{Link: rtnl.LinkIndex(l.Index), Names: names}})
	p.add(s)
}

// linkFlags are the flags that somebody may set, and ip(8)'s words for both
// values.
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

func (p *planner) pruneAttributes(n *live.Node, l *live.Link, fresh *rtnl.Link) {
	have := l.Whole
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
	p.update(n.Name, l, "link", what, func(s *rtnl.LinkSet) { s.LinkAttrs = set }, func(s *rtnl.LinkSet) { s.LinkAttrs = undo }, neighs...)
}

// pruneBridge resets the options of a bridge that no file has spoken of.
func (p *planner) pruneBridge(n *live.Node, l *live.Link) {
	have, err := rtnl.DecodeBridge(l.Whole.Data)
	if err != nil {
		return // said already
	}
	fresh, err := rtnl.DecodeBridge(p.model.Bridge.Data)
	if err != nil {
		p.failf(0, "a new bridge: %w", err)
		return
	}
	// changeBridge knows about these.
	var known, all rtnl.Bridge
	dropOptions(&known, &have.Bridge)
	all = have.Bridge
	set, undo := &rtnl.Bridge{}, &rtnl.Bridge{}
	if !differentBridgeOptions(&all, &fresh.Bridge, &known, set, undo) {
		return
	}
	p.prune2(n, l, "bridge", func(s *rtnl.LinkSet) { s.Kind = set }, func(s *rtnl.LinkSet) { s.Kind = undo })
}

// prunePort resets the options of a port.
func (p *planner) prunePort(n *live.Node, l *live.Link) {
	have, err := bridge.DecodePort(l.Whole.PortData)
	if err == nil {
		var fresh bridge.PortInfo
		fresh, err = bridge.DecodePort(p.model.Port.PortData)
		// The state is STP's, and follows the carrier.
		have.State, fresh.State = rtnl.Opt[bridge.State]{}, rtnl.Opt[bridge.State]{}
		if l.Kind == "vxlan" { // which tells no speed, unlike a veth (port_cost in net/bridge/br_if.c)
			fresh.PathCost = rtnl.Some[uint32](100)
		}
		// The stage of ports knows about these.
		var known bridge.PortOptions
		p.eachPort(n.Name, l.Name, func(o *bridge.PortOptions) { fillOptions(&known, &newPort, o) })
		set, undo := &bridge.PortOptions{}, &bridge.PortOptions{}
		if err == nil && differentOptions(&have.PortOptions, &fresh.PortOptions, &known, set, undo) {
			p.prune2(n, l, "bridge_slave", func(s *rtnl.LinkSet) { s.Port = set }, func(s *rtnl.LinkSet) { s.Port = undo })
		}
	}
	if err != nil {
		p.failf(0, "node %q: port %q: %w", n.Name, l.Name, err)
	}
}

// prune2 changes options of a link of which there are no words but those of
// ip(8).
func (p *planner) prune2(n *live.Node, l *live.Link, kind string, set, undo func(*rtnl.LinkSet)) {
	word := func(change func(*rtnl.LinkSet)) string { return restOfWords(setLink(l.Name, l.Index, change), kind) }
	what := change{word(undo), word(set)}
	if what.old == what.new { // without words
		what = change{"options", "those of a new " + kind}
	}
	object := map[string]string{"bridge": "bridge", "bridge_slave": "port"}[kind]
	p.update(n.Name, l, object, what, set, undo)
}

// differentBridgeOptions is differentOptions for those of a bridge, where some
// are bits.
func differentBridgeOptions(have, fresh, but, set, undo *rtnl.Bridge) bool {
	h, f := *have, *fresh
	h.MultiBool, h.MultiBoolMask, f.MultiBool, f.MultiBoolMask = 0, 0, 0, 0
	differ := differentOptions(&h, &f, but, set, undo)
	if mask := have.MultiBoolMask & fresh.MultiBoolMask & (have.MultiBool ^ fresh.MultiBool); mask != 0 {
		set.MultiBool, set.MultiBoolMask = fresh.MultiBool&mask, mask
		undo.MultiBool, undo.MultiBoolMask = have.MultiBool&mask, mask
		differ = true
	}
	return differ
}

// differentOptions compares the fields of two structs of options, but for those
// that are in but. It puts into set what differs as it is in fresh, and into
// undo as it is in have.
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
