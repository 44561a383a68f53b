package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Encode returns the message that Do would send for a request, with 0 as sequence
// number and port id. If the request cannot be encoded, the error matches ErrInvalid.
func Encode(r Request) ([]byte, error) {
	var e Encoder
	if _, err := e.message(r); err != nil {
		return nil, err
	}
	flags := binary.NativeEndian.Uint16(e.buf[6:]) | unix.NLM_F_REQUEST | unix.NLM_F_ACK
	binary.NativeEndian.PutUint16(e.buf[6:], flags)
	return e.buf, nil
}
