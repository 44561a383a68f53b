package ping

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"golang.org/x/sys/unix"
)

// A printer writes the lines of iputils' ping.
type printer struct {
	ctx  context.Context
	p    *Pinger
	out  interface{ Write([]byte) (int, error) }
	fail context.CancelCauseFunc
	err  error // the first error of a write; nothing is written after it
}

func (t *printer) write(line string) {
	if t.err != nil {
		return
	}
	if _, err := t.out.Write([]byte(line)); err != nil {
		t.err = err
		t.fail(err)
	}
}

// complain writes a line to ErrOut. An error is ignored, because there is
// nowhere left to report it.
func (t *printer) complain(line string) {
	if t.p.o.ErrOut != nil {
		_, _ = fmt.Fprintf(t.p.o.ErrOut, "ping: %s\n", plain.Text(line))
	}
}

// address returns an address as reply lines show it: after its name, if the
// destination was given as a name and this address has one. Other people choose
// names, and those of devices, which are zones.
func (t *printer) address(a netip.Addr) string {
	if t.p.literal || t.p.o.Numeric || t.ctx.Err() != nil {
		return plain.Text(a.String())
	}
	if name := t.p.o.reverse(t.ctx, a); name != "" {
		return plain.Text(name + " (" + a.String() + ")")
	}
	return plain.Text(a.String())
}

func (t *printer) header() {
	var b bytes.Buffer
	size := len(t.p.payload)
	if len(t.p.o.Pattern) > 0 {
		fmt.Fprintf(&b, "PATTERN: 0x%x\n", t.p.o.Pattern)
	}
	if t.p.family == IPv4 {
		fmt.Fprintf(&b, "PING %s (%s) ", plain.Text(t.p.name), plain.Text(t.p.dest.String()))
	} else {
		fmt.Fprintf(&b, "PING %s(%s) ", plain.Text(t.p.name), t.address(t.p.dest))
	}
	if t.p.o.Interface != "" || t.p.o.Source.IsValid() {
		device := t.p.o.Interface
		if device == "" {
			device = t.p.o.Source.Zone()
		}
		b.WriteString(plain.Text(fmt.Sprintf("from %s %s: ", t.p.source, device)))
	}
	if t.p.family == IPv4 {
		const headers = 20 + icmpHeaderLen
		fmt.Fprintf(&b, "%d(%d) bytes of data.\n", size, size+headers)
	} else {
		fmt.Fprintf(&b, "%d data bytes\n", size)
	}
	t.write(b.String())
}

func (t *printer) event(ev Event) {
	switch ev := ev.(type) {
	case NoAnswer: // regardless of the options, as in iputils
		t.write(t.now() + fmt.Sprintf("no answer yet for icmp_seq=%d\n", ev.Seq))
		return
	case SoFar:
		t.soFar(ev.Statistics)
		return
	}
	if t.p.o.Quiet {
		return
	}
	if t.p.o.Flood {
		t.floodEvent(ev)
		return
	}
	switch ev := ev.(type) {
	case Reply:
		t.reply(ev)
	case ICMPError:
		t.write(t.now() + fmt.Sprintf("From %s icmp_seq=%d %s\n", t.address(ev.From), ev.Seq, ev))
	case Redirect:
		t.write(t.now() + fmt.Sprintf("From %s: icmp_seq=%d %s\n", t.address(ev.From), ev.Seq, ev))
	case LocalError:
		t.complain(ev.Error())
	}
}

// floodEvent removes the dot of a request for a reply, and replaces it with an
// E for an error.
func (t *printer) floodEvent(ev Event) {
	switch ev.(type) {
	case Reply:
		t.write("\b \b")
	case ICMPError:
		t.write("\bE")
	case LocalError:
		t.write("E")
	}
}

// sent prints the dot of a request that was sent.
func (t *printer) sent() {
	if !t.p.o.Quiet {
		t.write(".")
	}
}

// now returns the time that precedes a line with Options.Timestamps, otherwise
// "".
func (t *printer) now() string {
	if !t.p.o.Timestamps {
		return ""
	}
	now := time.Now()
	return fmt.Sprintf("[%d.%06d] ", now.Unix(), now.Nanosecond()/1000)
}

func (t *printer) reply(r Reply) {
	var b bytes.Buffer
	b.WriteString(t.now())
	fmt.Fprintf(&b, "%d bytes from %s: icmp_seq=%d", icmpHeaderLen+len(r.Payload), t.address(r.From), r.Seq)
	if r.TTL >= 0 {
		fmt.Fprintf(&b, " ttl=%d", r.TTL)
	}
	if r.Truncated {
		b.WriteString(" (truncated)\n")
		t.write(b.String())
		return
	}
	if r.RTT >= 0 {
		b.WriteString(" time=" + formatRTT(r.RTT) + " ms")
	}
	if r.Duplicate && !t.p.many {
		b.WriteString(" (DUP!)")
	}
	if r.OtherAddress {
		b.WriteString(" (DIFFERENT ADDRESS!)")
	}
	if i := r.WrongByte; i >= 0 {
		fmt.Fprintf(&b, "\nwrong data byte #%d should be 0x%x but was 0x%x", i, t.p.payload[i], r.Payload[i])
		for i := timestampLen; i < len(t.p.payload); i++ {
			if i%32 == timestampLen {
				fmt.Fprintf(&b, "\n#%d\t", i)
			}
			fmt.Fprintf(&b, "%x ", r.Payload[i])
		}
	}
	b.WriteByte('\n')
	t.write(b.String())
}

// formatRTT prints milliseconds with three significant digits, four below ten.
func formatRTT(d time.Duration) string {
	us := d.Microseconds()
	switch {
	case us >= 100000-50:
		return strconv.FormatInt((us+500)/1000, 10)
	case us >= 10000-5:
		return fmt.Sprintf("%d.%d", (us+50)/1000, (us+50)%1000/100)
	case us >= 1000:
		return fmt.Sprintf("%d.%02d", (us+5)/1000, (us+5)%1000/10)
	}
	return fmt.Sprintf("%d.%03d", us/1000, us%1000)
}

func (t *printer) statistics(s Statistics) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n--- %s ping statistics ---\n", plain.Text(t.p.name))
	fmt.Fprintf(&b, "%d packets transmitted, %d received", s.Transmitted, s.Received)
	if s.Duplicates > 0 {
		fmt.Fprintf(&b, ", +%d duplicates", s.Duplicates)
	}
	if s.Errors > 0 {
		fmt.Fprintf(&b, ", +%d errors", s.Errors)
	}
	if s.Transmitted > 0 {
		fmt.Fprintf(&b, ", %s%% packet loss, time %dms", formatPercent(s.Loss()), s.Time.Round(time.Millisecond).Milliseconds())
	}
	b.WriteByte('\n')
	comma := ""
	if s.Received > 0 && len(t.p.payload) >= timestampLen {
		fmt.Fprintf(&b, "rtt min/avg/max/mdev = %s/%s/%s/%s ms", formatMillis(s.Min), formatMillis(s.Avg), formatMillis(s.Max), formatMillis(s.Mdev))
		comma = ", "
	}
	if s.Pipe > 1 {
		fmt.Fprintf(&b, "%spipe %d", comma, s.Pipe)
		comma = ", "
	}
	if s.Received > 0 && (t.p.pause == 0 || t.p.o.Flood || t.p.o.Adaptive) && s.Transmitted > 1 {
		fmt.Fprintf(&b, "%sipg/ewma %s/%s ms", comma, formatMillis(s.Time/time.Duration(s.Transmitted-1)), formatMillis(s.EWMA))
	}
	b.WriteByte('\n')
	t.write(b.String())
}

// soFar writes the line that iputils writes at SIGQUIT. The carriage return
// overwrites the terminal's "^\".
func (t *printer) soFar(s Statistics) {
	if t.p.o.ErrOut == nil {
		return
	}
	lost := s.Transmitted - s.Received
	line := fmt.Sprintf("\r%d/%d packets, %d%% loss", s.Received, s.Transmitted, lost*100/max(s.Transmitted, 1))
	if s.Received > 0 && len(t.p.payload) >= timestampLen {
		line += fmt.Sprintf(", min/avg/ewma/max = %s/%s/%s/%s ms", formatMillis(s.Min), formatMillis(s.Avg), formatMillis(s.EWMA), formatMillis(s.Max))
	}
	// As in complain: if writing fails, there is nowhere left to report it.
	_, _ = fmt.Fprintln(t.p.o.ErrOut, line)
}

func formatMillis(d time.Duration) string {
	us := d.Microseconds()
	return fmt.Sprintf("%d.%03d", us/1000, us%1000)
}

// formatPercent prints a number as C's %g does, with six significant digits.
func formatPercent(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// Error returns the reason in iputils' words.
func (e LocalError) Error() string {
	switch {
	case e.Op == opQueue && e.Err == unix.EMSGSIZE && e.Family == IPv6:
		return fmt.Sprintf("local error: message too long, mtu: %d", e.MTU)
	case e.Op == opQueue && e.Err == unix.EMSGSIZE:
		return fmt.Sprintf("local error: message too long, mtu=%d", e.MTU)
	}
	return e.Op + ": " + errno(e.Err).Error()
}

// Unwrap returns the errno.
func (e LocalError) Unwrap() error { return e.Err }
