package nlspec

// rtgenmsg is the header of namespace ID messages
// (include/uapi/linux/rtnetlink.h).
var rtgenmsg = &CStruct{Name: "rtgenmsg", Prefix: "rtgen_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
}}

// nsidAttrs is the attributes after struct rtgenmsg in namespace ID messages
// (include/uapi/linux/net_namespace.h).
var nsidAttrs = Set{
	1: {Name: "NETNSA_NSID", Kind: S32, Values: &nsids},
	2: {Name: "NETNSA_PID", Kind: U32},
	3: {Name: "NETNSA_FD", Kind: U32},
	4: {Name: "NETNSA_TARGET_NSID", Kind: S32, Values: &nsids},
	5: {Name: "NETNSA_CURRENT_NSID", Kind: S32, Values: &nsids},
}

// nsids is the value of an ID that is not assigned.
var nsids = Values{Prefix: "NETNSA_NSID_", Consts: []Const{
	{^uint64(0), "NETNSA_NSID_NOT_ASSIGNED"},
}}
