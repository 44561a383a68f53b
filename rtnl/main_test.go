package rtnl

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"net"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// dial opens a Conn in the test's own namespace.
func dial(t testing.TB, cfg *Config) *Conn {
	t.Helper()
	c, err := Dial(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// do runs requests that must succeed.
func do(t testing.TB, c *Conn, reqs ...Request) {
	t.Helper()
	for _, r := range reqs {
		if err := c.Do(t.Context(), r); err != nil {
			t.Fatalf("%T: %v", r, err)
		}
	}
}

// clearLinks deletes every link that can be deleted when the test ends, so that
// tests of one process do not meet each other's.
func clearLinks(t testing.TB, c *Conn) {
	t.Helper()
	t.Cleanup(func() {
		// A group goes at once; one by one, each link waits for RCU.
		if err := c.Do(bg, &LinkDel{InGroup: Some(uint32(bulkGroup))}); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		links, err := c.Links(bg, LinkDump{})
		if err != nil {
			t.Error(err)
		}
		for _, l := range links {
			if l.Kind == "" {
				continue
			}
			// The other end of a pair is gone already.
			_ = c.Do(bg, &LinkDel{Link: LinkIndex(l.Index)})
		}
	})
}

// bulkGroup is the device group of links that tests make many of.
const bulkGroup = 77

// pair is a veth pair in bulkGroup, with one queue an end.
func pair(name, peer string) *LinkAdd {
	attrs := LinkAttrs{Group: Some(uint32(bulkGroup)), TxQueues: 1, RxQueues: 1}
	return &LinkAdd{Name: name, LinkAttrs: attrs, Kind: &Veth{Peer: &VethPeer{Name: peer, LinkAttrs: attrs}}}
}

// encode returns the bytes of a request, in hex, four bytes a group.
func encode(t testing.TB, r Request) string {
	t.Helper()
	var e Encoder
	if _, err := e.message(r); err != nil {
		t.Fatalf("%T: %v", r, err)
	}
	return groups(e.buf)
}

func groups(b []byte) string {
	var s strings.Builder
	for i := 0; i < len(b); i += 4 {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(hex.EncodeToString(b[i:min(i+4, len(b))]))
	}
	return s.String()
}

func mac(s string) net.HardwareAddr {
	a, err := net.ParseMAC(s)
	if err != nil {
		panic(err)
	}
	return a
}
