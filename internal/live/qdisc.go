package live

import (
	"bytes"
	"context"
	"errors"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// Impairments says what of impairments the kernel lacks.
type Impairments struct {
	// NoNetem and NoTBF are why there is no netem and no tbf, nil where there
	// is.
	NoNetem, NoTBF error
	// NoSeed says that netem ignores seeds.
	NoSeed bool
}

// readImpairments tries them on the loopback interface of a new namespace.
func readImpairments(ctx context.Context, c *rtnl.Conn) (*Impairments, error) {
	i := &Impairments{}
	lo := rtnl.LinkIndex(LoopbackIndex)
	try := func(kind rtnl.QdiscKind) error {
		err := c.Do(ctx, &rtnl.QdiscAdd{Link: lo, Kind: kind, Mode: rtnl.ModeReplace})
		if errors.Is(err, rtnl.ErrNotSupported) {
			return err
		}
		return nil // what else is wrong is told where it is needed
	}
	if i.NoTBF = try(&rtnl.TBF{Rate: 1e6, Burst: 1e5, Limit: 1e5}); i.NoTBF != nil {
		i.NoTBF = plainCause(i.NoTBF)
	}
	if i.NoNetem = try(&rtnl.Netem{Seed: rtnl.Some(uint64(1))}); i.NoNetem != nil {
		i.NoNetem = plainCause(i.NoNetem)
		return i, nil
	}
	all, err := c.Qdiscs(ctx, rtnl.QdiscDump{Index: LoopbackIndex})
	if err != nil {
		return nil, err
	}
	for _, q := range all {
		if q.Kind == "netem" {
			k, err := rtnl.DecodeNetem(q.Options)
			if err != nil {
				return nil, err
			}
			i.NoSeed = !k.Seed.IsSet()
		}
	}
	return i, nil
}

// plainCause returns what a kernel lacks, without the trial that told it.
func plainCause(err error) error {
	if e, ok := errors.AsType[*rtnl.Error](err); ok && e.Needs != "" {
		return &lacking{e.Needs}
	}
	return err
}

// lacking is what a kernel lacks. It matches rtnl.ErrNotSupported.
type lacking struct{ needs string }

func (l *lacking) Error() string        { return l.needs }
func (l *lacking) Is(target error) bool { return target == rtnl.ErrNotSupported }

// readQdiscs reads what links send through, as far as it is not the kernel's
// default.
func (n *Node) readQdiscs(ctx context.Context, c *rtnl.Conn, byIndex map[uint32]*Link) error {
	all, err := c.Qdiscs(ctx, rtnl.QdiscDump{})
	if err != nil {
		return err
	}
	for _, q := range all {
		if l := byIndex[q.Link.Index]; l != nil && q.Parent == rtnl.TCRoot && !q.IsDefault() {
			q.Options = bytes.Clone(q.Options)
			l.Qdisc = &q
		}
	}
	return nil
}

// QdiscWords returns what the link sends through in the words of tc(8), or the
// name alone where no more was read or is known, and "" for what kernels give
// to links by themselves.
func (l *Link) QdiscWords() string {
	if l.Qdisc == nil {
		if l.Whole == nil || UsualQdisc(l.Whole.Qdisc) {
			return ""
		}
		return l.Whole.Qdisc
	}
	return topology.QdiscText(l.Qdisc)
}

// UsualQdisc reports whether a link has a queueing discipline that the kernel
// gives to links (net/sched/sch_generic.c), so far as the name tells.
func UsualQdisc(name string) bool {
	switch name {
	case "", "noop", "noqueue", "pfifo_fast", "fq_codel", "mq":
		return true
	}
	return false
}
