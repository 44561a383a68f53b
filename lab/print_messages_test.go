package lab

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// sentChanges keeps the messages that change something, in order.
type sentChanges struct {
	mu   sync.Mutex
	seen [][]byte
}

func (c *sentChanges) Observe(d nlspec.Datagram) {
	h, ok := nlspec.ParseHeader(d.Data)
	if !ok || d.Direction != nlspec.Sent || d.Protocol != unix.NETLINK_ROUTE || h.Type&3 == unix.RTM_GETLINK&3 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for b := bytes.Clone(d.Data); len(b) >= unix.SizeofNlMsghdr; {
		n := min((int(binary.NativeEndian.Uint32(b))+3)&^3, len(b))
		c.seen = append(c.seen, b[:n:n])
		b = b[n:]
	}
}

// The messages of a plan are those that Up sends, but for sequence numbers, port
// ids, descriptors, and NLM_F_ACK, which the last of a batch has.
func TestIntegrationPlanOps(t *testing.T) {
	var sent sentChanges
	p := up(t, &Config{Observer: &sent}, base)
	ops, err := p.Ops()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]byte
	for _, o := range ops {
		if o.Message != nil {
			want = append(want, o.Message)
		}
	}
	if len(want) == 0 || len(want) != len(sent.seen) {
		t.Fatalf("%d messages planned, %d sent", len(want), len(sent.seen))
	}
	for i := range want {
		if !bytes.Equal(masked(want[i]), masked(sent.seen[i])) {
			t.Errorf("message %d: planned\n%x, sent\n%x", i, want[i], sent.seen[i])
		}
	}
}

// masked clears NLM_F_ACK, sequence number and port id, and the value of IFLA_NET_NS_FD
// wherever one is.
func masked(msg []byte) []byte {
	msg = bytes.Clone(msg)
	msg[6] &^= unix.NLM_F_ACK
	clear(msg[8:16])
	fd := []byte{8, 0, unix.IFLA_NET_NS_FD, 0}
	for at := 0; ; {
		i := bytes.Index(msg[at:], fd)
		if i < 0 {
			return msg
		}
		at += i + len(fd)
		clear(msg[at:min(at+4, len(msg))])
	}
}
