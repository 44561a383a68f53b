package rules

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

var programs = []program{
	{"an interrupted dump", func() error { return interruptedDump(false) }, "dump-intr"},
	{"an interrupted dump, repeated", func() error { return interruptedDump(true) }, ""},
	{"an overrun", func() error { return overrunning(unix.RTMGRP_LINK, noDump) }, "overrun-no-resync"},
	{"an overrun and a dump", func() error { return overrunning(unix.RTMGRP_LINK, dumpLinks) }, ""},
	{"an overrun and a dump of something else", func() error { return overrunning(unix.RTMGRP_LINK, dumpAddresses(unix.AF_UNSPEC)) }, "overrun-no-resync"},
	{"an overrun and a dump that is refused", func() error { return overrunning(unix.RTMGRP_LINK, refusedDump) }, "overrun-no-resync"},
	{"an overrun and a dump that is refused at first", func() error { return overrunning(unix.RTMGRP_LINK, refusedAtFirst) }, ""},
	{"an overrun and a dump of one of two tables", func() error {
		return overrunning(unix.RTMGRP_LINK|unix.RTMGRP_IPV6_IFADDR, dumpAddresses(unix.AF_UNSPEC))
	}, ""},
	{"an overrun of events about devices", func() error { return overrunningOf(unix.NETLINK_KOBJECT_UEVENT, 1, noDump) }, ""},
	{"an overrun and a dump of another family", func() error {
		return overrunning(unix.RTMGRP_LINK|unix.RTMGRP_IPV6_IFADDR, dumpAddresses(unix.AF_INET))
	}, "overrun-no-resync"},
	{"too little room for a dump", func() error { return receiveInto(1024) }, "truncated"},
	{"enough room for a dump", func() error { return receiveInto(plenty) }, ""},
	{"a dump during a dump", func() error { return twoDumps(false) }, "dump-overlap"},
	{"two dumps asked for at once", dumpsAtOnce, "dump-overlap"},
	{"a dump after one whose end is not read", endUnread, "dump-overlap"},
	{"a dump after a dump", func() error { return twoDumps(true) }, ""},
	{"a nest's length counts too much", func() error { return bridgeWith(brokenNest) }, "leftover-bytes"},
	{"a u64 for a u32", func() error { return bridgeWith(longAgeing) }, "attr-length"},
	{"a bridge", func() error { return bridgeWith(ageing) }, ""},
	{"tables asked for as older programs do", olderDumps, ""},
	{"an MTU twice", twoMTUs, "duplicate-attr"},
	{"a port in the host's byte order", func() error { return vxlan(u16(4789)) }, "byte-order"},
	{"a port in network byte order", func() error { return vxlan(binary.BigEndian.AppendUint16(nil, 4789)) }, ""},
	{"no NLA_F_NESTED in a next hop", func() error { return nexthop(0) }, "nested-flag"},
	{"NLA_F_NESTED in a next hop", func() error { return nexthop(unix.NLA_F_NESTED) }, ""},
	{"addresses of one interface", func() error { return addressesOf(false) }, "filter-ignored"},
	{"addresses of one interface, checked strictly", func() error { return addressesOf(true) }, ""},
	{"a dump of one link by its index", func() error { return linksBy(ifinfo(1)) }, "filter-ignored"},
	{"a dump of one link by its name", func() error { return linksBy(ifinfo(0), nla(unix.IFLA_IFNAME, text("lo"))) }, "filter-ignored"},
	{"a dump of links with IFLA_EXT_MASK", func() error { return linksBy(ifinfo(0), nla(unix.IFLA_EXT_MASK, u32(1))) }, ""},
	{"nlmsg_pid is getpid()", func() error { return secondSocket(true) }, "port-id"},
	{"nlmsg_pid is the port ID", func() error { return secondSocket(false) }, ""},
	{"bind to getpid()", bindToProcess, "port-id"},
	{"a request to a group", func() error { return requestTo(unix.RTMGRP_NEIGH) }, "sender"},
	{"a request of a socket connected to a group", func() error { return connected(unix.RTMGRP_NEIGH) }, "sender"},
	{"a request to the kernel of a socket connected to a group", func() error { return connectedAndTo(unix.RTMGRP_NEIGH) }, ""},
	{"a request of a socket connected to a group, then to the kernel", func() error { return connected(unix.RTMGRP_NEIGH, 0) }, ""},
	{"a request of a socket connected to a group, then no more", disconnected, ""},
	{"another's request taken without its address", func() error { return fromAnother(false) }, "sender"},
	{"another's request taken with its address", func() error { return fromAnother(true) }, ""},
	{"a request to the kernel", func() error { return requestTo(0) }, ""},
	{"an acknowledgement left behind", func() error { return acknowledged(false) }, "ack-unread"},
	{"an acknowledgement read", func() error { return acknowledged(true) }, ""},
	{"the same number again", sameNumber, "seq-reused"},
	{"a change without an acknowledgement", func() error { return unacknowledged(false) }, "no-ack"},
	{"a change and a request", func() error { return unacknowledged(true) }, ""},
	{"many changes one by one", oneByOne, "batch"},
	{"many changes, and then their acknowledgements", pipelined, ""},
	{"a look-up after creation", lookUp, "chosen-index"},
	{"a move after creation", move, "create-in-place"},
	{"many changes that are refused", refusedChanges, ""},
	{"creations that are refused, and look-ups", refusedCreations, ""},
	{"moves that are refused", refusedMoves, ""},
}
