package audit

import (
	"fmt"
	"io"
	"strings"

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
	var b strings.Builder
	if t.several {
		fmt.Fprintf(&b, "%s/%d ", safeName(e.Program), e.PID)
	}
	d, ok := e.Datagram()
	if ok {
		t.lines(d, b.String())
		return
	}
	d.NetNS = e.NetNS
	switch {
	case e.Op == OpSend:
		d.Direction = nlspec.Sent
		linePrefix(&b, d)
		fmt.Fprintf(&b, "send failed: %s", errorText(-int32(e.Errno)))
	case e.Op == OpReceive && e.Errno != 0 && e.Errno != unix.EAGAIN && e.Errno != unix.EINTR:
		d.Direction = nlspec.Received
		linePrefix(&b, d)
		fmt.Fprintf(&b, "receive failed: %s", errorText(-int32(e.Errno)))
	case e.Op == OpExtAck:
		fmt.Fprintf(&b, "kernel says: %q", e.Text)
	case e.Op == OpLost:
		b.WriteString("not recorded: ")
		if e.Lost > 0 {
			fmt.Fprintf(&b, "%d: ", e.Lost)
		}
		fmt.Fprintf(&b, "%q", e.Text)
	default:
		return
	}
	b.WriteByte('\n')
	t.write(b.String())
}

// write writes lines, unless writing has failed before.
func (t *Tracer) write(lines string) {
	if _, err := io.WriteString(t.w, lines); err != nil {
		t.err = fmt.Errorf("write trace: %w", err)
	}
}
