package rtnl

import (
	"encoding/binary"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// nlmsgerrHeaderSize is the length of what precedes the attributes of a capped
// NLMSG_ERROR, struct nlmsgerr (include/uapi/linux/netlink.h).
const nlmsgerrHeaderSize = 4 + nlmsgHdrLen

// extAck is what the kernel says in addition to an error number.
type extAck struct {
	message            string
	offset             Opt[uint32]
	cookie             []byte
	policy             *Policy
	missType, missNest Opt[uint32]
}

// parseExtAck reads the attributes of an NLMSG_ERROR, which follow its header
// and the repeated part of the request, or those of an NLMSG_DONE, which follow
// the number. It leaves out what cannot be read: the errno matters more than
// its details.
func parseExtAck(m Message) (ack extAck) {
	if m.Flags&unix.NLM_F_ACK_TLVS == 0 {
		return ack
	}
	skip := nlmsgerrHeaderSize
	switch {
	case m.Type == unix.NLMSG_DONE:
		skip = 4
	case m.Flags&unix.NLM_F_CAPPED == 0 && len(m.Data) >= nlmsgerrHeaderSize:
		// The whole request follows the errno.
		n := binary.NativeEndian.Uint32(m.Data[4:])
		if uint64(n) > uint64(len(m.Data)-4) {
			return ack
		}
		skip = 4 + align4(int(n))
	}
	if skip > len(m.Data) {
		return ack
	}
	r := AttrReader{rest: m.Data[skip:]}
	for r.Next() {
		switch r.Type() {
		case unix.NLMSGERR_ATTR_MSG:
			ack.message = r.String()
		case unix.NLMSGERR_ATTR_OFFS:
			ack.offset = some32(&r)
		case unix.NLMSGERR_ATTR_COOKIE:
			ack.cookie = append([]byte(nil), r.Bytes()...)
		case nlspec.NLMSGERR_ATTR_POLICY:
			ack.policy = parsePolicy(r.Nested())
		case nlspec.NLMSGERR_ATTR_MISS_TYPE:
			ack.missType = some32(&r)
		case nlspec.NLMSGERR_ATTR_MISS_NEST:
			ack.missNest = some32(&r)
		}
	}
	return ack
}

// some32 and some64 read a number. It is absent if the payload is too short for
// it.
func some32(r *AttrReader) (o Opt[uint32]) {
	if !r.short(4) {
		o = Some(r.Uint32())
	}
	return o
}

func some64(r *AttrReader) (o Opt[uint64]) {
	if !r.short(8) {
		o = Some(r.Uint64())
	}
	return o
}

func parsePolicy(r AttrReader) *Policy {
	p := &Policy{}
	for r.Next() {
		switch r.Type() {
		case unix.NL_POLICY_TYPE_ATTR_TYPE:
			p.Type = r.Uint32()
		case unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_S:
			if v, ok := some64(&r).Get(); ok {
				p.Min = Some(int64(v))
			}
		case unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_S:
			if v, ok := some64(&r).Get(); ok {
				p.Max = Some(int64(v))
			}
		case unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_U:
			if v, ok := some64(&r).Get(); ok && v <= 1<<63-1 {
				p.Min = Some(int64(v))
			}
		case unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_U:
			p.MaxUnsigned = some64(&r)
		case unix.NL_POLICY_TYPE_ATTR_MIN_LENGTH:
			p.MinLength = some32(&r)
		case unix.NL_POLICY_TYPE_ATTR_MAX_LENGTH:
			p.MaxLength = some32(&r)
		case unix.NL_POLICY_TYPE_ATTR_BITFIELD32_MASK:
			if v, ok := some32(&r).Get(); ok {
				p.Mask = Some(uint64(v))
			}
		case unix.NL_POLICY_TYPE_ATTR_MASK:
			p.Mask = some64(&r)
		}
	}
	return p
}
