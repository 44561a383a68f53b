package rules

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

var ackUnread = Rule{
	ID: "ack-unread", Severity: Error,
	Summary: "an old acknowledgement was taken for an answer",
	Reason: "With NLM_F_ACK, an object or an echo is followed by an acknowledgement. A program that reads only the first of " +
		"these finds the second before its next answer, and is one answer behind from then on. Read until the " +
		"acknowledgement, or do not ask for it if there is an answer anyway.",
	Sources: []string{
		"netlink_rcv_skb() in net/netlink/af_netlink.c",
		"https://docs.kernel.org/userspace-api/netlink/intro.html#answering-requests",
		"https://github.com/Merovius/nbd/issues/18",
	},
	Needs: Sockets,
	start: startAckUnread,
}

func startAckUnread(found report) check {
	type late struct {
		place
		old, waiting *request
	}
	replied := map[*socket]*request{} // answered and read, except for the acknowledgement
	next := map[*socket]*request{}    // the request sent after that
	open := map[*socket]*late{}       // the acknowledgement came instead of the answer
	give := func(s *socket) {
		if l := open[s]; l != nil {
			found(Error, l.place, l.old.name, fmt.Sprintf("the acknowledgement of %s was read after %s had been sent, whose answer was not read",
				l.old.name, l.waiting.name))
		}
		delete(open, s)
	}
	return check{
		request: func(e *event, m *message) {
			give(e.socket)
			if r := replied[e.socket]; r != nil && m.req != nil && m.req.asks() {
				next[e.socket] = m.req
			}
		},
		answer: func(e *event, m *message) {
			s, r := e.socket, m.req
			switch {
			case r == nil:
			case !m.final && r.ack && !r.dump && m.Flags&unix.NLM_F_MULTI == 0:
				replied[s] = r
			case m.final && r == replied[s]:
				if n := next[s]; n != nil && !n.replied && !n.done {
					open[s] = &late{e.place(), r, n}
				}
				delete(replied, s)
				delete(next, s)
			case open[s] != nil && r == open[s].waiting:
				delete(open, s) // the program reads on
			}
		},
		closed: func(s *socket) {
			give(s)
			delete(replied, s)
			delete(next, s)
		},
	}
}

var seqReused = Rule{
	ID: "seq-reused", Severity: Warning,
	Summary: "two requests with one sequence number",
	Reason: "Answers are matched by nlmsg_seq alone. If two requests have the same number, the answer to one is taken for " +
		"the answer to the other. Increment it for each message, even if you send the same one again. If the first " +
		"request is answered before the second is sent, this is only a hint: it works as long as each answer is read to " +
		"its end.",
	Sources: []string{
		"netlink(7)", "https://docs.kernel.org/userspace-api/netlink/intro.html",
		"https://github.com/thom311/libnl/issues/179",
	},
	Needs: Sockets,
	start: startSeqReused,
}

func startSeqReused(found report) check {
	last := map[*socket]*request{}
	return check{
		request: func(e *event, m *message) {
			// Batches of nf_tables begin and end with messages that only
			// delimit them (NFNL_MSG_BATCH_BEGIN).
			if m.req == nil || e.Protocol == unix.NETLINK_NETFILTER && m.Type < unix.NLMSG_MIN_TYPE+2 {
				return
			}
			before := last[e.socket]
			last[e.socket] = m.req
			switch {
			case m.prior != nil && m.prior.asks():
				found(Warning, e.place(), "twice", fmt.Sprintf("%s has the number of %s, which is not answered yet", m.name(), m.prior.name))
			case before != nil && before.seq == m.Seq && before.asks() && m.req.asks():
				found(Hint, e.place(), "again", fmt.Sprintf("%s has the number of the request before it, %s", m.name(), before.name))
			}
		},
		closed: func(s *socket) { delete(last, s) },
	}
}

var noAck = Rule{
	ID: "no-ack", Severity: Warning,
	Summary: "changes whose result the program cannot know",
	Reason: "Without NLM_F_ACK the kernel reports only errors, and nothing tells when it is done. If nothing that is " +
		"answered follows on the same socket, the program cannot know the result. Ask for an acknowledgement; if a " +
		"datagram holds several requests, of the last.",
	Sources: []string{"netlink_rcv_skb() in net/netlink/af_netlink.c", "netlink(7)"},
	Needs:   Sockets,
	start:   startNoAck,
}

func startNoAck(found report) check {
	type unknown struct {
		first, last place
		name        string
		count       int
	}
	open := map[*socket]*unknown{}
	return check{
		event: func(e *event) {
			// The program looks for errors.
			if u := open[e.socket]; u != nil && e.Op == audit.OpReceive && e.number > u.last.number {
				delete(open, e.socket)
			}
		},
		request: func(e *event, m *message) {
			switch {
			case m.req == nil || e.Protocol != unix.NETLINK_ROUTE || m.Type < unix.RTM_BASE:
			case m.req.asks():
				delete(open, e.socket)
			default:
				u := open[e.socket]
				if u == nil {
					u = &unknown{first: e.place(), name: m.name()}
					open[e.socket] = u
				}
				u.count++
				u.last = e.place()
			}
		},
		closed: func(s *socket) {
			if u := open[s]; u != nil {
				delete(open, s)
				found(Warning, u.first, u.name, fmt.Sprintf("%s, the first %s, without an acknowledgement and without an answer to anything after",
					plural(u.count, "change"), u.name))
			}
		},
	}
}
