package nlspec

// ifaddrlblmsg is the header of address label messages
// (include/uapi/linux/if_addrlabel.h, RFC 6724).
var ifaddrlblmsg = &CStruct{Name: "ifaddrlblmsg", Prefix: "ifal_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 1},
	{Name: "prefixlen", Kind: U8},
	{Name: "flags", Kind: U8},
	{Name: "index", Kind: U32},
	{Name: "seq", Kind: U32},
}}

// addrLabelAttrs is the attributes after struct ifaddrlblmsg.
var addrLabelAttrs = Set{
	1: {Name: "IFAL_ADDRESS", Kind: IP},
	2: {Name: "IFAL_LABEL", Kind: U32},
}
