package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Encode returns the message that Do would send for a request, with 0 as
// sequence number and port id. Nothing is looked up: the index of a link that
// has only a name is 0, and descriptors of namespaces that are given by name
// count from 3. If the request cannot be encoded, the error matches ErrInvalid.
func Encode(r Request) ([]byte, error) {
	const firstFD = 3
	var e Encoder
	if _, err := e.message(r); err != nil {
		return nil, err
	}
	flags := binary.NativeEndian.Uint16(e.buf[6:]) | unix.NLM_F_REQUEST | unix.NLM_F_ACK
	binary.NativeEndian.PutUint16(e.buf[6:], flags)
	for i, s := range e.spaces {
		binary.NativeEndian.PutUint32(e.buf[s.off:], uint32(firstFD+i))
	}
	return e.buf, nil
}
