package ping

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// control is the content of the control messages of one recvmsg.
type control struct {
	ttl   int       // -1: missing
	stamp time.Time // zero: missing
	err   *extendedError
}

// extendedError is struct sock_extended_err and the address after it
// (include/uapi/linux/errqueue.h, ip(7) at IP_RECVERR).
type extendedError struct {
	unix.SockExtendedErr
	// offender is the node that sent the ICMP error; not valid for local
	// errors.
	offender netip.Addr
	// scope is the interface index of a link-local offender, otherwise 0.
	scope uint32
}

// parseControl decodes the control messages that the socket asks for and
// ignores others.
func parseControl(oob []byte) (control, error) {
	c := control{ttl: -1}
	if len(oob) == 0 {
		return c, nil
	}
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return c, fmt.Errorf("control messages: %w", err)
	}
	for _, m := range msgs {
		level, typ := int(m.Header.Level), int(m.Header.Type)
		switch {
		case level == unix.IPPROTO_IP && typ == unix.IP_TTL,
			level == unix.IPPROTO_IPV6 && typ == unix.IPV6_HOPLIMIT:
			if len(m.Data) < 4 {
				return c, fmt.Errorf("%w: hop limit of %d bytes", errShort, len(m.Data))
			}
			c.ttl = int(int32(binary.NativeEndian.Uint32(m.Data)))
		case level == unix.SOL_SOCKET && typ == unix.SCM_TIMESTAMPNS:
			if c.stamp, err = parseTimespec(m.Data); err != nil {
				return c, err
			}
		case level == unix.IPPROTO_IP && typ == unix.IP_RECVERR,
			level == unix.IPPROTO_IPV6 && typ == unix.IPV6_RECVERR:
			e, err := parseExtendedError(m.Data)
			if err != nil {
				return c, err
			}
			c.err = &e
		}
	}
	return c, nil
}

// parseTimespec reads a struct timespec of two longs: 8 bytes each, or 4 on
// 32-bit machines.
func parseTimespec(b []byte) (time.Time, error) {
	switch {
	case len(b) >= 16:
		return time.Unix(int64(binary.NativeEndian.Uint64(b)), int64(binary.NativeEndian.Uint64(b[8:]))), nil
	case len(b) >= 8:
		return time.Unix(int64(int32(binary.NativeEndian.Uint32(b))), int64(int32(binary.NativeEndian.Uint32(b[4:])))), nil
	}
	return time.Time{}, fmt.Errorf("%w: timestamp of %d bytes", errShort, len(b))
}

func parseExtendedError(b []byte) (extendedError, error) {
	if len(b) < 16 {
		return extendedError{}, fmt.Errorf("%w: extended error of %d bytes", errShort, len(b))
	}
	e := extendedError{SockExtendedErr: unix.SockExtendedErr{
		Errno:  binary.NativeEndian.Uint32(b),
		Origin: b[4],
		Type:   b[5],
		Code:   b[6],
		Pad:    b[7],
		Info:   binary.NativeEndian.Uint32(b[8:]),
		Data:   binary.NativeEndian.Uint32(b[12:]),
	}}
	// SO_EE_OFFENDER is a sockaddr_in or sockaddr_in6; AF_UNSPEC if there is no
	// offender.
	sa := b[16:]
	if len(sa) < 2 {
		return e, nil
	}
	switch family := binary.NativeEndian.Uint16(sa); {
	case family == unix.AF_INET && len(sa) >= 8:
		e.offender = netip.AddrFrom4([4]byte(sa[4:8]))
	case family == unix.AF_INET6 && len(sa) >= 28:
		e.offender = netip.AddrFrom16([16]byte(sa[8:24]))
		e.scope = binary.NativeEndian.Uint32(sa[24:])
	}
	return e, nil
}
