package lab

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
	"testing"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// sentChanges keeps the messages that change something, in order, by namespace.
type sentChanges struct {
	mu   sync.Mutex
	seen map[string][][]byte
}

func (c *sentChanges) Observe(d nlspec.Datagram) {
	h, ok := nlspec.ParseHeader(d.Data)
	if !ok || d.Direction != nlspec.Sent || d.Protocol != unix.NETLINK_ROUTE || h.Type&3 == unix.RTM_GETLINK&3 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = make(map[string][][]byte)
	}
	for b := bytes.Clone(d.Data); len(b) >= unix.SizeofNlMsghdr; {
		n := min((int(binary.NativeEndian.Uint32(b))+3)&^3, len(b))
		c.seen[d.NetNS] = append(c.seen[d.NetNS], b[:n:n])
		b = b[n:]
	}
}

// The messages of a plan are those that Up sends, in each namespace in that
// order, but for sequence numbers, port ids, descriptors, and NLM_F_ACK, which
// the last of a batch has.
func TestIntegrationPlanOps(t *testing.T) {
	var sent sentChanges
	p := up(t, &Config{Observer: &sent}, base)
	ops, err := p.Ops()
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string][][]byte)
	for _, o := range ops {
		if o.Message != nil {
			node := strings.TrimPrefix(o.NetNS, p.Topology.Prefix)
			want[node] = append(want[node], masked(o.Message))
		}
	}
	if len(want) == 0 || len(want) != len(sent.seen) {
		t.Fatalf("messages to %d namespaces planned, sent to %d", len(want), len(sent.seen))
	}
	for node, messages := range sent.seen {
		if len(messages) != len(want[node]) {
			t.Errorf("%s: %d messages planned, %d sent", node, len(want[node]), len(messages))
			continue
		}
		for i, m := range messages {
			if !bytes.Equal(want[node][i], masked(m)) {
				t.Errorf("%s, message %d: planned\n%x, sent\n%x", node, i, want[node][i], m)
			}
		}
	}
}

// masked clears NLM_F_ACK, sequence number and port id, and the value of
// IFLA_NET_NS_FD wherever one is.
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
