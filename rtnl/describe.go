package rtnl

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// Describe says in words what a message of rtnetlink asks for: the operation,
// such as "create link", and the object, such as "a0" in quotation marks or
// "index 7". The object is "" if the message names none.
func Describe(message []byte) (op, object string) {
	op, object, _ = describe(encoded{b: message})
	return op, object
}

// encoded is a request as it is sent.
type encoded struct {
	b     []byte
	links []linkAt // the links it names
}

// link returns the name of the link in the fixed header, whose index is at the
// same offset in all headers that have one.
func (r encoded) link(m Message) string {
	for _, l := range r.links {
		if l.header {
			return quote(l.name)
		}
	}
	return "index " + itoa(uint64(m.header32(4)))
}

// describe says in words what a request does and to what. It works on the
// bytes, because batches keep no request values.
func describe(request encoded) (op, object string, deletes bool) {
	m, _, err := nextMessage(request.b)
	if err != nil {
		return "send", "a malformed message", false
	}
	kind, ok := describers[m.Type&^3]
	if !ok {
		return "send", "message type " + itoa(uint64(m.Type)), false
	}
	what := kind.noun
	if kind.is != nil {
		what = kind.is(m)
	}
	verb := "get"
	switch m.Type & 3 {
	case unix.RTM_NEWLINK & 3:
		switch {
		case m.Flags&(unix.NLM_F_REPLACE|unix.NLM_F_CREATE) == unix.NLM_F_REPLACE:
			verb = "change"
		case m.Flags&unix.NLM_F_REPLACE != 0:
			verb = "replace"
		case m.Flags&(unix.NLM_F_APPEND|unix.NLM_F_EXCL) == unix.NLM_F_APPEND:
			verb = "append"
		case m.Flags&unix.NLM_F_CREATE != 0:
			verb = kind.create
		default:
			verb = "set"
		}
	case unix.RTM_DELLINK & 3:
		verb, deletes = "delete", true
		if m.Flags&unix.NLM_F_BULK != 0 {
			verb, what = "flush", plural(what)
		}
	case unix.RTM_GETLINK & 3:
		if m.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP {
			return "list", plural(what), false
		}
	case unix.RTM_SETLINK & 3:
		verb = "set"
	}
	return verb + " " + what, kind.object(m, request), deletes
}

func plural(noun string) string {
	switch noun {
	case "address":
		return "addresses"
	case "FDB entry":
		return "FDB entries"
	case "VLANs of bridge port":
		return "VLANs of bridge ports"
	}
	return noun + "s"
}

type describer struct {
	noun   string
	create string                 // the verb for NLM_F_CREATE
	is     func(m Message) string // the noun, if the header decides it
	object func(m Message, r encoded) string
}

// describers are keyed by the first of each object's four message types.
var describers = map[uint16]describer{
	unix.RTM_NEWLINK:  {noun: "link", create: "create", is: linkNoun, object: linkObject},
	unix.RTM_NEWADDR:  {noun: "address", create: "add", object: addrObject},
	unix.RTM_NEWROUTE: {noun: "route", create: "add", object: routeObject},
	unix.RTM_NEWNEIGH: {noun: "neighbour", create: "add", is: func(m Message) string {
		if len(m.Data) > 0 && m.Data[0] == unix.AF_BRIDGE {
			return "FDB entry"
		}
		return "neighbour"
	}, object: neighObject},
	unix.RTM_NEWRULE:     {noun: "rule", create: "add", object: ruleObject},
	unix.RTM_NEWNEXTHOP:  {noun: "nexthop", create: "add", object: nexthopDescribed},
	unix.RTM_NEWNSID:     {noun: "nsid", create: "set", object: nsidObject},
	unix.RTM_NEWQDISC:    {noun: "qdisc", create: "add", object: qdiscObject},
	unix.RTM_NEWVLAN:     {noun: "VLANs of bridge port", object: vlanObject},
	unix.RTM_NEWSTATS:    {noun: "statistic", object: linkObject},
	unix.RTM_NEWLINKPROP: {noun: "alternative name", create: "add", object: altNameObject},
}

// nexthopDescribed returns the id of a nexthop.
func nexthopDescribed(m Message, _ encoded) string {
	for a := m.attrs(sizeofNhMsg); a.Next(); {
		if a.Type() == nhaID {
			return itoa(uint64(a.Uint32()))
		}
	}
	return ""
}

func linkNoun(m Message) string {
	if len(m.Data) == 0 || m.Data[0] != unix.AF_BRIDGE {
		return "link"
	}
	for a := m.attrs(unix.SizeofIfInfomsg); a.Next(); {
		if a.Type() != unix.IFLA_AF_SPEC {
			continue
		}
		for n := a.Nested(); n.Next(); {
			if n.Type() == iflaBridgeVLANInfo || n.Type() == iflaBridgeVLANTunnelInfo {
				return "VLANs of bridge port"
			}
		}
	}
	return "bridge port"
}

// Attributes of IFLA_AF_SPEC of AF_BRIDGE (include/uapi/linux/if_bridge.h).
const (
	iflaBridgeVLANInfo       = 2
	iflaBridgeVLANTunnelInfo = 3
)

// vlanObject is the object of struct br_vlan_msg, which has its index where
// struct ifinfomsg has it.
func vlanObject(m Message, r encoded) string { return r.link(m) }

// header32 returns the 32-bit number at off of the message's fixed header.
func (m Message) header32(off int) uint32 {
	if len(m.Data) < off+4 {
		return 0
	}
	return binary.NativeEndian.Uint32(m.Data[off:])
}

// attrs returns a reader of the attributes after a fixed header of n bytes.
func (m Message) attrs(n int) AttrReader {
	if len(m.Data) <= n {
		return AttrReader{}
	}
	return AttrReader{rest: m.Data[n:]}
}

func linkObject(m Message, r encoded) string {
	link := r.link(m)
	var name, group string
	for a := m.attrs(unix.SizeofIfInfomsg); a.Next(); {
		switch a.Type() {
		case unix.IFLA_IFNAME, unix.IFLA_ALT_IFNAME:
			name = quote(a.String())
		case unix.IFLA_GROUP:
			group = "group " + itoa(uint64(a.Uint32()))
		}
	}
	switch {
	case link != "index 0" && (m.Flags&unix.NLM_F_CREATE == 0 || name == ""):
		if name != "" {
			link += " to name " + name
		}
		return link
	case name != "":
		return name
	}
	return group
}

func altNameObject(m Message, r encoded) string {
	var names []string
	for a := m.attrs(unix.SizeofIfInfomsg); a.Next(); {
		if a.Type() != unix.IFLA_PROP_LIST {
			continue
		}
		for p := a.Nested(); p.Next(); {
			names = append(names, quote(p.String()))
		}
	}
	m.Flags = 0 // the link already exists
	return strings.Join(names, ", ") + " of " + linkObject(m, r)
}

func addrObject(m Message, r encoded) string {
	if len(m.Data) < unix.SizeofIfAddrmsg {
		return ""
	}
	var local, addr string
	for a := m.attrs(unix.SizeofIfAddrmsg); a.Next(); {
		switch a.Type() {
		case unix.IFA_LOCAL:
			local = addrText(a.Bytes())
		case unix.IFA_ADDRESS:
			addr = addrText(a.Bytes())
		}
	}
	if local == "" {
		local = addr
	}
	return local + "/" + itoa(uint64(m.Data[1])) + " on " + r.link(m)
}

func routeObject(m Message, _ encoded) string {
	if len(m.Data) < unix.SizeofRtMsg {
		return ""
	}
	dst, table := "default", uint32(m.Data[4])
	for r := m.attrs(unix.SizeofRtMsg); r.Next(); {
		switch r.Type() {
		case unix.RTA_DST:
			dst = addrText(r.Bytes()) + "/" + itoa(uint64(m.Data[1]))
		case unix.RTA_TABLE:
			table = r.Uint32()
		}
	}
	if table != unix.RT_TABLE_MAIN && table != 0 {
		dst += " in table " + itoa(uint64(table))
	}
	return dst
}

func neighObject(m Message, r encoded) string {
	var dst, ll string
	where := "on " + r.link(m)
	for a := m.attrs(unix.SizeofNdMsg); a.Next(); {
		switch a.Type() {
		case unix.NDA_DST:
			dst = addrText(a.Bytes())
		case unix.NDA_LLADDR:
			ll = net.HardwareAddr(a.Bytes()).String()
		case unix.NDA_MASTER:
			if where == "on index 0" {
				where = "of bridge index " + itoa(uint64(a.Uint32()))
			}
		}
	}
	if dst == "" || len(m.Data) > 0 && m.Data[0] == unix.AF_BRIDGE {
		dst = ll
	}
	if dst != "" {
		dst += " "
	}
	return dst + where
}

func ruleObject(m Message, _ encoded) string {
	for r := m.attrs(unix.SizeofRtMsg); r.Next(); {
		if r.Type() == unix.FRA_PRIORITY {
			return "with priority " + itoa(uint64(r.Uint32()))
		}
	}
	return "without a priority"
}

func nsidObject(m Message, _ encoded) string {
	var id, of string
	for r := m.attrs(align4(unix.SizeofRtGenmsg)); r.Next(); {
		switch r.Type() {
		case unix.NETNSA_NSID:
			id = signed(int64(r.Int32()))
		case unix.NETNSA_PID:
			of = "of process " + itoa(uint64(r.Uint32()))
		case unix.NETNSA_FD:
			of = "of descriptor " + itoa(uint64(r.Uint32()))
		}
	}
	return strings.TrimSpace(id + " " + of)
}

func qdiscObject(m Message, r encoded) string {
	var kind string
	for a := m.attrs(tcmsgLen); a.Next(); {
		if a.Type() == tcaKind {
			kind = quote(a.String()) + " "
		}
	}
	at := TCHandle(m.header32(12))
	if at == TCRoot {
		return kind + "on " + r.link(m)
	}
	return kind + "in " + at.String() + " of " + r.link(m)
}

func addrText(b []byte) string {
	if a, ok := netip.AddrFromSlice(b); ok {
		return a.String()
	}
	return "invalid address"
}
