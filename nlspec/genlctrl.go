package nlspec

import "golang.org/x/sys/unix"

// genlmsghdr is the header of generic netlink's messages
// (include/uapi/linux/genetlink.h).
var genlmsghdr = &CStruct{Name: "genlmsghdr", Fields: []Field{
	{Name: "cmd", Kind: U8},
	{Name: "version", Kind: U8},
	{Len: 2},
}}

// ctrlMessages are the commands of the controller, the family that describes
// all families and always exists.
var ctrlMessages = []Message{
	1:  {Name: "CTRL_CMD_NEWFAMILY", Header: genlmsghdr, Attrs: ctrlAttrs},
	2:  {Name: "CTRL_CMD_DELFAMILY", Header: genlmsghdr, Attrs: ctrlAttrs},
	3:  {Name: "CTRL_CMD_GETFAMILY", Header: genlmsghdr, Attrs: ctrlAttrs},
	4:  {Name: "CTRL_CMD_NEWOPS", Header: genlmsghdr, Attrs: ctrlAttrs},
	5:  {Name: "CTRL_CMD_DELOPS", Header: genlmsghdr, Attrs: ctrlAttrs},
	6:  {Name: "CTRL_CMD_GETOPS", Header: genlmsghdr, Attrs: ctrlAttrs},
	7:  {Name: "CTRL_CMD_NEWMCAST_GRP", Header: genlmsghdr, Attrs: ctrlAttrs},
	8:  {Name: "CTRL_CMD_DELMCAST_GRP", Header: genlmsghdr, Attrs: ctrlAttrs},
	9:  {Name: "CTRL_CMD_GETMCAST_GRP", Header: genlmsghdr, Attrs: ctrlAttrs},
	10: {Name: "CTRL_CMD_GETPOLICY", Header: genlmsghdr, Attrs: ctrlAttrs},
}

// The attributes that Families learns from.
const (
	ctrlAttrFamilyID    = 1
	ctrlAttrFamilyName  = 2
	ctrlAttrHdrSize     = 4
	ctrlAttrMcastGroups = 7
	ctrlAttrGroupName   = 1
	ctrlAttrGroupID     = 2
)

// ctrlAttrs is the attributes of the controller's messages. The types in OPS
// and MCAST_GROUPS only number the elements. In POLICY the outer types number
// the policies and the inner types are attributes; in OP_POLICY the types are
// commands.
var ctrlAttrs = Set{
	1:  {Name: "CTRL_ATTR_FAMILY_ID", Kind: U16},
	2:  {Name: "CTRL_ATTR_FAMILY_NAME", Kind: String},
	3:  {Name: "CTRL_ATTR_VERSION", Kind: U32},
	4:  {Name: "CTRL_ATTR_HDRSIZE", Kind: U32},
	5:  {Name: "CTRL_ATTR_MAXATTR", Kind: U32},
	6:  {Name: "CTRL_ATTR_OPS", Kind: List, Elem: &Attr{Kind: Nested, Nest: ctrlOpAttrs}},
	7:  {Name: "CTRL_ATTR_MCAST_GROUPS", Kind: List, Elem: &Attr{Kind: Nested, Nest: ctrlGroupAttrs}},
	8:  {Name: "CTRL_ATTR_POLICY", Kind: List, Elem: &Attr{Kind: List, Elem: &Attr{Kind: Nested, Nest: policyAttrs}}},
	9:  {Name: "CTRL_ATTR_OP_POLICY", Kind: List, Elem: &Attr{Kind: Nested, Nest: ctrlOpPolicyAttrs}},
	10: {Name: "CTRL_ATTR_OP", Kind: U32},
}

// ctrlOpAttrs is one command of a family.
var ctrlOpAttrs = Set{
	1: {Name: "CTRL_ATTR_OP_ID", Kind: U32},
	2: {Name: "CTRL_ATTR_OP_FLAGS", Kind: U32, Values: &genlOpFlags},
}

// ctrlGroupAttrs is one multicast group of a family.
var ctrlGroupAttrs = Set{
	1: {Name: "CTRL_ATTR_MCAST_GRP_NAME", Kind: String},
	2: {Name: "CTRL_ATTR_MCAST_GRP_ID", Kind: U32},
}

// ctrlOpPolicyAttrs is the numbers of the policies of one command.
var ctrlOpPolicyAttrs = Set{
	1: {Name: "CTRL_ATTR_POLICY_DO", Kind: U32},
	2: {Name: "CTRL_ATTR_POLICY_DUMP", Kind: U32},
}

// genlOpFlags is CTRL_ATTR_OP_FLAGS.
var genlOpFlags = Values{Prefix: "GENL_", Bits: true, Consts: []Const{
	{0x01, "GENL_ADMIN_PERM"},
	{0x02, "GENL_CMD_CAP_DO"},
	{0x04, "GENL_CMD_CAP_DUMP"},
	{0x08, "GENL_CMD_CAP_HASPOL"},
	{0x10, "GENL_UNS_ADMIN_PERM"},
}}

// genlFlags are the bits of nlmsg_flags in generic netlink. Two bits ask for a
// dump, for every command (net/netlink/genetlink.c, genl_family_rcv_msg); each
// family defines the other upper bits.
var genlFlags Values

func init() { genlFlags = messageFlags(Const{unix.NLM_F_DUMP, "NLM_F_DUMP"}) }
