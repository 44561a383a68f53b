package nlspec

// rtgenmsg is the header of namespace ID messages (include/uapi/linux/rtnetlink.h).
var rtgenmsg = &CStruct{Name: "rtgenmsg", Prefix: "rtgen_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
}}

// nsidAttrs is what follows struct rtgenmsg in them (include/uapi/linux/net_namespace.h).
var nsidAttrs = Set{
	1: {Name: "NETNSA_NSID", Kind: S32, Values: &nsids},
	2: {Name: "NETNSA_PID", Kind: U32},
	3: {Name: "NETNSA_FD", Kind: U32},
	4: {Name: "NETNSA_TARGET_NSID", Kind: S32, Values: &nsids},
	5: {Name: "NETNSA_CURRENT_NSID", Kind: S32, Values: &nsids},
}

// nsids is an ID where there is none.
var nsids = Values{Prefix: "NETNSA_NSID_", Consts: []Const{
	{^uint64(0), "NETNSA_NSID_NOT_ASSIGNED"},
}}
