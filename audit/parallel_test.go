package audit

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// parallelEvents repeats the fixtures' traffic, from changing processes, with
// failed calls and families of generic netlink that come and go.
func parallelEvents(t testing.TB) (events []Event) {
	refused := func(seq uint32) []byte {
		return msg(unix.NLMSG_ERROR, 0x300, seq, u32(^uint32(16)), msg(unix.RTM_NEWLINK, 0x601, seq), attr(unix.NLMSGERR_ATTR_OFFS, u32(32)))
	}
	family := func(cmd byte, id uint16, name string) nlspec.Datagram {
		d := received(msg(unix.GENL_ID_CTRL, 0, 1, []byte{cmd, 2, 0, 0}, attr(1, u16(id)), attr(2, []byte(name+"\x00"))))
		d.Protocol = unix.NETLINK_GENERIC
		return d
	}
	for round := range 8 {
		for _, name := range golden(t) {
			for _, s := range readFixture(t, name) {
				if s.remark == "" {
					events = append(events, DatagramEvent(s.datagram))
				}
			}
		}
		for i := range uint32(700) { // an answer comes long after its request
			events = append(events, DatagramEvent(sent(msg(unix.RTM_NEWLINK, 5, i, ifinfo(), attr(unix.IFLA_IFNAME, fmt.Appendf(nil, "l%d\x00", i))))))
		}
		for i := range uint32(700) {
			events = append(events, DatagramEvent(received(refused(i))))
		}
		use := sent(msg(33, 5, 1, []byte{1, 1, 0, 0}))
		use.Protocol = unix.NETLINK_GENERIC
		events = append(events, DatagramEvent(use), DatagramEvent(family(1, 33, fmt.Sprint("fam", round))), DatagramEvent(use),
			DatagramEvent(family(2, 33, "")), DatagramEvent(use),
			Event{Op: OpSend, Errno: unix.ENOBUFS}, Event{Op: OpLost, Text: "something"}, Event{Op: OpBind}, DatagramEvent(sent(nil)))
	}
	for i := range events {
		events[i].PID, events[i].Program = 1+i/1000, "p"
	}
	return events
}

// TestParallelTracer checks that a ParallelTracer and a Tracer write the same.
func TestParallelTracer(t *testing.T) {
	events := parallelEvents(t)
	where, err := ParseWhere("error or type=RTM_NEWLINK and seq<100", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, where := range []*Where{nil, where} {
		var want, got bytes.Buffer
		one := NewTracer(&want)
		one.Where = where
		many := NewParallelTracer(&got)
		many.SetWhere(where)
		var data []byte
		for i := range events {
			one.Event(&events[i])
			// The caller may reuse the event afterwards.
			e := events[i]
			data = append(data[:0], e.Data...)
			e.Data = data
			many.Event(&e)
			clear(data)
			if i%777 == 0 {
				if err := many.Flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := many.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Error(cmp.Diff(strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")))
		}
		if where == nil && (!strings.Contains(got.String(), "fam3:1") || !strings.Contains(got.String(), "error=EEXIST(-17) at IFLA_IFNAME")) {
			t.Error("the lines hold no family's message, or no attribute that was refused")
		}
	}
}

// TestParallelTracerEnds lets writing fail.
func TestParallelTracerEnds(t *testing.T) {
	events := parallelEvents(t)
	tracer := NewParallelTracer(&failAfter{n: 2})
	for i := range events {
		tracer.Event(&events[i])
	}
	if err := tracer.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close: %v", err)
	}
	if err := NewParallelTracer(&bytes.Buffer{}).Close(); err != nil {
		t.Error(err)
	}
}
