package trace

import (
	"encoding/binary"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// messages returns messages without payload, each given by its type, flags,
// sequence number and port.
func messages(each ...[4]uint32) []byte {
	var b []byte
	for _, m := range each {
		b = binary.NativeEndian.AppendUint32(b, unix.NLMSG_HDRLEN)
		b = binary.NativeEndian.AppendUint16(b, uint16(m[0]))
		b = binary.NativeEndian.AppendUint16(b, uint16(m[1]))
		b = binary.NativeEndian.AppendUint32(b, m[2])
		b = binary.NativeEndian.AppendUint32(b, m[3])
	}
	return b
}

func TestPairs(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	const request, ack = unix.NLM_F_REQUEST, unix.NLM_F_REQUEST | unix.NLM_F_ACK
	var p pairs
	p.request(messages([4]uint32{unix.RTM_GETLINK, request | unix.NLM_F_DUMP, 1, 0}, [4]uint32{unix.RTM_NEWLINK, ack, 2, 0}), at(1))
	p.request(messages([4]uint32{unix.RTM_NEWLINK, request, 3, 0}), at(2))
	p.request(messages([4]uint32{unix.RTM_NEWLINK, 0, 4, 0}), at(2))
	if n := p.unanswered(); n != 2 {
		t.Errorf("%d unanswered, want those that ask for an answer: 2", n)
	}
	for i, test := range []struct {
		typ, seq, port uint32
		at             int
		want           time.Duration
	}{
		{unix.RTM_NEWLINK, 1, 7, 4, 3 * time.Second},
		{unix.RTM_NEWLINK, 1, 7, 5, 4 * time.Second},
		{unix.RTM_NEWLINK, 1, 8, 5, 0}, // another socket's, multicast to all
		{unix.NLMSG_DONE, 1, 7, 6, 5 * time.Second},
		{unix.RTM_NEWLINK, 1, 7, 7, 0}, // settled
		{unix.NLMSG_ERROR, 3, 7, 7, 5 * time.Second},
		{unix.NLMSG_ERROR, 4, 7, 7, 0}, // it was not a request
	} {
		if got := p.reply(messages([4]uint32{test.typ, 0, test.seq, test.port}), 7, at(test.at)); got != test.want {
			t.Errorf("%d: after %v, want %v", i, got, test.want)
		}
	}
	if n := p.unanswered(); n != 0 {
		t.Errorf("%d unanswered of a socket that is read", n)
	}
	for seq := range uint32(3 * maxPending) {
		p.request(messages([4]uint32{unix.RTM_NEWLINK, ack, seq, 0}), at(1))
	}
	if len(p.sent) > maxPending || len(p.order) > maxPending {
		t.Errorf("%d requests are kept", len(p.sent))
	}
}
