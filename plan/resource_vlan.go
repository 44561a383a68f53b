package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// vlanResource: the VLANs that ports of bridges are in.
var vlanResource = resource{
	objects: []object{{name: "vlan", line: lineOfInterface}},
	stages: []stage{{name: "vlan", plan: (*planner).vlans, needs: []need{
		{"link", "only a port is in VLANs, and one that joins another bridge loses them"},
		{"bridge.create", "a bridge that begins to filter, or gets another default VLAN, changes those of its ports"},
	}}},
}

func (p *planner) vlans() {
	for i := range p.t.Links {
		for e := range p.t.Links[i].Ends {
			if end := &p.t.Links[i].Ends[e]; end.Bridge != "" {
				p.portVLANs(&p.t.Links[i], end)
			}
		}
	}
}

// portFlags are the VLANs of a port.
type portFlags map[uint16]bridge.VLANFlags

func (f portFlags) add(all []bridge.VLANs) {
	for _, v := range all {
		for vid := int(v.First); vid <= int(v.Last); vid++ {
			f[uint16(vid)] = v.Flags
		}
	}
}

const untaggedPVID = bridge.VLANPVID | bridge.VLANUntagged

// portVLANs takes a port out of the VLANs that this or an earlier file has put
// it into, or its bridge by default, and this one does not, and puts it into
// those that it lacks.
func (p *planner) portVLANs(link *topology.Link, end *topology.Endpoint) {
	node := p.t.Nodes[end.Node].Name
	said := portFlags{}
	for _, t := range append(slices.Clone(p.old), p.t) {
		if i := t.NodeIndex(node); i >= 0 {
			if e, _ := t.Endpoint(i, end.Iface); e != nil {
				said.add(e.VLANs)
			}
		}
	}
	l := p.w.Nodes[node].Links[end.Iface]
	if len(said) == 0 || l == nil {
		return
	}
	before, pvid, err := p.defaultPVIDs(node, end.Bridge)
	if err != nil {
		p.failf(link.Line, "node %q: bridge %q: %w", node, end.Bridge, err)
		return
	}
	have := portFlags{}
	stays := l.VLANs != nil && l.VLANs.Bridge == l.Master
	if stays {
		have.add(l.VLANs.VLANs)
		have.changeDefault(before, pvid)
	} else if pvid != 0 {
		have[pvid] = untaggedPVID
	}
	want := portFlags{}
	want.add(end.VLANs)
	if end.VLANs == nil && pvid != 0 {
		want[pvid] = untaggedPVID
	}
	for vid, flags := range have {
		if _, ok := want[vid]; ok {
			continue
		}
		if _, ok := said[vid]; ok || vid == pvid || p.opts.Prune {
			continue
		}
		want[vid] = flags // somebody else's
		if flags&bridge.VLANPVID != 0 && end.VLANs != nil && slices.ContainsFunc(end.VLANs, hasPVID) {
			want[vid] = flags &^ bridge.VLANPVID // a port has one
		}
	}
	p.changeVLANs(node, l, have, want, stays)
}

func hasPVID(v bridge.VLANs) bool { return v.Flags&bridge.VLANPVID != 0 }

// defaultPVIDs returns the default VLAN of a bridge as it was and as it will
// be, 0 for none.
func (p *planner) defaultPVIDs(node, name string) (before, after uint16, err error) {
	before = defaultPVID
	l := p.w.Nodes[node].Links[name]
	if l != nil && !l.IsNew {
		info, err := rtnl.DecodeBridge(l.Data)
		if err != nil {
			return 0, 0, err
		}
		before = info.VLANDefaultPVID.Or(defaultPVID)
	}
	after = before
	for _, t := range append(slices.Clone(p.old), p.t) {
		n := t.Node(node)
		if n == nil {
			continue
		}
		for i := range n.Bridges {
			v, ok := n.Bridges[i].Options.VLANDefaultPVID.Get()
			switch {
			case n.Bridges[i].Name != name || !ok:
			case t == p.t:
				after = v
			default:
				after = defaultPVID // unless this file gives one too
			}
		}
	}
	return before, after, nil
}

// changeDefault does what the kernel does with a port whose bridge gets another
// default VLAN (__br_vlan_set_default_pvid in net/bridge/br_vlan.c).
func (f portFlags) changeDefault(before, after uint16) {
	if before == after || before != 0 && f[before] != untaggedPVID {
		return
	}
	if _, ok := f[after]; ok && after != 0 {
		return
	}
	delete(f, before)
	if after != 0 {
		for vid := range f {
			f[vid] &^= bridge.VLANPVID // a port has one
		}
		f[after] = untaggedPVID
	}
}

// A vlanChange is one request: successive VLANs that have and are to have the
// same flags.
type vlanChange struct {
	first, last uint16
	had, wanted bool
	have, want  bridge.VLANFlags
}

// changeVLANs changes the VLANs that differ.
func (p *planner) changeVLANs(node string, l *live.Link, have, want portFlags, stays bool) {
	var gone, added []vlanChange
	for vid := uint16(1); vid <= 4094; vid++ {
		c := vlanChange{first: vid, last: vid}
		c.have, c.had = have[vid]
		c.want, c.wanted = want[vid]
		to := &added
		switch {
		case c.had == c.wanted && c.have == c.want:
			continue
		case !c.wanted:
			to = &gone
		}
		if i := len(*to) - 1; i >= 0 && (c.have|c.want)&bridge.VLANPVID == 0 {
			widened := (*to)[i]
			widened.first, widened.last = vid, vid
			if (*to)[i].last == vid-1 && widened == c {
				(*to)[i].last = vid
				continue
			}
		}
		*to = append(*to, c)
	}
	changes := append(gone, added...)
	if len(changes) == 0 {
		return
	}
	s := Step{Verb: Update, Object: "vlan", Node: node, Name: l.Name}
	var was, is []string
	for _, c := range changes {
		do, undo := vlanRequest(l, c, c.wanted, c.want), vlanRequest(l, c, c.had, c.have)
		s.op(node, &engine.Request{Req: do})
		if stays { // otherwise undoing the change of its bridge does it
			s.undoOp(node, &engine.Request{Req: undo})
		}
		if c.had {
			was = append(was, vlanWords(c, c.have))
		}
		if c.wanted {
			is = append(is, vlanWords(c, c.want))
		}
	}
	s.Old, s.New = strings.Join(was, ", "), strings.Join(is, ", ")
	p.add(s)
}

// vlanRequest returns the request that puts a port into VLANs, or takes it out
// of them.
func vlanRequest(l *live.Link, c vlanChange, in bool, flags bridge.VLANFlags) rtnl.Request {
	v := bridge.VLANs{First: c.first, Last: c.last, Flags: flags}
	if in {
		return &bridge.VLANAdd{Link: l.Ref(), VLANs: v}
	}
	v.Flags = 0
	return &bridge.VLANDel{Link: l.Ref(), VLANs: v}
}

func vlanWords(c vlanChange, flags bridge.VLANFlags) string {
	words := strconv.Itoa(int(c.first))
	if c.last != c.first {
		words += "-" + strconv.Itoa(int(c.last))
	}
	return strings.TrimSpace(words + " " + flags.String())
}

// portVLANsAgain returns the operations that put the ports of a bridge into the
// VLANs that they were in.
func (p *planner) portVLANsAgain(node string, bridge uint32) (ops []engine.Op) {
	links := p.w.Nodes[node].Links
	for _, name := range slices.Sorted(maps.Keys(links)) {
		if l := links[name]; l.VLANs != nil && l.VLANs.Bridge == bridge {
			ops = append(ops, vlansAgain(node, l)...)
		}
	}
	return ops
}

// vlansAgain returns the operations that put a port that has joined its bridge
// again into the VLANs that it was in, and no others.
func vlansAgain(node string, l *live.Link) []engine.Op {
	if l.VLANs == nil {
		return nil
	}
	ops := []engine.Op{{NetNS: node, Action: &engine.Request{Req: &bridge.VLANDel{Link: l.Ref(), VLANs: bridge.VLANs{First: 1, Last: 4094}}}}}
	for _, v := range l.VLANs.VLANs {
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.Request{Req: &bridge.VLANAdd{Link: l.Ref(), VLANs: v}}})
	}
	return ops
}
