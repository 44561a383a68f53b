package rtnl

import (
	"context"
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// A Qdisc is a queueing discipline of a link. A dump returns it.
type Qdisc struct {
	// Link has the link's index.
	Link LinkRef
	// Handle is its own, and Parent the class that it is in, TCRoot or
	// TCIngress.
	Handle, Parent TCHandle
	// Kind is the name of its kind, and Options its options, which
	// DecodeNetem and the like read. They alias the message.
	Kind    string
	Options []byte
	// Stats are its counters.
	Stats QdiscStats
}

// QdiscStats are the counters of a queueing discipline (struct gnet_stats_basic
// and struct gnet_stats_queue in include/uapi/linux/gen_stats.h).
type QdiscStats struct {
	// Bytes and Packets are what it has sent.
	Bytes, Packets uint64
	// Drops are packets that it has dropped, Overlimits how often one had to
	// wait for the rate, and Requeues how often the device took none.
	Drops, Overlimits, Requeues uint32
	// Backlog is the number of bytes in the queue, QLen that of packets.
	Backlog, QLen uint32
}

// IsDefault reports whether the kernel has made the qdisc by itself. An add
// takes its place, and it cannot be deleted.
func (q *Qdisc) IsDefault() bool { return q.Handle == 0 }

// DecodeQdisc reads an RTM_NEWQDISC or RTM_DELQDISC.
func DecodeQdisc(m Message) (Qdisc, error) {
	if m.Type != unix.RTM_NEWQDISC && m.Type != unix.RTM_DELQDISC {
		return Qdisc{}, fmt.Errorf("%w: type %d where a qdisc was expected", ErrMalformed, m.Type)
	}
	if len(m.Data) < tcmsgLen {
		return Qdisc{}, fmt.Errorf("%w: a qdisc of %d bytes", ErrMalformed, len(m.Data))
	}
	q := Qdisc{Link: LinkIndex(m.header32(4)), Handle: TCHandle(m.header32(8)), Parent: TCHandle(m.header32(12))}
	r := m.attrs(tcmsgLen)
	for r.Next() {
		switch r.Type() {
		case tcaKind:
			q.Kind = r.String()
		case tcaOptions:
			q.Options = r.Bytes()
		case tcaStats2:
			n := r.Nested()
			for n.Next() {
				q.Stats.attr(&n)
			}
			r.Adopt(&n)
		}
	}
	if r.err != nil {
		return Qdisc{}, fmt.Errorf("qdisc %s of index %d: %w", q.Handle, q.Link.Index, r.err)
	}
	return q, nil
}

// attr reads an attribute of TCA_STATS2 (include/uapi/linux/gen_stats.h).
func (s *QdiscStats) attr(r *AttrReader) {
	const basic, queue, packets64 = 1, 3, 8 // TCA_STATS_BASIC, _QUEUE, _PKT64
	switch r.Type() {
	case basic:
		if !r.short(12) {
			s.Bytes = binary.NativeEndian.Uint64(r.data)
			s.Packets = uint64(binary.NativeEndian.Uint32(r.data[8:]))
		}
	case queue:
		if !r.short(20) {
			n := [5]uint32{}
			for i := range n {
				n[i] = binary.NativeEndian.Uint32(r.data[4*i:])
			}
			s.QLen, s.Backlog, s.Drops, s.Requeues, s.Overlimits = n[0], n[1], n[2], n[3], n[4]
		}
	case packets64: // follows TCA_STATS_BASIC if 32 bits are not enough
		s.Packets = r.Uint64()
	}
}

// Qdiscs lists queueing disciplines, a link's root before what is in it.
func (c *Conn) Qdiscs(ctx context.Context, req QdiscDump) ([]Qdisc, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	qdiscs := make([]Qdisc, 0, m.Len())
	for msg := range m.All() {
		q, err := DecodeQdisc(msg)
		if err != nil {
			return nil, err
		}
		if req.Index != 0 && q.Link.Index != req.Index {
			continue // the kernel lists all links before Linux 5.1
		}
		qdiscs = append(qdiscs, q)
	}
	return qdiscs, nil
}

// schedTick is the unit of times in the options of qdiscs, in nanoseconds
// (PSCHED_SHIFT in include/net/pkt_sched.h; /proc/net/psched tells the same).
const schedTick = 64

// schedTicks returns a time in ticks, rounded down, and whether it is exact.
func schedTicks(ns int64) (ticks uint32, exact bool) {
	if t := ns / schedTick; t <= 1<<32-1 {
		return uint32(t), ns%schedTick == 0
	}
	return 1<<32 - 1, false
}
