package rules

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

var leftover = Rule{
	ID: "leftover-bytes", Severity: Warning,
	Summary: "bytes after the last attribute",
	Reason: "The kernel reads attributes as long as it finds any. It ignores the bytes after them and writes \"bytes " +
		"leftover after parsing attributes\" to its log or, if it checks the message strictly, refuses it. Usually " +
		"nlmsg_len, or the length of a nest, counts a structure or an attribute that is not there, or the fixed header " +
		"belongs to another message.",
	Sources: []string{
		"__nla_validate_parse() in lib/nlattr.c",
		"https://github.com/lldpd/lldpd/issues/373",
	},
	start: func(found report) check {
		return check{attrs: func(e *event, n *nest) {
			if len(n.rest) > 0 {
				found(Warning, e.place(), "", fmt.Sprintf("%s: %d bytes that are not an attribute", n.in(), len(n.rest)))
			}
		}}
	},
}

var attrLength = Rule{
	ID: "attr-length", Severity: Warning,
	Summary: "an integer whose length is not the kernel's",
	Reason: "The kernel reads as many bytes as it expects: of a longer integer only half, on a big-endian machine the wrong " +
		"half. It writes \"attribute type N has an invalid length\" to its log. It refuses a shorter integer, or any " +
		"wrong length if it checks the message strictly. Use the type in the kernel's policy.",
	Sources: []string{
		"validate_nla() in lib/nlattr.c",
		"https://github.com/lxc/lxc/issues/3386",
	},
	start: func(found report) check {
		return check{attrs: func(e *event, n *nest) {
			for i := range n.attrs {
				a := &n.attrs[i]
				if a.known && (a.Kind.Integer() || a.Kind == nlspec.Flag) && !a.Kind.Fits(len(a.payload)) {
					found(Warning, e.place(), "", fmt.Sprintf("%s %s: %s, but the kernel's is %s", n.message.name(), n.at(a),
						plural(len(a.payload), "byte"), a.Kind))
				}
			}
		}}
	},
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

var duplicateAttr = Rule{
	ID: "duplicate-attr", Severity: Warning,
	Summary: "an attribute twice where only the last one counts",
	Reason: "The kernel keeps one attribute of each type, the last. The value of the earlier one is lost without an error. " +
		"Put each attribute once, unless it is one of a list.",
	Sources: []string{"__nla_validate_parse() in lib/nlattr.c (tb[type] = nla)", "nla_parse() in include/net/netlink.h"},
	start:   startDuplicateAttr,
}

// singles are the nests of rtnetlink in which only one attribute of each type
// counts, by the name of the attribute around them; "" is the message itself.
var singles = []string{"", "IFLA_LINKINFO", "IFLA_INFO_DATA", "RTA_METRICS"}

// lists are the messages whose attributes are elements of a list.
var lists = []string{"RTM_NEWVLAN", "RTM_DELVLAN"}

func startDuplicateAttr(found report) check {
	return check{attrs: func(e *event, n *nest) {
		around := ""
		if len(n.path) > 0 {
			around = n.path[len(n.path)-1]
		}
		if e.Protocol != unix.NETLINK_ROUTE || n.list || !slices.Contains(singles, around) || slices.Contains(lists, n.message.name()) {
			return
		}
		for i := range n.attrs {
			a := &n.attrs[i]
			if !a.known || a.Kind == nlspec.Pad {
				continue
			}
			for k := range i {
				if (n.attrs[k].typ^a.typ)&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER) == 0 {
					found(Warning, e.place(), "", fmt.Sprintf("%s: %s occurs twice", n.message.name(), n.at(a)))
					break
				}
			}
		}
	}}
}

var byteOrder = Rule{
	ID: "byte-order", Severity: Hint,
	Summary: "a number that makes sense in the other byte order",
	Reason: "Most integers of netlink are in the host's byte order, but ports, Ethernet protocols and addresses are in " +
		"network byte order. The kernel accepts either, but reads another number: 4789 becomes 46354. Look up the " +
		"attribute's policy or nla_get_be16().",
	Sources: []string{
		"nla_get_be16() in include/net/netlink.h; vxlan_nl2conf() in drivers/net/vxlan/vxlan_core.c",
		"https://github.com/rust-netlink/netlink-packet-route/issues/28",
	},
	start: startByteOrder,
}

// usual are the usual numbers of attributes that have no names for their
// values.
var usual = map[string][]uint64{
	"IFLA_VXLAN_PORT": {4789, 8472}, "IFLA_GENEVE_PORT": {6081},
}

// below are attributes whose numbers are below a limit.
var below = map[string]uint64{"IFLA_VLAN_ID": 4096}

func startByteOrder(found report) check {
	return check{attrs: func(e *event, n *nest) {
		for i := range n.attrs {
			a := &n.attrs[i]
			if !a.known || !a.Kind.Fits(len(a.payload)) || len(a.payload) != 2 && len(a.payload) != 4 {
				continue
			}
			number, ok := a.Kind.Number(a.payload)
			if !ok {
				continue
			}
			swapped := slices.Clone(a.payload)
			slices.Reverse(swapped)
			other, _ := a.Kind.Number(swapped)
			if number == other || sensible(a, number) != no || sensible(a, other) != yes {
				continue
			}
			found(Hint, e.place(), "", fmt.Sprintf("%s %s is %d; in the other byte order it is %d", n.message.name(), n.at(a), number, other))
		}
	}}
}

type answer uint8

const (
	unknown answer = iota
	yes
	no
)

// sensible reports whether a number makes sense in an attribute.
func sensible(a *attr, n uint64) answer {
	if limit, ok := below[a.Name]; ok {
		if n < limit {
			return yes
		}
		return no
	}
	if list, ok := usual[a.Name]; ok {
		if slices.Contains(list, n) {
			return yes
		}
		return no
	}
	// If only a few numbers have names, any other number may be as good.
	if a.Values == nil || a.Values.Bits || len(a.Values.Consts) < 4 || !strings.Contains(strings.ToUpper(a.Name), "PROTO") {
		return unknown
	}
	if count, _ := a.Values.Each(n, nil); count > 0 {
		return yes
	}
	return no
}
