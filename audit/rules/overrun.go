package rules

import (
	"maps"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

var overrun = Rule{
	ID: "overrun-no-resync", Severity: Error,
	Summary: "messages were lost, and not read again",
	Reason: "A receive failed with ENOBUFS: the socket's buffer was full, and the kernel dropped messages. The program went " +
		"on receiving, with an outdated picture of the network. After ENOBUFS, dump again what you keep. A larger " +
		"buffer (SO_RCVBUF) only makes it rarer. A dump by any socket of the process will do, if it is " +
		"not refused and reads a table that one of the overrun socket's groups reports changes of: RTM_GETLINK for " +
		"RTNLGRP_LINK, RTM_GETADDR of IPv4 or of all families for RTNLGRP_IPV4_IFADDR. Which of several tables the " +
		"program keeps cannot be seen. For a socket in no group, and for protocols other than rtnetlink, any dump by " +
		"the same protocol counts. Protocols without dumps are left out, since a program reads again elsewhere what " +
		"they told: NETLINK_KOBJECT_UEVENT (in /sys), NETLINK_CONNECTOR (in /proc), NETLINK_AUDIT and NETLINK_SELINUX. " +
		"If a socket gets packets from the firewall (NFLOG, NFQUEUE), their loss is a hint, since nothing repeats them.",
	Sources: []string{
		"netlink_overrun() in net/netlink/af_netlink.c", "netlink(7)",
		"https://github.com/systemd/systemd/issues/5398",
	},
	Needs: Errno | Sockets,
	start: startOverrun,
}

// Families and groups of multicast routes (uapi/linux/rtnetlink.h).
const (
	familyIPMR  = 128 // RTNL_FAMILY_IPMR
	familyIP6MR = 129 // RTNL_FAMILY_IP6MR
)

// table is what a dump of rtnetlink reads: the type of the request, and the
// address family, or AF_UNSPEC for any.
type table struct {
	typ    uint16
	family uint8
}

// groupTables are the tables whose changes the multicast groups of rtnetlink
// report. If there are several, a dump of one is enough.
var groupTables = map[uint32][]table{
	unix.RTNLGRP_LINK: {{unix.RTM_GETLINK, 0}}, unix.RTNLGRP_IPV6_IFINFO: {{unix.RTM_GETLINK, 0}},
	unix.RTNLGRP_NEIGH: {{unix.RTM_GETNEIGH, 0}},
	unix.RTNLGRP_TC: {
		{unix.RTM_GETQDISC, 0}, {unix.RTM_GETTCLASS, 0}, {unix.RTM_GETTFILTER, 0}, {unix.RTM_GETCHAIN, 0}, {unix.RTM_GETACTION, 0},
	},
	unix.RTNLGRP_IPV4_IFADDR: {{unix.RTM_GETADDR, unix.AF_INET}}, unix.RTNLGRP_IPV6_IFADDR: {{unix.RTM_GETADDR, unix.AF_INET6}},
	unix.RTNLGRP_PHONET_IFADDR: {{unix.RTM_GETADDR, unix.AF_PHONET}}, unix.RTNLGRP_MCTP_IFADDR: {{unix.RTM_GETADDR, unix.AF_MCTP}},
	unix.RTNLGRP_IPV4_ROUTE: {{unix.RTM_GETROUTE, unix.AF_INET}}, unix.RTNLGRP_IPV6_ROUTE: {{unix.RTM_GETROUTE, unix.AF_INET6}},
	unix.RTNLGRP_PHONET_ROUTE: {{unix.RTM_GETROUTE, unix.AF_PHONET}}, unix.RTNLGRP_MPLS_ROUTE: {{unix.RTM_GETROUTE, unix.AF_MPLS}},
	unix.RTNLGRP_IPV4_MROUTE: {{unix.RTM_GETROUTE, familyIPMR}}, unix.RTNLGRP_IPV6_MROUTE: {{unix.RTM_GETROUTE, familyIP6MR}},
	unix.RTNLGRP_IPV4_RULE: {{unix.RTM_GETRULE, unix.AF_INET}}, unix.RTNLGRP_IPV6_RULE: {{unix.RTM_GETRULE, unix.AF_INET6}},
	unix.RTNLGRP_IPV4_NETCONF: {{unix.RTM_GETNETCONF, unix.AF_INET}}, unix.RTNLGRP_IPV6_NETCONF: {{unix.RTM_GETNETCONF, unix.AF_INET6}},
	unix.RTNLGRP_MPLS_NETCONF: {{unix.RTM_GETNETCONF, unix.AF_MPLS}},
	unix.RTNLGRP_IPV4_MCADDR:  {{unix.RTM_GETMULTICAST, unix.AF_INET}}, unix.RTNLGRP_IPV6_MCADDR: {{unix.RTM_GETMULTICAST, unix.AF_INET6}},
	unix.RTNLGRP_IPV6_ACADDR: {{unix.RTM_GETANYCAST, unix.AF_INET6}},
	unix.RTNLGRP_DCB:         {{unix.RTM_GETDCB, 0}}, unix.RTNLGRP_MDB: {{unix.RTM_GETMDB, 0}}, unix.RTNLGRP_NSID: {{unix.RTM_GETNSID, 0}},
	unix.RTNLGRP_NEXTHOP: {{unix.RTM_GETNEXTHOP, 0}}, unix.RTNLGRP_BRVLAN: {{unix.RTM_GETVLAN, 0}},
	unix.RTNLGRP_TUNNEL: {{unix.RTM_GETTUNNEL, 0}}, unix.RTNLGRP_STATS: {{unix.RTM_GETSTATS, 0}},
}

// readsAgain reports whether a dump repeats what a socket of its protocol in
// these groups may have lost. For a group without a table, and for an unknown
// one, any dump does.
func readsAgain(groups map[uint32]bool, protocol int, r *request) bool {
	if len(groups) == 0 || protocol != unix.NETLINK_ROUTE {
		return true
	}
	for g := range groups {
		tables, ok := groupTables[g]
		if !ok {
			return true
		}
		for _, t := range tables {
			if r.typ == t.typ && (t.family == unix.AF_UNSPEC || r.family == unix.AF_UNSPEC || r.family == t.family) {
				return true
			}
		}
	}
	return false
}

// hasDumps reports whether what a protocol's notifications tell of can be dumped by it.
func hasDumps(protocol int) bool {
	switch protocol {
	case unix.NETLINK_KOBJECT_UEVENT, unix.NETLINK_CONNECTOR, unix.NETLINK_AUDIT, unix.NETLINK_SELINUX:
		return false
	}
	return true
}

// Subsystems of NETLINK_NETFILTER (uapi/linux/netfilter/nfnetlink.h), in the
// upper byte of a message's type.
const (
	subsysQueue = 3 // NFNL_SUBSYS_QUEUE
	subsysLog   = 4 // NFNL_SUBSYS_ULOG
)

// aboutPackets reports whether a message belongs to NFLOG or NFQUEUE. A socket
// is for one or the other: the kernel sends the packets to the port that asked
// for them.
func aboutPackets(e *event, m *message) bool {
	subsys := m.Type >> 8
	return e.Protocol == unix.NETLINK_NETFILTER && (subsys == subsysQueue || subsys == subsysLog)
}

func startOverrun(found report) check {
	type lost struct {
		place
		groups map[uint32]bool // the groups that the socket was in
		on     bool            // the socket went on receiving
		dumps  int             // number of dumps that repeat what was lost and were not refused
		others bool            // other tables were dumped
	}
	open := map[*socket]*lost{}
	packets := map[*socket]bool{} // those that get packets
	tell := func(l *lost) {
		if !l.on || l.dumps > 0 {
			return
		}
		what := "answers to requests were lost"
		if len(l.groups) > 0 {
			what = "notifications were lost"
		}
		without := "without a new dump"
		if l.others {
			without = "with a dump of something else"
		}
		found(Error, l.place, "", what+" (ENOBUFS), and the program went on "+without)
	}
	var ended []*lost // losses of closed sockets: a dump may still follow on another one
	// dump adds n to the dumps of each earlier loss of the process.
	dump := func(pid, protocol int, r *request, n int) {
		count := func(l *lost) {
			switch {
			case l.process.PID != pid || r.number <= l.number:
			case protocol == l.socket.Protocol && readsAgain(l.groups, protocol, r):
				l.dumps += n
			default:
				l.others = true
			}
		}
		for _, l := range open {
			count(l)
		}
		for _, l := range ended {
			count(l)
		}
	}
	return check{
		event: func(e *event) {
			if e.Op != audit.OpReceive || !hasDumps(e.Protocol) {
				return
			}
			l := open[e.socket]
			switch {
			case packets[e.socket] && e.Errno == unix.ENOBUFS:
				found(Hint, e.place(), "", "packets were lost (ENOBUFS) that the firewall logged or queued for this socket")
			case packets[e.socket]:
			case e.Errno == unix.ENOBUFS && (l == nil || l.dumps > 0):
				open[e.socket] = &lost{place: e.place(), groups: maps.Clone(e.socket.groups)}
			case e.Errno == 0 && l != nil:
				l.on = true
			}
		},
		request: func(e *event, m *message) {
			if aboutPackets(e, m) {
				packets[e.socket] = true
			}
			if m.req != nil && m.req.dump {
				dump(e.PID, e.Protocol, m.req, 1)
			}
		},
		answer: func(e *event, m *message) {
			if aboutPackets(e, m) { // its configuration was not seen
				packets[e.socket] = true
			}
			if m.req != nil && m.req.dump && m.final && errnoOf(m) != 0 {
				dump(m.req.process.PID, e.Protocol, m.req, -1)
			}
		},
		closed: func(s *socket) {
			delete(packets, s)
			if l := open[s]; l != nil {
				delete(open, s)
				if l.dumps == 0 && len(ended) < maxSockets {
					ended = append(ended, l)
				}
			}
		},
		end: func() {
			for _, l := range ended {
				tell(l)
			}
		},
	}
}
