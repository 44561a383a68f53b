package audit

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// Event writes an event: for a datagram the lines of Observe, and one line for
// a failed send or receive, for a message of the kernel (OpExtAck), for the groups
// of a socket that was found (OpFound), and for a loss (OpLost). It writes nothing for other events, or for a receive that
// found nothing (EAGAIN) or was interrupted (EINTR).
//
// Once events of a second process come, lines begin with the program and its
// process id:
//
//	ip/1234 > RTM_NEWLINK seq=3 ...
//	ip/1234 < receive failed: ENOBUFS(-105)
//	ip/1234 kernel says: "Unknown device type"
//	ip/1234 socket 3 was in RTNLGRP_LINK, RTNLGRP_NEIGH before
//	pid 1240 not recorded: "it uses io_uring: what goes through it is not seen"
func (t *Tracer) Event(e *Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return
	}
	t.line.b = t.line.b[:0]
	t.event(e, t.process.begin(e))
	t.write()
}

// event appends the lines of an event, beginning with begin.
func (t *Tracer) event(e *Event, begin string) {
	var datagram bool
	if t.d, datagram = e.Datagram(); datagram {
		t.datagram(e, begin)
		return
	}
	l, d := t.line, &t.d
	before := len(l.b)
	l.text(begin)
	d.NetNS = e.NetNS
	switch {
	case e.Op == OpSend:
		d.Direction = nlspec.Sent
		l.prefix(d)
		l.text("send failed: ")
		l.b = appendErrno(l.b, -int32(e.Errno))
	case e.Op == OpReceive && e.Errno != 0 && e.Errno != unix.EAGAIN && e.Errno != unix.EINTR:
		d.Direction = nlspec.Received
		l.prefix(d)
		l.text("receive failed: ")
		l.b = appendErrno(l.b, -int32(e.Errno))
	case e.Op == OpExtAck:
		l.text("kernel says: ")
		l.b = strconv.AppendQuote(l.b, e.Text)
	case e.Op == OpFound:
		if e.NetNS != "" {
			l.text(plain.Name(e.NetNS) + " ")
		}
		l.text("socket " + strconv.Itoa(e.FD) + " was in ")
		for i, group := range e.Groups {
			if i > 0 {
				l.text(", ")
			}
			l.text(plain.Name(nlspec.GroupName(e.Protocol, group)))
		}
		l.text(" before")
	case e.Op == OpLost:
		l.text("not recorded: ")
		if e.Lost > 0 {
			l.decimal(uint64(e.Lost))
			l.text(": ")
		}
		l.b = strconv.AppendQuote(l.b, e.Text)
	default:
		l.b = l.b[:before]
		return
	}
	if t.Where != nil && e.Op != OpLost && !t.Where.matches(e, nil) {
		l.b = l.b[:before]
		return
	}
	l.b = append(l.b, '\n')
}

// processes are the processes of the events so far.
type processes struct {
	last    int
	several bool
}

// begin returns the beginning of an event's lines: the program and its process
// id, from the second process on.
func (p *processes) begin(e *Event) string {
	if e.PID != 0 && e.PID != p.last {
		p.several = p.several || p.last != 0
		p.last = e.PID
	}
	if !p.several || e.PID == 0 {
		return ""
	}
	if e.Program == "" {
		return "pid " + strconv.Itoa(e.PID) + " "
	}
	return plain.Name(e.Program) + "/" + strconv.Itoa(e.PID) + " "
}
