package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Attributes of NLMSG_ERROR and NLMSG_DONE, enum nlmsgerr_attrs, and those of
// a policy, enum netlink_policy_type_attr (include/uapi/linux/netlink.h).
const (
	nlmsgerrMsg      = 1
	nlmsgerrOffs     = 2
	nlmsgerrCookie   = 3
	nlmsgerrPolicy   = 4
	nlmsgerrMissType = 5
	nlmsgerrMissNest = 6

	policyType         = 1
	policyMinValueS    = 2
	policyMaxValueS    = 3
	policyMinValueU    = 4
	policyMaxValueU    = 5
	policyMinLength    = 6
	policyMaxLength    = 7
	policyBitfield32   = 10
	policyMask         = 11
	nlmsgerrHeaderSize = 4 + nlmsgHdrLen
)

// extAck is what the kernel says beside an error number.
type extAck struct {
	message            string
	offset             Opt[uint32]
	cookie             []byte
	policy             *Policy
	missType, missNest Opt[uint32]
}

// parseExtAck reads the attributes behind NLMSG_ERROR's header and the part of
// the request that it repeats, or behind the number in NLMSG_DONE. What cannot
// be read is left out: the errno is worth more than its decoration.
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
		case nlmsgerrMsg:
			ack.message = r.String()
		case nlmsgerrOffs:
			ack.offset = some32(&r)
		case nlmsgerrCookie:
			ack.cookie = append([]byte(nil), r.Bytes()...)
		case nlmsgerrPolicy:
			ack.policy = parsePolicy(r.Nested())
		case nlmsgerrMissType:
			ack.missType = some32(&r)
		case nlmsgerrMissNest:
			ack.missNest = some32(&r)
		}
	}
	return ack
}

// some32 and some64 read a number, and are absent if the payload has no room
// for it.
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
		case policyType:
			p.Type = r.Uint32()
		case policyMinValueS:
			if v, ok := some64(&r).Get(); ok {
				p.Min = Some(int64(v))
			}
		case policyMaxValueS:
			if v, ok := some64(&r).Get(); ok {
				p.Max = Some(int64(v))
			}
		case policyMinValueU:
			if v, ok := some64(&r).Get(); ok && v <= 1<<63-1 {
				p.Min = Some(int64(v))
			}
		case policyMaxValueU:
			p.MaxUnsigned = some64(&r)
		case policyMinLength:
			p.MinLength = some32(&r)
		case policyMaxLength:
			p.MaxLength = some32(&r)
		case policyBitfield32:
			if v, ok := some32(&r).Get(); ok {
				p.Mask = Some(uint64(v))
			}
		case policyMask:
			p.Mask = some64(&r)
		}
	}
	return p
}
