package rules

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// From how many on hints are worth the words: of changes, and of links.
const (
	many    = 16
	several = 4
)

// outcomes are functions to be called when requests have succeeded: what the kernel refused, or what it is not known to have
// done, was not done.
type outcomes map[*request]func()

// await has a function called when a request is answered to its end without an error. It forgets all where they are too many.
func (o outcomes) await(r *request, succeeded func()) {
	if len(o) >= maxRequests {
		clear(o)
	}
	o[r] = succeeded
}

// answer looks at what answers a request.
func (o outcomes) answer(_ *event, m *message) {
	if m.req == nil || !m.final {
		return
	}
	if succeeded := o[m.req]; succeeded != nil {
		delete(o, m.req)
		if errnoOf(m) == 0 {
			succeeded()
		}
	}
}

var batches = Rule{
	ID: "batch", Severity: Hint,
	Summary: "many changes, each in a datagram of its own",
	Reason: "Each change was sent alone and waited for. A datagram may hold many; the kernel does them in order, and answers errors " +
		"whether asked or not, so that only the last needs NLM_F_ACK. As many as fit into the send buffer, and as the receive buffer can " +
		"hold the answers to.",
	Sources: []string{"netlink_rcv_skb() in net/netlink/af_netlink.c", "netlink(7)"},
	Needs:   Sockets,
	start:   startBatches,
}

// changes reports whether a request changes something of rtnetlink.
func changes(e *event, m *message) bool {
	return m.req != nil && e.Protocol == unix.NETLINK_ROUTE && m.Type >= unix.RTM_BASE && !m.req.get
}

func startBatches(found report) check {
	type run struct {
		place
		count int
	}
	runs := map[*socket]*run{}
	done := outcomes{}
	return check{
		request: func(e *event, m *message) {
			if !changes(e, m) || !m.req.ack || !m.last || int(m.Len) < len(e.Data) {
				return
			}
			at, s, r := e.place(), e.socket, m.req
			done.await(r, func() {
				if s.asked[len(s.asked)-1] != r {
					return // it sent more before it received the answer
				}
				if runs[s] == nil {
					runs[s] = &run{place: at}
				}
				runs[s].count++
			})
		},
		answer: done.answer,
		closed: func(s *socket) {
			if r := runs[s]; r != nil && r.count >= many {
				found(Hint, r.place, "", fmt.Sprintf("%d changes in as many datagrams, each waited for", r.count))
			}
			delete(runs, s)
		},
	}
}

var chosenIndex = Rule{
	ID: "chosen-index", Severity: Hint,
	Summary: "links looked up that were just created",
	Reason: "A program that creates a link may choose its index (ifi_index in RTM_NEWLINK, of a veth's peer too) or have the message " +
		"echoed (NLM_F_ECHO, since Linux 6.2), and need not ask for it afterwards.",
	Sources: []string{"rtnl_newlink_create() in net/core/rtnetlink.c", "rtnetlink(7)"},
	start:   startChosenIndex,
}

// nameOf is the value of a link's IFLA_IFNAME in a message that was sent.
func nameOf(n *nest) string {
	for i := range n.attrs {
		if n.attrs[i].Name == "IFLA_IFNAME" {
			return string(n.attrs[i].payload)
		}
	}
	return ""
}

// linkKey is a link by its name, as one process names it.
type linkKey struct {
	pid   int
	netns uint64
	name  string
}

// links are the links that programs have made, and how many of each process something was done with afterwards.
type links struct {
	outcomes
	made  map[linkKey]bool
	first map[int]place
	count map[int]int
}

func newLinks() *links {
	return &links{outcomes: outcomes{}, made: map[linkKey]bool{}, first: map[int]place{}, count: map[int]int{}}
}

// add remembers the link that a request makes, and forgets all where they are too many.
func (l *links) add(e *event, r *request, name string) {
	key := linkKey{e.PID, e.NetNSCookie, name}
	l.await(r, func() {
		if len(l.made) >= maxSockets {
			clear(l.made)
		}
		l.made[key] = true
	})
}

// take counts a link that was made and that a request does something with, once.
func (l *links) take(e *event, r *request, name string) {
	key := linkKey{e.PID, e.NetNSCookie, name}
	at := e.place()
	l.await(r, func() {
		if !l.made[key] {
			return
		}
		delete(l.made, key)
		if l.count[key.pid]++; l.count[key.pid] == 1 {
			l.first[key.pid] = at
		}
	})
}

// report reports what was done with several links.
func (l *links) report(found report, what string) {
	for pid, n := range l.count {
		if n >= several {
			found(Hint, l.first[pid], "", fmt.Sprintf("%d links were %s after they were created", n, what))
		}
	}
}

// creates reports whether a message makes a link.
func creates(m *message) bool {
	return m.Type == unix.RTM_NEWLINK && m.Flags&unix.NLM_F_CREATE != 0 && len(m.data) >= unix.NLMSG_HDRLEN+unix.SizeofIfInfomsg
}

func startChosenIndex(found report) check {
	made := newLinks()
	return check{attrs: func(e *event, n *nest) {
		if e.Protocol != unix.NETLINK_ROUTE || len(n.path) > 0 {
			return
		}
		m := n.message
		name := nameOf(n)
		switch {
		case name == "":
		case creates(m) && index(m) == 0 && m.Flags&unix.NLM_F_ECHO == 0:
			made.add(e, m.req, name)
		case m.Type == unix.RTM_GETLINK && m.Flags&unix.NLM_F_DUMP != unix.NLM_F_DUMP:
			made.take(e, m.req, name)
		}
	}, answer: made.answer, end: func() { made.report(found, "looked up by name") }}
}

// index is the ifi_index of a message of a link.
func index(m *message) uint32 {
	f := filter{offset: 4, size: 4}
	return f.field(m.data)
}

var createInPlace = Rule{
	ID: "create-in-place", Severity: Hint,
	Summary: "links created and then moved to another namespace",
	Reason: "RTM_NEWLINK takes IFLA_NET_NS_FD or IFLA_NET_NS_PID at creation, of a veth's peer too: the link is made where it is to be. " +
		"Moving it afterwards takes one more request and a grace period, and the link may get another index.",
	Sources: []string{"rtnl_newlink() and do_setlink() in net/core/rtnetlink.c", "rtnetlink(7)"},
	start:   startCreateInPlace,
}

func startCreateInPlace(found report) check {
	made := newLinks()
	return check{attrs: func(e *event, n *nest) {
		if e.Protocol != unix.NETLINK_ROUTE || len(n.path) > 0 {
			return
		}
		moves := false
		for i := range n.attrs {
			switch n.attrs[i].Name {
			case "IFLA_NET_NS_FD", "IFLA_NET_NS_PID", "IFLA_TARGET_NETNSID":
				moves = true
			}
		}
		m := n.message
		name := nameOf(n)
		switch {
		case name == "":
		case creates(m) && !moves:
			made.add(e, m.req, name)
		case moves && !creates(m) && (m.Type == unix.RTM_NEWLINK || m.Type == unix.RTM_SETLINK):
			made.take(e, m.req, name)
		}
	}, answer: made.answer, end: func() { made.report(found, "moved to another namespace") }}
}
