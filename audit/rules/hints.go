package rules

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// The numbers of changes and of links from which on a hint is worthwhile.
const (
	many    = 16
	several = 4
)

// outcomes has functions to call when requests have succeeded. A request that
// was refused, or whose result is not known, does not count.
type outcomes map[*request]func()

// await registers a function to call when the answer to a request has ended
// without an error. If there are too many, it forgets all of them.
func (o outcomes) await(r *request, succeeded func()) {
	if len(o) >= maxRequests {
		clear(o)
	}
	o[r] = succeeded
}

// answer takes an answer to a request.
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
	Summary: "many changes, each in its own datagram",
	Reason: "Each change was sent alone and waited for. A datagram may hold many; the kernel carries them out in order, and " +
		"reports errors whether asked to or not, so that only the last needs NLM_F_ACK. Send as many as fit into the " +
		"send buffer, and as the receive buffer can hold the answers to.",
	Sources: []string{"netlink_rcv_skb() in net/netlink/af_netlink.c", "netlink(7)"},
	Needs:   Sockets,
	start:   startBatches,
}

// changes reports whether a request of rtnetlink changes something.
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
	Summary: "links looked up right after they were created",
	Reason: "A program that creates a link may choose its index (ifi_index in RTM_NEWLINK, also for a veth's peer) or have " +
		"the message echoed (NLM_F_ECHO, since Linux 6.2). It then need not look it up.",
	Sources: []string{"rtnl_newlink_create() in net/core/rtnetlink.c", "rtnetlink(7)"},
	start:   startChosenIndex,
}

// nameOf returns the value of a link's IFLA_IFNAME in a message that was sent.
func nameOf(n *nest) string {
	for i := range n.attrs {
		if n.attrs[i].Name == "IFLA_IFNAME" {
			return string(n.attrs[i].payload)
		}
	}
	return ""
}

// linkKey identifies a link by its name and the process that uses the name.
type linkKey struct {
	pid   int
	netns uint64
	name  string
}

// links are the links that programs have created, and for each process the
// number of its links that something was done with afterwards.
type links struct {
	outcomes
	made  map[linkKey]bool
	first map[int]place
	count map[int]int
}

func newLinks() *links {
	return &links{outcomes: outcomes{}, made: map[linkKey]bool{}, first: map[int]place{}, count: map[int]int{}}
}

// add remembers the link that a request creates. If there are too many, it
// forgets all of them.
func (l *links) add(e *event, r *request, name string) {
	key := linkKey{e.PID, e.NetNSCookie, name}
	l.await(r, func() {
		if len(l.made) >= maxSockets {
			clear(l.made)
		}
		l.made[key] = true
	})
}

// take counts, once, a remembered link that a request does something with.
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

// report reports processes that did this with several links.
func (l *links) report(found report, what string) {
	for pid, n := range l.count {
		if n >= several {
			found(Hint, l.first[pid], "", fmt.Sprintf("%d links were %s after they were created", n, what))
		}
	}
}

// creates reports whether a message creates a link.
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

// index returns the ifi_index of a link message.
func index(m *message) uint32 {
	f := filter{offset: 4, size: 4}
	return f.field(m.data)
}

var createInPlace = Rule{
	ID: "create-in-place", Severity: Hint,
	Summary: "links created and then moved to another namespace",
	Reason: "RTM_NEWLINK accepts IFLA_NET_NS_FD or IFLA_NET_NS_PID, also for a veth's peer, and creates the link directly " +
		"in that namespace. Moving it afterwards takes one more request and a grace period, and the link may get " +
		"another index.",
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
