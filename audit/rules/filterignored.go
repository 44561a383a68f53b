package rules

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

var filterIgnored = Rule{
	ID: "filter-ignored", Severity: Warning,
	Summary: "a dump asked for a part, and got everything",
	Reason: "Without NETLINK_GET_STRICT_CHK (Linux 4.20), the kernel ignores most of a dump request and sends the whole " +
		"table, and a program that trusts its filter takes entries of other interfaces for those it asked for. Set the " +
		"option, but check the answers all the same: NLM_F_DUMP_FILTERED says that the kernel has filtered. A dump of " +
		"links cannot be filtered by ifi_index or IFLA_IFNAME, and is refused with the option: ask for one link without " +
		"NLM_F_DUMP.",
	Sources: []string{
		"rtnl_valid_dump_ifinfo_req() in net/core/rtnetlink.c", "inet_valid_dump_ifaddr_req() in net/ipv4/devinet.c, ip_valid_fib_dump_req() in net/ipv4/fib_frontend.c", "netlink(7)",
		"https://github.com/jsimonetti/rtnetlink/issues/121",
	},
	Needs: Sockets,
	start: startFilterIgnored,
}

// filter is a way to ask for part of a table: a field of the fixed header, or
// an attribute with a u32 or a text.
type filter struct {
	request, answer uint16
	name            string
	offset, size    int    // of the field, from the end of the nlmsghdr; size 0 for none
	attr            uint16 // 0 for none
	text            bool   // the attribute is a text
}

var filters = []filter{
	{request: unix.RTM_GETLINK, answer: unix.RTM_NEWLINK, name: "ifi_index", offset: 4, size: 4},
	{request: unix.RTM_GETLINK, answer: unix.RTM_NEWLINK, name: "IFLA_IFNAME", attr: unix.IFLA_IFNAME, text: true},
	{request: unix.RTM_GETADDR, answer: unix.RTM_NEWADDR, name: "ifa_index", offset: 4, size: 4},
	{request: unix.RTM_GETNEIGH, answer: unix.RTM_NEWNEIGH, name: "ndm_ifindex", offset: 4, size: 4},
	{request: unix.RTM_GETNEIGH, answer: unix.RTM_NEWNEIGH, name: "NDA_IFINDEX", offset: 4, size: 4, attr: 8},
	{request: unix.RTM_GETROUTE, answer: unix.RTM_NEWROUTE, name: "rtm_table", offset: 4, size: 1},
	{request: unix.RTM_GETROUTE, answer: unix.RTM_NEWROUTE, name: "rtm_protocol", offset: 5, size: 1},
	{request: unix.RTM_GETROUTE, answer: unix.RTM_NEWROUTE, name: "RTA_TABLE", attr: unix.RTA_TABLE},
	{request: unix.RTM_GETROUTE, answer: unix.RTM_NEWROUTE, name: "RTA_OIF", attr: unix.RTA_OIF},
}

// fixed returns the length of the fixed header of the messages in filters.
func fixed(typ uint16) int {
	switch typ {
	case unix.RTM_GETLINK, unix.RTM_NEWLINK:
		return unix.SizeofIfInfomsg
	case unix.RTM_GETADDR, unix.RTM_NEWADDR:
		return unix.SizeofIfAddrmsg
	}
	return unix.SizeofRtMsg // and struct ndmsg
}

// field returns the field of a message, or 0.
func (f *filter) field(data []byte) uint32 {
	if b := data[min(unix.NLMSG_HDRLEN+f.offset, len(data)):]; f.size == 4 && len(b) >= 4 {
		return binary.NativeEndian.Uint32(b)
	} else if f.size == 1 && len(b) >= 1 {
		return uint32(b[0])
	}
	return 0
}

// number returns a number as a text, or "" for 0.
func number(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

// attribute returns the attribute of a message, or "".
func (f *filter) attribute(typ uint16, data []byte) string {
	for b := data[min(unix.NLMSG_HDRLEN+fixed(typ), len(data)):]; len(b) >= unix.NLA_HDRLEN; {
		n := int(binary.NativeEndian.Uint16(b))
		if n < unix.NLA_HDRLEN || n > len(b) {
			return ""
		}
		switch payload := b[unix.NLA_HDRLEN:n]; {
		case binary.NativeEndian.Uint16(b[2:]) != f.attr:
		case f.text:
			return string(bytes.TrimRight(payload, "\x00"))
		case len(payload) == 4:
			return number(binary.NativeEndian.Uint32(payload))
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return ""
}

// asked returns the value that a request asks for, or "" if it asks for
// everything.
func (f *filter) asked(r *request) string {
	if len(r.data) < unix.NLMSG_HDRLEN+fixed(r.typ) {
		return "" // in an older program's request the kernel reads only the address family
	}
	if f.attr != 0 {
		return f.attribute(r.typ, r.data)
	}
	return number(f.field(r.data))
}

// has returns the value of an answer, or "".
func (f *filter) has(m *message) string {
	if f.size != 0 {
		return number(f.field(m.data))
	}
	return f.attribute(m.Type, m.data)
}

func startFilterIgnored(found report) check {
	return check{answer: func(e *event, m *message) {
		r := m.req
		// Dumps of bridges' forwarding databases have another fixed header.
		if r == nil || !r.dump || e.Protocol != unix.NETLINK_ROUTE || r.family == unix.AF_BRIDGE || m.cut ||
			e.socket.options[unix.NETLINK_GET_STRICT_CHK] != 0 {
			return
		}
		for i := range filters {
			f := &filters[i]
			if r.typ != f.request || m.Type != f.answer {
				continue
			}
			asked := f.asked(r)
			if has := f.has(m); asked != "" && has != "" && has != asked && !r.told {
				r.told = true
				found(Warning, r.place, r.name+f.name, fmt.Sprintf("%s asked for %s %s and got %s too", r.name, f.name, asked, has))
			}
		}
	}}
}
