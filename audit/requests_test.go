package audit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// nlerr is an NLMSG_ERROR about a request.
func nlerr(code int32, request []byte, attrs ...[]byte) []byte {
	flags := uint16(unix.NLM_F_CAPPED)
	if len(attrs) > 0 {
		flags |= unix.NLM_F_ACK_TLVS
	}
	parts := append([][]byte{u32(uint32(code)), request[:unix.NLMSG_HDRLEN]}, attrs...)
	return msg(unix.NLMSG_ERROR, flags, 0, parts...)
}

func TestRequests(t *testing.T) {
	var b strings.Builder
	r := NewRequests(&b)
	r.Describe = func(protocol int, message []byte) string {
		if protocol == unix.NETLINK_ROUTE && message[4] == unix.RTM_NEWLINK {
			return "create\x1b link"
		}
		return ""
	}
	at := time.Unix(100, 0)
	ip, py := Process{PID: 10, TID: 10, Program: "ip"}, Process{PID: 11, TID: 12, Program: "py"}
	route, other := Socket{Inode: 1, Protocol: unix.NETLINK_ROUTE}, Socket{Inode: 2, Protocol: unix.NETLINK_ROUTE, NetNS: "sw"}
	event := func(op Op, p Process, s Socket, ms int, data ...[]byte) *Event {
		e := &Event{Op: op, Time: at.Add(time.Duration(ms) * time.Millisecond), Process: p, Socket: s}
		for _, d := range data {
			e.Data = append(e.Data, d...)
		}
		return e
	}
	reply := func(seq uint32, m []byte) []byte {
		copy(m[8:], u32(seq))
		return m
	}
	const ack = unix.NLM_F_REQUEST | unix.NLM_F_ACK
	get := msg(unix.RTM_GETLINK, unix.NLM_F_REQUEST, 1, ifinfo())
	dump := msg(unix.RTM_GETADDR, unix.NLM_F_REQUEST|unix.NLM_F_DUMP, 2, ifinfo())
	add := msg(unix.RTM_NEWLINK, ack|unix.NLM_F_CREATE, 3, ifinfo())
	quiet := msg(unix.RTM_DELLINK, unix.NLM_F_REQUEST, 4, ifinfo())
	link := func(flags uint16) []byte { return msg(unix.RTM_NEWLINK, flags, 0, ifinfo()) }
	failed := event(OpSend, ip, route, 0, msg(unix.RTM_DELLINK, ack, 9, ifinfo()))
	failed.Errno = unix.ENOBUFS
	multicast := event(OpReceive, ip, route, 1, reply(1, link(0)))
	multicast.Multicast = true
	peek := event(OpReceive, ip, route, 1, reply(1, link(0)))
	peek.Flags = unix.MSG_PEEK
	said := event(OpExtAck, py, other, 0)
	said.Text = "why"
	for _, e := range []*Event{
		event(OpSocket, ip, route, 0),
		failed,
		event(OpSend, ip, route, 0, get),
		multicast, peek,
		event(OpReceive, ip, route, 5, reply(1, link(0))),
		event(OpReceive, ip, route, 6, reply(1, link(0))), // the request has been answered
		event(OpSend, ip, route, 10, dump),
		event(OpReceive, ip, route, 11, reply(2, link(unix.NLM_F_MULTI)), reply(2, link(unix.NLM_F_MULTI))),
		event(OpReceive, ip, route, 12, reply(2, msg(unix.NLMSG_DONE, unix.NLM_F_MULTI, 0, u32(0)))),
		event(OpSend, py, other, 20, add, quiet), // two in one datagram, on another socket, with the same sequence numbers
		said,
		event(OpSend, ip, route, 20, add),
		event(OpReceive, ip, route, 21, reply(3, nlerr(0, add))),
		event(OpReceive, py, other, 22, reply(3, nlerr(-17, add, attr(unix.NLMSGERR_ATTR_MSG, []byte("taken\x00"))))),
		event(OpSend, py, other, 30, reply(5, add)),
		event(OpReceive, py, other, 33, reply(5, nlerr(-95, add))),
		event(OpSend, py, other, 40, reply(6, add)),
		said,
		event(OpReceive, py, other, 41, reply(6, nlerr(-95, add))),
		event(OpSend, py, other, 50, reply(7, dump)),
		event(OpReceive, py, other, 51, reply(7, link(unix.NLM_F_MULTI))),
		event(OpSend, py, other, 60, reply(8, add)),
		event(OpSend, py, other, 61, reply(8, add)), // the same sequence number again
		event(OpSend, py, other, 70, reply(9, get)), // this is answered without NLM_F_ACK
		{Op: OpLost, Process: ip, Text: "gone"},
	} {
		r.Event(e)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	want := `RTM_DELLINK: not sent: ENOBUFS(-105)
RTM_GETLINK: 1 message, 5.000 ms
RTM_GETADDR: 2 messages, 2.000 ms
ip/10 create\x1b link: ok, 1.000 ms
py/11 sw create\x1b link: EEXIST(-17) "taken", 2.000 ms
py/11 sw create\x1b link: EOPNOTSUPP(-95), 3.000 ms
py/11 sw create\x1b link: EOPNOTSUPP(-95) "why", 1.000 ms
py/11 sw create\x1b link: no answer was seen
ip/10 not recorded: "gone"
py/11 sw RTM_DELLINK: asked for no answer
py/11 sw RTM_GETADDR: 1 message, incomplete
py/11 sw create\x1b link: no answer was seen
py/11 sw RTM_GETLINK: no answer was seen
`
	if b.String() != want {
		t.Errorf("got:\n%swant:\n%s", b.String(), want)
	}
}

// No matter how many requests stay unanswered, few are kept.
func TestRequestsBounded(t *testing.T) {
	var b strings.Builder
	r := NewRequests(&b)
	const n = 3 * maxOpen
	for i := range uint32(n) {
		request := msg(unix.RTM_GETLINK, unix.NLM_F_REQUEST, i, ifinfo())
		r.Event(&Event{Op: OpSend, Socket: Socket{Inode: 1}, Data: request})
		if i%2 == 0 {
			r.Event(&Event{Op: OpReceive, Socket: Socket{Inode: 1}, Data: msg(unix.RTM_NEWLINK, 0, i, ifinfo())})
		}
		if len(r.open) > maxOpen || len(r.order) > 3*maxOpen {
			t.Fatalf("%d are open, %d kept", len(r.open), len(r.order))
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "\n"); got != n {
		t.Errorf("%d lines, want %d", got, n)
	}
	bad := NewRequests(failingWriter{})
	bad.Event(&Event{Op: OpLost})
	bad.Event(&Event{Op: OpLost})
	if err := bad.Close(); err == nil || err != bad.Err() || !strings.Contains(err.Error(), "full") {
		t.Errorf("got %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, fmt.Errorf("the disk is full") }
