package rtnl

import (
	"bytes"
	"errors"
	"testing"

	"github.com/nslab/nslab/nlspec"
)

// lastSent keeps the last datagram that was sent.
type lastSent struct{ data []byte }

func (l *lastSent) Observe(d nlspec.Datagram) {
	if d.Direction == nlspec.Sent {
		l.data = bytes.Clone(d.Data)
	}
}

// Encode returns what Do sends.
func TestIntegrationEncode(t *testing.T) {
	var sent lastSent
	c := dial(t, &Config{Observer: &sent})
	clearLinks(t, c)
	r := &LinkAdd{Name: "enc0", Kind: &Veth{Peer: &VethPeer{Name: "enc1"}}}
	want, err := Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	do(t, c, r)
	copy(sent.data[8:16], make([]byte, 8)) // sequence number and port id
	if !bytes.Equal(sent.data, want) {
		t.Errorf("encoded\n%x, sent\n%x", want, sent.data)
	}
	if _, err := Encode(&LinkAdd{Name: "a name that is too long"}); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
