package rules

import (
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

var overrun = Rule{
	ID: "overrun-no-resync", Severity: Error,
	Summary: "messages were lost, and not read again",
	Reason: "A receive failed with ENOBUFS: the socket's buffer was full, and the kernel threw messages away. The program went on " +
		"receiving, with a picture of the network that is wrong from then on. After ENOBUFS, dump what you keep again. " +
		"A larger buffer (SO_RCVBUF) only makes it rarer.",
	Sources: []string{
		"netlink_overrun() in net/netlink/af_netlink.c", "netlink(7)",
		"https://github.com/systemd/systemd/issues/5398",
	},
	Needs: Errno | Sockets,
	start: startOverrun,
}

func startOverrun(found report) check {
	type lost struct {
		place
		groups bool
		on     bool // it went on receiving
	}
	open := map[*socket]*lost{}
	tell := func(l *lost) {
		if !l.on {
			return
		}
		what := "answers to requests were lost"
		if l.groups {
			what = "notifications were lost"
		}
		found(Error, l.place, "", what+" (ENOBUFS), and the program went on without a new dump")
	}
	var ended []*lost // of sockets that are closed: a dump may still follow, on another
	return check{
		event: func(e *event) {
			if e.Op != audit.OpReceive {
				return
			}
			if e.Errno == unix.ENOBUFS {
				if open[e.socket] == nil {
					open[e.socket] = &lost{place: e.place(), groups: e.socket.groups}
				}
			} else if l := open[e.socket]; l != nil && e.Errno == 0 {
				l.on = true
			}
		},
		request: func(e *event, m *message) {
			if m.req == nil || !m.req.dump {
				return
			}
			for s, l := range open {
				if l.process.PID == e.PID {
					delete(open, s)
				}
			}
			for i, l := range ended {
				if l != nil && l.process.PID == e.PID {
					ended[i] = nil
				}
			}
		},
		closed: func(s *socket) {
			if l := open[s]; l != nil {
				delete(open, s)
				if len(ended) < maxSockets {
					ended = append(ended, l)
				}
			}
		},
		end: func() {
			for _, l := range ended {
				if l != nil {
					tell(l)
				}
			}
		},
	}
}
