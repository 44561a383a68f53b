package rtnl

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// DecodeRequest reads a message that a program sends and returns the request
// that means the same: a LinkAdd, LinkSet, LinkDel, AltNameAdd, AltNameDel,
// AddrAdd, AddrDel, RouteAdd, RouteDel, NeighAdd, NeighDel, NexthopAdd,
// NexthopDel, RuleAdd, RuleDel or NSIDSet. If there is none, which is so for every message that changes
// nothing, the error matches ErrNotSupported. Attributes may be in any order.
// Byte slices of the request alias the message.
func DecodeRequest(m Message) (Request, error) {
	if m.Type == unix.RTM_NEWLINK && len(m.Data) >= unix.SizeofIfInfomsg {
		m = withPortKind(m)
	}
	candidates, err := requests(m)
	if err != nil {
		return nil, err
	}
	for _, r := range candidates {
		if SameRequest(m, r) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("a message of type %d: no request says all of it: %w", m.Type, ErrNotSupported)
}

// requests returns the requests that a message may be, the most likely first.
// The message may contain more than they say.
func requests(m Message) ([]Request, error) {
	switch m.Type {
	case unix.RTM_NEWLINK, unix.RTM_SETLINK, unix.RTM_DELLINK:
		return linkRequests(m)
	case unix.RTM_NEWLINKPROP, unix.RTM_DELLINKPROP:
		return altNameRequests(m)
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		a, err := DecodeAddress(m)
		if m.Type == unix.RTM_DELADDR {
			return []Request{&AddrDel{Address: a}, &AddrDel{Address: a, AnyLength: true}}, err
		}
		return []Request{&AddrAdd{Address: a, Mode: modeOf(m.Flags)}}, err
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		r, err := DecodeRoute(m)
		for i := range r.Nexthops {
			if h := &r.Nexthops[i]; h.Weight == 1 {
				h.Weight = 0
			}
		}
		if m.Type == unix.RTM_DELROUTE {
			if r.Scope == Some[uint8](unix.RT_SCOPE_NOWHERE) {
				r.Scope = Opt[uint8]{} // any scope
			}
			return []Request{&RouteDel{r}}, err
		}
		short := r
		short.Scope = Opt[uint8]{}
		return []Request{&RouteAdd{Route: short, Mode: modeOf(m.Flags)}, &RouteAdd{Route: r, Mode: modeOf(m.Flags)}}, err
	case unix.RTM_NEWNEIGH, unix.RTM_DELNEIGH:
		n, err := DecodeNeigh(m)
		if n.State == unix.NUD_NONE {
			n.State = NeighStateNone
		}
		if m.Type == unix.RTM_DELNEIGH {
			return []Request{&NeighDel{n}}, err
		}
		return []Request{&NeighAdd{Neigh: n, Mode: modeOf(m.Flags)}}, err
	case unix.RTM_NEWRULE, unix.RTM_DELRULE:
		return ruleRequests(m)
	case unix.RTM_NEWNEXTHOP, unix.RTM_DELNEXTHOP:
		n, err := DecodeNexthop(m)
		if m.Type == unix.RTM_DELNEXTHOP {
			return []Request{&NexthopDel{n.ID}}, err
		}
		for i := range n.Group {
			if h := &n.Group[i]; h.Weight == 1 {
				h.Weight = 0
			}
		}
		return []Request{&NexthopAdd{NexthopObject: n, Mode: modeOf(m.Flags)}}, err
	case unix.RTM_NEWNSID:
		return nsidRequests(m)
	}
	return nil, nil
}

// modeFlags are the flags that express a Mode.
const modeFlags = unix.NLM_F_REPLACE | unix.NLM_F_EXCL | unix.NLM_F_CREATE | unix.NLM_F_APPEND

// modeOf returns the mode that flags express. For flags that no mode has, it
// returns a mode with other flags.
func modeOf(flags uint16) Mode {
	var e Encoder
	for m := ModeAdd; m <= ModePrepend; m++ {
		if m.flags(&e, "", ModePrepend) == flags&modeFlags {
			return m
		}
	}
	return ModeAdd
}

func linkRequests(m Message) ([]Request, error) {
	if len(m.Data) < unix.SizeofIfInfomsg {
		return nil, fmt.Errorf("%w: a link of %d bytes", ErrMalformed, len(m.Data))
	}
	p, err := decodeLinkParts(m.Data)
	if err != nil {
		return nil, err
	}
	ref := LinkRef{Index: p.index}
	var group Opt[uint32]
	if p.index == 0 {
		ref.Name = p.name
		if ref.Name == "" {
			group, p.attrs.Group = p.attrs.Group, Opt[uint32]{}
		}
	}
	switch {
	case m.Type == unix.RTM_DELLINK:
		return []Request{&LinkDel{Link: ref, InGroup: group, NetNS: p.attrs.NetNS, Family: m.Data[0]}}, nil
	case m.Type == unix.RTM_NEWLINK && m.Flags&unix.NLM_F_CREATE != 0:
		kind, err := p.info.kind()
		return []Request{&LinkAdd{Kind: kind, Name: p.name, Index: p.index, LinkAttrs: p.attrs}}, err
	}
	set := &LinkSet{Link: ref, InGroup: group, LinkAttrs: p.attrs, NewIndex: p.newIndex}
	if p.index != 0 {
		set.NewName = p.name
	}
	if p.info.kindName != "" {
		if set.Kind, err = p.info.kind(); err != nil {
			return nil, err
		}
	}
	if set.Port, err = p.info.port(); err != nil {
		return nil, err
	}
	return []Request{set}, nil
}

// linkParts are the parts of a link message, or of the part of one that
// describes a veth's peer.
type linkParts struct {
	index, newIndex uint32
	name            string
	altNames        []string
	attrs           LinkAttrs
	info            linkInfo
}

type linkInfo struct {
	kindName, portKind string
	data, portData     []byte
}

// decodeLinkParts reads a struct ifinfomsg and its attributes.
func decodeLinkParts(b []byte) (p linkParts, err error) {
	p.index = binary.NativeEndian.Uint32(b[4:])
	a := &p.attrs
	a.Flags, a.Change = binary.NativeEndian.Uint32(b[8:]), binary.NativeEndian.Uint32(b[12:])
	r := AttrReader{rest: b[unix.SizeofIfInfomsg:]}
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_IFNAME, unix.IFLA_ALT_IFNAME:
			p.name = r.String()
		case unix.IFLA_NEW_IFINDEX:
			p.newIndex = r.Uint32()
		case unix.IFLA_PROP_LIST:
			n := r.Nested()
			for n.Next() {
				p.altNames = append(p.altNames, n.String())
			}
			r.Adopt(&n)
		case unix.IFLA_LINKINFO:
			n := r.Nested()
			for n.Next() {
				switch n.Type() {
				case unix.IFLA_INFO_KIND:
					p.info.kindName = n.String()
				case unix.IFLA_INFO_DATA:
					p.info.data = n.data
				case unix.IFLA_INFO_SLAVE_KIND:
					p.info.portKind = n.String()
				case unix.IFLA_INFO_SLAVE_DATA:
					p.info.portData = n.data
				}
			}
			r.Adopt(&n)
		default:
			a.decode(&r)
		}
	}
	return p, r.err
}

// decode reads one attribute. It ignores attributes that it does not know.
func (a *LinkAttrs) decode(r *AttrReader) {
	switch r.Type() {
	case unix.IFLA_NET_NS_PID, unix.IFLA_NET_NS_FD, unix.IFLA_TARGET_NETNSID:
		a.NetNS = NetNS{attr: r.Type(), value: r.Int32()}
	case unix.IFLA_LINK_NETNSID:
		a.LinkNetNSID = Some(r.Int32())
	case unix.IFLA_ADDRESS:
		a.Address = r.data
	case unix.IFLA_BROADCAST:
		a.Broadcast = r.data
	case unix.IFLA_MTU:
		a.MTU = r.Uint32()
	case unix.IFLA_LINK:
		a.Link = LinkIndex(r.Uint32())
	case unix.IFLA_NUM_TX_QUEUES:
		a.TxQueues = r.Uint32()
	case unix.IFLA_NUM_RX_QUEUES:
		a.RxQueues = r.Uint32()
	case unix.IFLA_TXQLEN:
		a.TxQueueLen = Some(r.Uint32())
	case unix.IFLA_MASTER:
		a.Master = Some(LinkIndex(r.Uint32()))
	case unix.IFLA_GROUP:
		a.Group = Some(r.Uint32())
	case unix.IFLA_IFALIAS:
		a.Alias = Some(r.String())
	case unix.IFLA_OPERSTATE:
		a.OperState = Some(r.Uint8())
	case unix.IFLA_LINKMODE:
		a.LinkMode = Some(r.Uint8())
	case unix.IFLA_CARRIER:
		a.Carrier = Some(r.Uint8())
	case unix.IFLA_PROTO_DOWN:
		a.ProtoDown = Some(r.Uint8())
	case unix.IFLA_GSO_MAX_SIZE:
		a.GSOMaxSize = Some(r.Uint32())
	case unix.IFLA_GSO_MAX_SEGS:
		a.GSOMaxSegs = Some(r.Uint32())
	case unix.IFLA_GRO_MAX_SIZE:
		a.GROMaxSize = Some(r.Uint32())
	case unix.IFLA_AF_SPEC:
		l := Link{AFSpec: r.data}
		if mode, ok := l.AddrGenMode(); ok {
			a.AddrGenMode = Some(mode)
		}
	}
}

func altNameRequests(m Message) ([]Request, error) {
	if len(m.Data) < unix.SizeofIfInfomsg {
		return nil, fmt.Errorf("%w: a link of %d bytes", ErrMalformed, len(m.Data))
	}
	p, err := decodeLinkParts(m.Data)
	ref := LinkRef{Index: p.index, Name: p.name}
	if m.Type == unix.RTM_DELLINKPROP {
		return []Request{&AltNameDel{Link: ref, Names: p.altNames}}, err
	}
	return []Request{&AltNameAdd{Link: ref, Names: p.altNames}}, err
}

// ruleRequests returns a rule twice: without what Encode fills in, and with it.
// The priority that DecodeRule fills in may be absent.
func ruleRequests(m Message) ([]Request, error) {
	r, err := DecodeRule(m)
	if err != nil {
		return nil, err
	}
	short := r
	if short.Action == unix.FR_ACT_TO_TBL || short.Action == unix.FR_ACT_GOTO {
		short.Action = unix.FR_ACT_UNSPEC
	}
	shorter := short
	if shorter.Table == unix.RT_TABLE_MAIN {
		shorter.Table = unix.RT_TABLE_UNSPEC
	}
	var list []Request
	for _, r := range []Rule{shorter, short, r} {
		for _, priority := range []Opt[uint32]{{}, r.Priority} {
			r.Priority = priority
			if m.Type == unix.RTM_DELRULE {
				list = append(list, &RuleDel{r})
			} else {
				list = append(list, &RuleAdd{r})
			}
		}
	}
	return list, nil
}

func nsidRequests(m Message) ([]Request, error) {
	if len(m.Data) < rtgenmsgLen {
		return nil, fmt.Errorf("%w: an nsid of %d bytes", ErrMalformed, len(m.Data))
	}
	var set NSIDSet
	r := AttrReader{rest: m.Data[rtgenmsgLen:]}
	for r.Next() {
		switch r.Type() {
		case unix.NETNSA_NSID:
			set.ID = r.Int32()
		case unix.NETNSA_PID:
			set.NetNS = NetNSPID(int(r.Int32()))
		case unix.NETNSA_FD:
			set.NetNS = NetNSFD(int(r.Int32()))
		}
	}
	return []Request{&set}, r.err
}

// SameRequest reports whether a request and a message mean the same: they have
// the same type, mode and header, and the same attributes in any order, whether
// or not nests are marked as such (NLA_F_NESTED) and strings end with a NUL.
func SameRequest(m Message, r Request) bool {
	b, err := Encode(r)
	if err != nil {
		return false
	}
	n, _, err := nextMessage(b)
	if err != nil {
		return false
	}
	size := headerSize(m.Type)
	typ := m.Type
	if _, set := r.(*LinkSet); set && typ == unix.RTM_SETLINK {
		typ = unix.RTM_NEWLINK // without NLM_F_CREATE it does the same (net/core/rtnetlink.c)
	}
	if typ != n.Type || m.Flags&modeFlags != n.Flags&modeFlags || len(m.Data) < size || len(n.Data) < size {
		return false
	}
	return bytes.Equal(m.Data[:size], n.Data[:size]) && bytes.Equal(canonical(m.Data[size:], 0), canonical(n.Data[size:], 0))
}

// headerSize returns the length of the fixed header of an rtnetlink message.
func headerSize(typ uint16) int {
	switch typ &^ 3 {
	case unix.RTM_NEWADDR:
		return unix.SizeofIfAddrmsg
	case unix.RTM_NEWROUTE:
		return unix.SizeofRtMsg
	case unix.RTM_NEWNEIGH:
		return unix.SizeofNdMsg
	case unix.RTM_NEWRULE:
		return fibRuleHdrLen
	case unix.RTM_NEWNSID:
		return rtgenmsgLen
	}
	return unix.SizeofIfInfomsg
}

// maxNests bounds the depth of nested attributes.
const maxNests = 8

// canonical rewrites attributes so that two buffers with the same meaning are
// equal: it sorts attributes at every depth and removes zeros at the end of
// values.
func canonical(b []byte, depth int) []byte {
	r := AttrReader{rest: b}
	var list [][]byte
	for r.Next() {
		value := bytes.TrimRight(r.data, "\x00")
		if depth < maxNests && len(r.data) >= nlaHdrLen {
			if inside := canonical(r.data, depth+1); inside != nil {
				value = inside
			} else if len(r.data) > unix.SizeofIfInfomsg {
				// A veth's peer has a header before its attributes.
				if inside := canonical(r.data[unix.SizeofIfInfomsg:], depth+1); inside != nil {
					value = slices.Concat(r.data[:unix.SizeofIfInfomsg], inside)
				}
			}
		}
		one := binary.BigEndian.AppendUint16(nil, r.Type())
		one = binary.BigEndian.AppendUint16(one, uint16(len(value)))
		list = append(list, append(one, value...))
	}
	if r.err != nil {
		return nil // it contains no attributes
	}
	slices.SortFunc(list, bytes.Compare)
	return slices.Concat(append(list, []byte{})...)
}
