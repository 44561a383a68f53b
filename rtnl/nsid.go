package rtnl

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// NSIDNotAssigned is the id of a namespace that has none in the socket's own.
// In an NSIDSet, it lets the kernel choose.
const NSIDNotAssigned = unix.NETNSA_NSID_NOT_ASSIGNED

// rtgenmsgLen is the length of struct rtgenmsg, one byte, with its padding.
const rtgenmsgLen = 4

// An NSID is the id of a network namespace, as another namespace knows it.
type NSID struct {
	// ID is the id, NSIDNotAssigned if it has none.
	ID int32
	// Current is the id in the socket's own namespace, if the request was about
	// the ids of another.
	Current Opt[int32]
}

// NSIDSet assigns an id in the socket's namespace to another namespace. If that
// namespace already has an id, or the id is taken, the error matches
// fs.ErrExist.
type NSIDSet struct {
	// NetNS is the namespace, by descriptor, process or name.
	NetNS NetNS
	// ID is 0 or more, or NSIDNotAssigned for the lowest free id.
	ID int32
}

// Encode implements Request.
func (r *NSIDSet) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWNSID, 0)
	e.Header(unix.AF_UNSPEC, 0, 0, 0)
	if r.NetNS.attr == unix.IFLA_TARGET_NETNSID {
		e.Fail("assign an nsid: give the namespace by descriptor, process or name")
		return
	}
	r.NetNS.encodeNSID(e)
	if r.ID < NSIDNotAssigned {
		e.Fail("nsid %d: want 0 or more, or %d to let the kernel choose", r.ID, NSIDNotAssigned)
		return
	}
	e.Int32(unix.NETNSA_NSID, r.ID)
}

// NSIDGet asks for the id that a namespace has. Conn.NSID runs it.
type NSIDGet struct {
	// NetNS is the namespace whose id is wanted: by descriptor, process or
	// name, or by its id in the socket's own, which is useful with a Target.
	NetNS NetNS
	// Target is the id of the namespace in which the answer is valid. If it is
	// absent, that is the socket's own.
	Target Opt[int32]
}

// Encode implements Request.
func (r *NSIDGet) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETNSID, 0)
	e.Header(unix.AF_UNSPEC, 0, 0, 0)
	r.NetNS.encodeNSID(e)
	optTarget(e, r.Target)
}

// NSIDDump lists the ids by which a namespace knows others. Conn.NSIDs runs it.
type NSIDDump struct {
	// Target is the id of the namespace to ask. If it is absent, that is the
	// socket's own.
	Target Opt[int32]
}

// Encode implements Request.
func (r *NSIDDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETNSID, unix.NLM_F_DUMP)
	e.Header(unix.AF_UNSPEC, 0, 0, 0)
	optTarget(e, r.Target)
}

func optTarget(e *Encoder, id Opt[int32]) {
	if v, ok := id.Get(); ok {
		e.Int32(unix.NETNSA_TARGET_NSID, v)
	}
}

// encodeNSID appends n as an attribute of nsid messages.
func (n NetNS) encodeNSID(e *Encoder) {
	other := uint16(unix.NETNSA_FD)
	switch n.attr {
	case 0:
		e.Fail("nsid: no namespace given")
	case unix.IFLA_NET_NS_PID:
		other = unix.NETNSA_PID
	case unix.IFLA_TARGET_NETNSID:
		other = unix.NETNSA_NSID
	}
	n.encodeAs(e, unix.NETNSA_FD, other)
}

// DecodeNSID reads an RTM_NEWNSID or RTM_DELNSID.
func DecodeNSID(m Message) (NSID, error) {
	n := NSID{ID: NSIDNotAssigned}
	if m.Type != unix.RTM_NEWNSID && m.Type != unix.RTM_DELNSID {
		return NSID{}, fmt.Errorf("%w: type %d where an nsid was expected", ErrMalformed, m.Type)
	}
	if len(m.Data) < rtgenmsgLen {
		return NSID{}, fmt.Errorf("%w: an nsid of %d bytes", ErrMalformed, len(m.Data))
	}
	r := AttrReader{rest: m.Data[rtgenmsgLen:]}
	found := false
	for r.Next() {
		switch r.Type() {
		case unix.NETNSA_NSID:
			n.ID, found = r.Int32(), true
		case unix.NETNSA_CURRENT_NSID:
			n.Current = Some(r.Int32())
		}
	}
	if r.err != nil {
		return NSID{}, fmt.Errorf("nsid: %w", r.err)
	}
	if !found {
		return NSID{}, fmt.Errorf("%w: an nsid without its id", ErrMalformed)
	}
	return n, nil
}

// NSID returns the id that a namespace has, NSIDNotAssigned if it has none.
func (c *Conn) NSID(ctx context.Context, req NSIDGet) (int32, error) {
	m, err := c.Get(ctx, &req)
	if err != nil {
		return NSIDNotAssigned, err
	}
	n, err := DecodeNSID(m)
	if err != nil {
		return NSIDNotAssigned, err
	}
	return n.ID, nil
}

// NSIDs lists the ids that are assigned.
func (c *Conn) NSIDs(ctx context.Context, req NSIDDump) ([]NSID, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	ids := make([]NSID, 0, m.Len())
	for msg := range m.All() {
		n, err := DecodeNSID(msg)
		if err != nil {
			return nil, err
		}
		ids = append(ids, n)
	}
	return ids, nil
}
