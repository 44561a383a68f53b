package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Encode returns the message of a request that Do would send, with the sequence
// number and the port id 0. A request that cannot be encoded is an error that
// matches ErrInvalid.
func Encode(r Request) ([]byte, error) {
	var e Encoder
	if _, err := e.message(r); err != nil {
		return nil, err
	}
	flags := binary.NativeEndian.Uint16(e.buf[6:]) | unix.NLM_F_REQUEST | unix.NLM_F_ACK
	binary.NativeEndian.PutUint16(e.buf[6:], flags)
	return e.buf, nil
}
