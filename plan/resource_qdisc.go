package plan

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// qdiscResource: the queueing disciplines of links' ends, which impair what
// they send.
var qdiscResource = resource{
	objects: []object{{name: "qdisc", line: lineOfInterface}},
	stages: []stage{{name: "qdisc", plan: (*planner).qdiscs, needs: []need{
		{"link", "only an end that is there has one"},
		{"bridge.up", "the lab's own links are not slowed down while it comes up"},
	}}},
}

func (p *planner) qdiscs() {
	for i := range p.t.Links {
		link := &p.t.Links[i]
		for e := range link.Ends {
			end := &link.Ends[e]
			n := p.w.Nodes[p.t.Nodes[end.Node].Name]
			if l := n.Links[end.Iface]; l != nil {
				p.qdisc(link, n.Name, end, l)
			}
		}
	}
}

// qdisc makes the root qdisc of an end what the file says. One that neither
// this file nor an earlier one speaks of is left alone, or pruned.
func (p *planner) qdisc(link *topology.Link, node string, end *topology.Endpoint, l *live.Link) {
	had := p.oldImpairment(node, end.Iface)
	if end.Impair == nil && had == nil && !p.opts.Prune {
		return
	}
	have, err := decodeQdisc(l.Qdisc, had)
	if err != nil {
		p.failf(link.Line, "node %q: interface %q: %w", node, l.Name, err)
		return
	}
	if end.Impair == nil {
		// An earlier file's goes; what somebody has put into its place stays.
		if l.Qdisc != nil && (have != nil || p.opts.Prune) {
			p.deleteQdisc(node, l, have)
		}
		return
	}
	want, err := p.qdiscKind(end.Impair, max(link.MTU, 1500))
	if err != nil {
		p.failf(link.Line, "node %q: interface %q: %w", node, l.Name, err)
		return
	}
	s := Step{Verb: Update, Object: "qdisc", Node: node, Name: l.Name, New: topology.ImpairmentWords(want)}
	switch {
	case l.Qdisc == nil:
		s.Verb, s.Name = Create, l.Name+" "+s.New
		s.op(node, &engine.Request{Req: &rtnl.QdiscAdd{Link: l.Ref(), Handle: firstHandle, Kind: want}})
		s.undoOp(node, &engine.Request{Req: &rtnl.QdiscDel{Link: l.Ref()}})
	case have == nil && !p.opts.Prune:
		p.failf(link.Line, "node %q: interface %q has the qdisc %s, which somebody has made and which the file's impair would replace: "+
			"remove it (tc qdisc del dev %s root), or use --prune", node, l.Name, l.Qdisc.Kind, l.Name)
		return
	case have == nil:
		s.Old = l.Qdisc.Kind
		s.lost = append(s.lost, fmt.Sprintf("qdisc %s of %s in %s", l.Qdisc.Kind, l.Name, node))
		s.op(node, &engine.Request{Req: &rtnl.QdiscAdd{Link: l.Ref(), Handle: otherHandle(l.Qdisc.Handle), Kind: want, Mode: rtnl.ModeReplace}})
		s.undoOp(node, &engine.Request{Req: &rtnl.QdiscDel{Link: l.Ref()}})
	case sameQdisc(want, have, distributionOf(had)):
		return
	default:
		s.Old = topology.ImpairmentWords(have)
		there, now := changeQdisc(l, l.Qdisc.Handle, have, want)
		back, _ := changeQdisc(l, now, want, have)
		s.op(node, there)
		s.undoOp(node, back)
	}
	p.add(s)
}

// deleteQdisc takes the root qdisc of an end away. Have is nil for one of a kind
// that cannot be made again.
func (p *planner) deleteQdisc(node string, l *live.Link, have rtnl.QdiscKind) {
	s := Step{Verb: Delete, Object: "qdisc", Node: node, Name: l.Name + " " + l.Qdisc.Kind}
	s.op(node, &engine.Request{Req: &rtnl.QdiscDel{Link: l.Ref()}})
	if have != nil {
		s.Name = l.Name + " " + topology.ImpairmentWords(have)
		s.undoOp(node, &engine.Request{Req: &rtnl.QdiscAdd{Link: l.Ref(), Handle: l.Qdisc.Handle, Kind: have}})
	} else {
		s.lost = append(s.lost, fmt.Sprintf("qdisc %s of %s in %s", l.Qdisc.Kind, l.Name, node))
	}
	p.add(s)
}

// firstHandle is that of a qdisc that a plan makes where there is none.
const firstHandle rtnl.TCHandle = 1 << 16

// otherHandle returns one that is not that of the root.
func otherHandle(root rtnl.TCHandle) rtnl.TCHandle {
	if root == firstHandle {
		return 2 * firstHandle
	}
	return firstHandle
}

// changeQdisc returns the request that makes a root qdisc another one, and its
// handle then: that of a change, which lets packets stay in the queue, or where
// no change can do it, of a new one in its place.
func changeQdisc(l *live.Link, handle rtnl.TCHandle, from, to rtnl.QdiscKind) (*engine.Request, rtnl.TCHandle) {
	r := &rtnl.QdiscAdd{Link: l.Ref(), Kind: to, Mode: rtnl.ModeChange}
	if from.Kind() != to.Kind() || !changes(from, to) {
		handle = otherHandle(handle)
		r.Mode, r.Handle = rtnl.ModeReplace, handle
	} else if k, ok := to.(*rtnl.Netem); ok {
		all := *k
		all.All = true
		r.Kind = &all
	}
	return &engine.Request{Req: r}, handle
}

// changes reports whether a change makes one netem another. The kernel cannot
// take a distribution away, and tc(8), whose words a plan is printed in, has
// none for taking reordering, slots and ECN away.
func changes(from, to rtnl.QdiscKind) bool {
	f, ok := from.(*rtnl.Netem)
	if !ok {
		return true
	}
	t := to.(*rtnl.Netem)
	return (len(f.Distribution) == 0 || len(t.Distribution) > 0) && (f.Reorder == 0 || t.Reorder != 0) && (f.Slot == nil || t.Slot != nil) && (!f.ECN || t.ECN)
}

// oldImpairment returns what the last of the earlier files that speak of it says
// of an end, or nil.
func (p *planner) oldImpairment(node, iface string) *rtnl.Netem {
	for _, t := range slices.Backward(p.old) {
		if i := t.NodeIndex(node); i >= 0 {
			if e, _ := t.Endpoint(i, iface); e != nil && e.Impair != nil {
				return e.Impair
			}
		}
	}
	return nil
}

func distributionOf(k *rtnl.Netem) []int16 {
	if k == nil {
		return nil
	}
	return k.Distribution
}

// decodeQdisc returns a qdisc that can be made again as it is: a netem, or a
// tbf. It returns nil for one of another kind. The kernel does not tell a
// netem's distribution, which is that of the file.
func decodeQdisc(q *rtnl.Qdisc, had *rtnl.Netem) (rtnl.QdiscKind, error) {
	switch {
	case q == nil:
	case q.Kind == "netem":
		k, err := rtnl.DecodeNetem(q.Options)
		if err != nil {
			return nil, err
		}
		if k.Latency != 0 && k.Jitter != 0 {
			k.Distribution = distributionOf(had)
		}
		if had == nil || !had.Seed.IsSet() {
			k.Seed = rtnl.Opt[uint64]{} // the kernel's choice
		}
		return k, nil
	case q.Kind == "tbf":
		k, err := rtnl.DecodeTBF(q.Options)
		if err != nil {
			return nil, err
		}
		return k, nil
	}
	return nil, nil
}

// sameQdisc reports whether a qdisc is as wanted. Distribution is that of the
// one that is there.
func sameQdisc(want, have rtnl.QdiscKind, distribution []int16) bool {
	switch w := want.(type) {
	case *rtnl.Netem:
		h, ok := have.(*rtnl.Netem)
		if !ok || !slices.Equal(w.Distribution, distribution) {
			return false
		}
		a, b := *w, *h
		a.Distribution, b.Distribution = nil, nil
		if a.Limit == 0 {
			a.Limit = defaultLimit
		}
		if a.Reorder != 0 {
			a.Gap = max(a.Gap, 1)
		}
		if !a.Seed.IsSet() {
			b.Seed = a.Seed
		}
		return reflect.DeepEqual(a, b)
	case *rtnl.TBF:
		h, ok := have.(*rtnl.TBF)
		if !ok {
			return false
		}
		a, b := *w, *h
		tick := uint32(a.Rate/15_625_000) + 1 // bursts are times in the kernel
		if b.Burst+tick >= a.Burst && b.Burst <= a.Burst+tick {
			b.Burst = a.Burst
		}
		return a == b
	}
	return false
}

// defaultLimit is netem's number of packets unless the file says another one.
const defaultLimit = 1000

// qdiscKind returns the qdisc that impairs as the file says: a netem, or where
// the kernel has none, a tbf for a rate alone.
// Mtu is the end's, in bytes.
func (p *planner) qdiscKind(k *rtnl.Netem, mtu uint32) (rtnl.QdiscKind, error) {
	has := p.input.Fresh.Impairments
	if has == nil {
		return k, nil // nobody has looked
	}
	if has.NoNetem != nil {
		alone := &rtnl.Netem{Limit: k.Limit, Rate: k.Rate}
		if k.Rate == 0 || !reflect.DeepEqual(k, alone) || has.NoTBF != nil {
			return nil, fmt.Errorf("impair: %w", errors.Join(has.NoNetem, has.NoTBF))
		}
		return tokenBucket(k, uint64(mtu)+ethernetHeader)
	}
	if k.Seed.IsSet() && has.NoSeed {
		return nil, fmt.Errorf("impair: seed: this kernel's netem takes none (%w); it came with Linux 6.6", rtnl.ErrNotSupported)
	}
	return k, nil
}

const ethernetHeader = 14 // ETH_HLEN

// tokenBucket returns a tbf that sends at the rate of a netem, for frames of up
// to so many bytes: it drops those that are larger than its burst.
func tokenBucket(k *rtnl.Netem, frame uint64) (*rtnl.TBF, error) {
	limit := uint64(k.Limit)
	if limit == 0 {
		limit = defaultLimit
	}
	// What is sent in 5 ms, at least ten frames: timers may be as coarse as 4 ms
	// (CONFIG_HZ=250). The kernel counts a burst as the time that it takes, in 32
	// bits of 64 ns, and as a size in 32 bits.
	const longest = math.MaxUint32 * 64 / 1_000_000_000 // in seconds
	const highest = 3_000_000_000_000 / 8
	burst := max(k.Rate/200, 10*frame)
	if lowest := 10*frame/longest + 1; k.Rate < lowest || k.Rate > highest {
		return nil, fmt.Errorf("impair: the rate is %s; this kernel has no netem, and tbf sends frames of %d bytes at %s to %s",
			iproute.RateText(k.Rate), frame, iproute.RateText(lowest), iproute.RateText(highest))
	}
	return &rtnl.TBF{Rate: k.Rate, Limit: uint32(min(limit*frame, math.MaxUint32)), Burst: uint32(burst)}, nil
}
