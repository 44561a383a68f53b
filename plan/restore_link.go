package plan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
)

// A linkWas is what a link that a step takes away was like in what no file can
// say of it: somebody may have set it, so undoing sets it again.
type linkWas struct {
	link    *rtnl.Link
	entries []rtnl.Neigh
}

// linkWas reads that of a link, nil if nothing can be read or a step has
// created it.
func (p *planner) linkWas(node string, l *live.Link) *linkWas {
	n := p.w.Nodes[node]
	if n == nil || p.w.More == nil || l.IsNew {
		return nil
	}
	at := live.LinkEnd{Node: node, Index: l.Index}
	if was, known := p.was[at]; known {
		return was
	}
	was, err := p.readLinkWas(n, l)
	if err != nil {
		p.errs = append(p.errs, err)
	}
	if p.was == nil {
		p.was = make(map[live.LinkEnd]*linkWas)
	}
	p.was[at] = was
	return was
}

func (p *planner) readLinkWas(n *live.Node, l *live.Link) (*linkWas, error) {
	was := &linkWas{link: l.Whole, entries: slices.Concat(p.handNeighs(n, l), p.handFDB(n, l))}
	if was.link == nil {
		if p.wholes == nil {
			p.wholes = make(map[string]map[uint32]*rtnl.Link)
		}
		if p.wholes[n.Name] == nil {
			links, err := p.w.More.Links(n.Name)
			if err != nil {
				return nil, err
			}
			p.wholes[n.Name] = make(map[uint32]*rtnl.Link, len(links))
			for i := range links {
				p.wholes[n.Name][links[i].Index] = &links[i]
			}
		}
		if was.link = p.wholes[n.Name][l.Index]; was.link == nil {
			return nil, nil // it is gone by now
		}
	}
	return was, nil
}

// linkAgain returns the operations that make a new link be as it was.
func (p *planner) linkAgain(node string, l *live.Link) []engine.Op {
	ops := p.partAgain(node, l, setAttributes)
	if ops == nil {
		return nil
	}
	settings, err := p.w.More.Settings(node, p.linkWas(node, l).link)
	if err != nil {
		p.errs = append(p.errs, err)
	}
	return append(ops, engine.Op{NetNS: node, Action: &settingsAgain{l.Name, settings}})
}

// portAgain returns the operation that makes a new port be as it was.
func (p *planner) portAgain(node string, l *live.Link) []engine.Op {
	return append(p.partAgain(node, l, setPort), vlansAgain(node, l)...)
}

// partAgain returns the operation that sets a part of what a link was, none if
// that is not known.
func (p *planner) partAgain(node string, l *live.Link, set setPart) []engine.Op {
	was := p.linkWas(node, l)
	if was == nil {
		return nil
	}
	return []engine.Op{{NetNS: node, Action: &linkAgain{l.Ref(), was.link, set}}}
}

// entriesAgain returns the operations that make the entries of a link again.
func (p *planner) entriesAgain(node string, l *live.Link) (ops []engine.Op) {
	was := p.linkWas(node, l)
	if was == nil {
		return nil
	}
	for _, e := range was.entries {
		e.Flags |= whoseFDB(&e)
		add := &rtnl.NeighAdd{Neigh: e, Mode: rtnl.ModeReplace} // the kernel may have found it by itself
		if live.ManyRemotes(&e) {
			add.Mode = rtnl.ModeAppend
		}
		add.Link = l.Ref()
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: add}})
	}
	return ops
}

// A setPart sets what differs between what a link was and what it is now.
type setPart func(ctx context.Context, c *rtnl.Conn, ref rtnl.LinkRef, was, now *rtnl.Link) error

// A linkAgain is an action that sets a part of a link that has been made again.
type linkAgain struct {
	ref rtnl.LinkRef
	was *rtnl.Link
	set setPart
}

// Do implements engine.Action.
func (a *linkAgain) Do(ctx context.Context, e *engine.Engine, node string) error {
	c, err := e.Conn(node)
	if err != nil {
		return err
	}
	now, err := c.Link(ctx, rtnl.LinkIndex(a.ref.Index))
	if err != nil {
		return err
	}
	return a.set(ctx, c, a.ref, a.was, &now)
}

// setAttributes sets the attributes, a bridge's options, and the alternative
// names.
func setAttributes(ctx context.Context, c *rtnl.Conn, ref rtnl.LinkRef, was, now *rtnl.Link) error {
	var errs []error
	for _, attrs := range differentAttrs(was, now) {
		errs = append(errs, c.Do(ctx, &rtnl.LinkSet{Link: ref, LinkAttrs: attrs}))
	}
	if was.Kind == "bridge" {
		set, err := differentBridge(was, now)
		if set != nil {
			err = c.Do(ctx, &rtnl.LinkSet{Link: ref, Kind: set})
		}
		errs = append(errs, err)
	}
	names := slices.DeleteFunc(slices.Clone(was.AltNames), func(name string) bool { return slices.Contains(now.AltNames, name) })
	if len(names) > 0 {
		errs = append(errs, c.Do(ctx, &rtnl.AltNameAdd{Link: ref, Names: names}))
	}
	return errors.Join(errs...)
}

// differentAttrs are what to set of a link so that it is as another one was:
// one at a time, for of several the kernel keeps those before one that it
// refuses (do_setlink in net/core/rtnetlink.c).
func differentAttrs(was, now *rtnl.Link) (all []rtnl.LinkAttrs) {
	if was.TxQueueLen != now.TxQueueLen {
		all = append(all, rtnl.LinkAttrs{TxQueueLen: rtnl.Some(was.TxQueueLen)})
	}
	if was.Group != now.Group {
		all = append(all, rtnl.LinkAttrs{Group: rtnl.Some(was.Group)})
	}
	if was.Alias != now.Alias {
		all = append(all, rtnl.LinkAttrs{Alias: rtnl.Some(was.Alias)})
	}
	if was.GSOMaxSize != now.GSOMaxSize {
		all = append(all, rtnl.LinkAttrs{GSOMaxSize: rtnl.Some(was.GSOMaxSize)})
	}
	if was.GSOMaxSegs != now.GSOMaxSegs {
		all = append(all, rtnl.LinkAttrs{GSOMaxSegs: rtnl.Some(was.GSOMaxSegs)})
	}
	if was.GROMaxSize.IsSet() && was.GROMaxSize != now.GROMaxSize {
		all = append(all, rtnl.LinkAttrs{GROMaxSize: was.GROMaxSize})
	}
	if was.LinkMode != now.LinkMode {
		all = append(all, rtnl.LinkAttrs{LinkMode: rtnl.Some(was.LinkMode)})
	}
	if was.ProtoDown != now.ProtoDown {
		all = append(all, rtnl.LinkAttrs{ProtoDown: rtnl.Some(was.ProtoDown)})
	}
	if !slices.Equal(was.Broadcast, now.Broadcast) {
		all = append(all, rtnl.LinkAttrs{Broadcast: was.Broadcast})
	}
	for _, f := range linkFlags {
		if (was.Flags^now.Flags)&f.flag != 0 {
			all = append(all, rtnl.LinkAttrs{Change: f.flag, Flags: was.Flags & f.flag})
		}
	}
	return all
}

// differentBridge returns the options of a bridge that files cannot give, as
// far as they differ from another's, nil if none does.
func differentBridge(was, now *rtnl.Link) (*rtnl.Bridge, error) {
	have, err := rtnl.DecodeBridge(was.Data)
	if err != nil {
		return nil, err
	}
	fresh, err := rtnl.DecodeBridge(now.Data)
	if err != nil {
		return nil, err
	}
	var known, other, set rtnl.Bridge // those of files were given when it was made
	dropOptions(&known, &have.Bridge)
	if !differentBridgeOptions(&have.Bridge, &fresh.Bridge, &known, &other, &set) {
		return nil, nil
	}
	return &set, nil
}

// setPort sets the options of a port.
func setPort(ctx context.Context, c *rtnl.Conn, ref rtnl.LinkRef, was, now *rtnl.Link) error {
	if was.PortKind != "bridge" {
		return nil
	}
	have, err := bridge.DecodePort(was.PortData)
	if err != nil {
		return err
	}
	fresh, err := bridge.DecodePort(now.PortData)
	if err != nil {
		return err
	}
	have.State = rtnl.Opt[bridge.State]{} // STP's, and follows the carrier
	var other, set bridge.PortOptions
	if !differentOptions(&have.PortOptions, &fresh.PortOptions, &bridge.PortOptions{}, &other, &set) {
		return nil
	}
	return c.Do(ctx, &rtnl.LinkSet{Link: ref, Port: &set})
}

// A settingsAgain is an action that writes those settings of an interface that
// has been made again that differ from what they were.
type settingsAgain struct {
	name string
	was  map[string]string
}

// Do implements engine.Action.
func (a *settingsAgain) Do(ctx context.Context, e *engine.Engine, node string) error {
	h, err := e.Dir.Open(node)
	if err != nil {
		return err
	}
	defer h.Close()
	now, err := sysctl.OfInterface(h, a.name)
	if err != nil {
		return err
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(a.was)) {
		was := a.was[key]
		// A secret that is not set reads as "", and cannot be unset.
		if value, there := now[key]; was != "" && there && value != was {
			errs = append(errs, e.Do(ctx, engine.Op{NetNS: node, Action: &engine.SysctlSet{Key: key, Value: was}}))
		}
	}
	return errors.Join(errs...)
}

// losses are what of a link that is made again nothing can make again, in
// words.
func (p *planner) losses(node string, l *live.Link) (lost []string) {
	if was := p.linkWas(node, l); was != nil && !live.UsualQdisc(was.link.Qdisc) {
		lost = append(lost, fmt.Sprintf("qdisc %s of %s in %s", was.link.Qdisc, l.Name, node))
	}
	for _, r := range p.w.Nodes[node].Routes {
		if r.NHID != 0 && live.Through(r, l.Index) {
			lost = append(lost, fmt.Sprintf("route %s nhid %d in %s", routeWords(&r), r.NHID, node))
		}
	}
	return lost
}
