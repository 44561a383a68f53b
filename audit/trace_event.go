package audit

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Event writes what a program did: the lines of Observe for a datagram, and one line each for a send or receive call that
// failed, for what the kernel said (OpExtAck), and for what was not recorded (OpLost). Nothing is written of other events,
// nor of a receive call that found nothing (EAGAIN) or was interrupted (EINTR).
//
// From the second process on that an event names, the lines begin with the program and its process id:
//
//	ip/1234 > RTM_NEWLINK seq=3 ...
//	ip/1234 < receive failed: ENOBUFS(-105)
//	ip/1234 kernel says: "Unknown device type"
//	python3/1240 not recorded: "it uses io_uring: what goes through that is not seen"
func (t *Tracer) Event(e *Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return
	}
	if e.PID != 0 && e.PID != t.process {
		t.several = t.several || t.process != 0
		t.process = e.PID
	}
	l := t.line
	l.b = l.b[:0]
	if t.several {
		l.text(safeName(e.Program))
		l.b = strconv.AppendInt(append(l.b, '/'), int64(e.PID), 10)
		l.b = append(l.b, ' ')
	}
	begin := len(l.b)
	d, ok := e.Datagram()
	if ok {
		t.lines(&d, string(l.b))
		return
	}
	d.NetNS = e.NetNS
	switch {
	case e.Op == OpSend:
		d.Direction = nlspec.Sent
		l.prefix(&d)
		l.text("send failed: ")
		l.b = appendErrno(l.b, -int32(e.Errno))
	case e.Op == OpReceive && e.Errno != 0 && e.Errno != unix.EAGAIN && e.Errno != unix.EINTR:
		d.Direction = nlspec.Received
		l.prefix(&d)
		l.text("receive failed: ")
		l.b = appendErrno(l.b, -int32(e.Errno))
	case e.Op == OpExtAck:
		l.text("kernel says: ")
		l.b = strconv.AppendQuote(l.b, e.Text)
	case e.Op == OpLost:
		l.text("not recorded: ")
		if e.Lost > 0 {
			l.decimal(uint64(e.Lost))
			l.text(": ")
		}
		l.b = strconv.AppendQuote(l.b, e.Text)
	}
	if len(l.b) == begin {
		return
	}
	l.b = append(l.b, '\n')
	t.write(l.b)
}
