package rules

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

var dumpOverlap = Rule{
	ID: "dump-overlap", Severity: Error,
	Summary: "a dump was begun before another was read to its end",
	Reason: "A socket can have one dump at a time. Until the program has received its NLMSG_DONE, the kernel refuses the " +
		"next one with EBUSY, or their answers get mixed. Read each dump to its end, even after an error or if you do " +
		"not need the rest, or use another socket. If the kernel accepted the second dump this time, because the end of " +
		"the first was ready already, that is a warning.",
	Sources: []string{
		"__netlink_dump_start() in net/netlink/af_netlink.c",
		"https://github.com/vishvananda/netlink/issues/1057",
	},
	Needs: Sockets,
	start: startDumpOverlap,
}

func startDumpOverlap(found report) check {
	type overlap struct {
		place
		first, second *request
		unread        bool // the first dump went on afterwards
	}
	open := map[*socket]*overlap{}
	give := func(s *socket, errno unix.Errno) {
		o := open[s]
		delete(open, s)
		switch {
		case o == nil:
		case errno == unix.EBUSY:
			found(Error, o.place, "busy "+o.second.name, fmt.Sprintf("%s before the dump by %s was read to its end: EBUSY", o.second.name, o.first.name))
		case o.unread:
			found(Warning, o.place, o.second.name, fmt.Sprintf("%s before the dump by %s was read to its end", o.second.name, o.first.name))
		}
	}
	return check{
		request: func(e *event, m *message) {
			if d := e.socket.dump; m.req != nil && m.req.dump && d != nil {
				give(e.socket, 0)
				open[e.socket] = &overlap{place: e.place(), first: d, second: m.req}
			}
		},
		answer: func(e *event, m *message) {
			// Answers that came through read(2) may not have been seen. Later
			// answers show whether the first dump was still in progress.
			if o := open[e.socket]; o != nil && m.req == o.first {
				o.unread = true
			} else if o != nil && m.req == o.second && m.final {
				give(e.socket, errnoOf(m))
			}
		},
		closed: func(s *socket) { give(s, 0) },
	}
}

// errnoOf returns the error that a message reports, or 0.
func errnoOf(m *message) unix.Errno {
	if m.Type != unix.NLMSG_ERROR && m.Type != unix.NLMSG_DONE || len(m.data) < unix.NLMSG_HDRLEN+4 {
		return 0
	}
	messages, _ := audit.DecodeIn(m.context, m.data)
	if len(messages) == 0 || messages[0].Ack == nil {
		return 0
	}
	return messages[0].Ack.Errno()
}
