package audit

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTraceEvents(t *testing.T) {
	var b strings.Builder
	tracer := NewTracer(&b)
	ip, py := Process{PID: 10, TID: 10, Program: "ip"}, Process{PID: 11, TID: 12, Program: "a b\n"}
	route, other := Socket{Protocol: unix.NETLINK_ROUTE, PortID: 10}, Socket{Protocol: unix.NETLINK_ROUTE, NetNS: "sw", PortID: 11}
	request := msg(unix.RTM_GETLINK, unix.NLM_F_REQUEST, 3, ifinfo())
	for _, e := range []Event{
		{Op: OpSocket, Process: ip, Socket: route},
		{Op: OpSend, Process: ip, Socket: route, Data: request},
		{Op: OpReceive, Process: ip, Socket: route, Flags: unix.MSG_PEEK, Data: request},
		{Op: OpReceive, Process: ip, Socket: route, Errno: unix.EAGAIN},
		{Op: OpReceive, Process: ip, Socket: route, Errno: unix.EINTR},
		{Op: OpReceive, Process: ip, Socket: route, Errno: unix.ENOBUFS},
		{Op: OpBind, Process: py, Socket: other, Errno: unix.EPERM},
		{Op: OpSend, Process: py, Socket: other, Errno: unix.EPERM, Data: request},
		{Op: OpReceive, Process: py, Socket: other, Data: msg(unix.RTM_NEWLINK, 0, 0, ifinfo()), Address: &Address{Groups: 1}},
		{Op: OpFound, Process: py, Socket: Socket{Protocol: unix.NETLINK_ROUTE, NetNS: "sw", FD: 3}, Groups: []uint32{unix.RTNLGRP_LINK, 500}},
		{Op: OpExtAck, Process: py, Text: "Unknown \x1b"},
		{Op: OpLost, Process: ip, Text: "gone", Lost: 3},
		{Op: OpLost, Process: ip, Text: "gone"},
		{Op: OpLost, Process: Process{PID: 12}, Text: "gone"},
	} {
		tracer.Event(&e)
	}
	want := `> RTM_GETLINK seq=3 REQUEST
< receive failed: ENOBUFS(-105)
"a b\n"/11 sw > send failed: EPERM(-1)
"a b\n"/11 sw * RTM_NEWLINK seq=0
"a b\n"/11 sw socket 3 was in RTNLGRP_LINK, 500 before
"a b\n"/11 kernel says: "Unknown \x1b"
ip/10 not recorded: 3: "gone"
ip/10 not recorded: "gone"
pid 12 not recorded: "gone"
`
	if b.String() != want {
		t.Errorf("got:\n%swant:\n%s", b.String(), want)
	}
}
