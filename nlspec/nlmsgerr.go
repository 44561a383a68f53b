package nlspec

//lint:file-ignore ST1003 its names are the kernel's, in the form that golang.org/x/sys/unix gives to those that it has

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Attributes of an extended acknowledgement (enum nlmsgerr_attrs) that
// golang.org/x/sys/unix lacks. NLMSGERR_ATTR_POLICY is a nest of
// NL_POLICY_TYPE_ATTR_*; the other two are u32, since Linux 6.1.
const (
	NLMSGERR_ATTR_POLICY    = 4
	NLMSGERR_ATTR_MISS_TYPE = 5
	NLMSGERR_ATTR_MISS_NEST = 6
)

// NLM_F_CAPPED in an NLMSG_ERROR says that the request's payload was left out.
// NLM_F_ACK_TLVS, in an NLMSG_ERROR or NLMSG_DONE, says that attributes follow
// (include/uapi/linux/netlink.h).
const (
	nlmFCapped  = 0x100
	nlmFAckTLVs = 0x200
)

// nlmsgerr is struct nlmsgerr up to the request's header. NLMSG_DONE begins
// with the same error.
var nlmsgerr = &CStruct{Name: "nlmsgerr", Fields: []Field{
	{Name: "error", Kind: S32},
}}

// nlmsgerrAttrs is enum nlmsgerr_attrs.
var nlmsgerrAttrs = Set{
	1: {Name: "NLMSGERR_ATTR_MSG", Kind: String},
	2: {Name: "NLMSGERR_ATTR_OFFS", Kind: U32},
	3: {Name: "NLMSGERR_ATTR_COOKIE", Kind: Bytes},
	4: {Name: "NLMSGERR_ATTR_POLICY", Kind: Nested, Nest: policyAttrs},
	5: {Name: "NLMSGERR_ATTR_MISS_TYPE", Kind: U32},
	6: {Name: "NLMSGERR_ATTR_MISS_NEST", Kind: U32},
}

// policyAttrs is enum netlink_policy_type_attr.
var policyAttrs = Set{
	1:  {Name: "NL_POLICY_TYPE_ATTR_TYPE", Kind: U32, Values: &attrTypes},
	2:  {Name: "NL_POLICY_TYPE_ATTR_MIN_VALUE_S", Kind: S64},
	3:  {Name: "NL_POLICY_TYPE_ATTR_MAX_VALUE_S", Kind: S64},
	4:  {Name: "NL_POLICY_TYPE_ATTR_MIN_VALUE_U", Kind: U64},
	5:  {Name: "NL_POLICY_TYPE_ATTR_MAX_VALUE_U", Kind: U64},
	6:  {Name: "NL_POLICY_TYPE_ATTR_MIN_LENGTH", Kind: U32},
	7:  {Name: "NL_POLICY_TYPE_ATTR_MAX_LENGTH", Kind: U32},
	8:  {Name: "NL_POLICY_TYPE_ATTR_POLICY_IDX", Kind: U32},
	9:  {Name: "NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE", Kind: U32},
	10: {Name: "NL_POLICY_TYPE_ATTR_BITFIELD32_MASK", Kind: U32},
	11: {Name: "NL_POLICY_TYPE_ATTR_PAD", Kind: Pad},
	12: {Name: "NL_POLICY_TYPE_ATTR_MASK", Kind: U64},
}

// attrTypes is enum netlink_attribute_type.
var attrTypes = Values{Prefix: "NL_ATTR_TYPE_", Consts: []Const{
	{0, "NL_ATTR_TYPE_INVALID"},
	{1, "NL_ATTR_TYPE_FLAG"},
	{2, "NL_ATTR_TYPE_U8"},
	{3, "NL_ATTR_TYPE_U16"},
	{4, "NL_ATTR_TYPE_U32"},
	{5, "NL_ATTR_TYPE_U64"},
	{6, "NL_ATTR_TYPE_S8"},
	{7, "NL_ATTR_TYPE_S16"},
	{8, "NL_ATTR_TYPE_S32"},
	{9, "NL_ATTR_TYPE_S64"},
	{10, "NL_ATTR_TYPE_BINARY"},
	{11, "NL_ATTR_TYPE_STRING"},
	{12, "NL_ATTR_TYPE_NUL_STRING"},
	{13, "NL_ATTR_TYPE_NESTED"},
	{14, "NL_ATTR_TYPE_NESTED_ARRAY"},
	{15, "NL_ATTR_TYPE_BITFIELD32"},
	{16, "NL_ATTR_TYPE_SINT"},
	{17, "NL_ATTR_TYPE_UINT"},
}}

// openError parses an NLMSG_ERROR or NLMSG_DONE (net/netlink/af_netlink.c,
// netlink_ack_tlv_len and netlink_ack): the error, in NLMSG_ERROR the request's
// header and, unless capped, its payload, then attributes if the flags say so.
// An NLMSG_DONE may have no error at all.
func (l *Layout) openError(h Header, msg []byte) {
	b := msg[unix.NLMSG_HDRLEN:]
	head := b[:min(nlmsgerr.Size(), len(b))]
	l.Body.Header, l.Body.Head, l.Body.HeadOffset = nlmsgerr, head, unix.NLMSG_HDRLEN
	l.Body.AttrsOffset, l.Body.set = unix.NLMSG_HDRLEN+len(head), nlmsgerrAttrs
	l.Body.direction = Received
	rest := b[len(head):]
	if h.Type == unix.NLMSG_ERROR {
		l.RequestOffset = l.Body.AttrsOffset
		n := len(rest)
		if h.Flags&nlmFCapped != 0 {
			n = unix.NLMSG_HDRLEN
		} else if len(rest) >= 4 && h.Flags&nlmFAckTLVs != 0 {
			n = int(min(uint64(binary.NativeEndian.Uint32(rest)), uint64(len(rest))))
			n = max(n, unix.NLMSG_HDRLEN)
		}
		l.Request = rest[:min(n, len(rest))]
		n = min(align(n), len(rest))
		rest = rest[n:]
		l.Body.AttrsOffset += n
	}
	l.Body.Attrs = rest
	l.Body.Known = h.Flags&nlmFAckTLVs != 0
}
