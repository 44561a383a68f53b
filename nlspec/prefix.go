package nlspec

// prefixmsg is the header of RTM_NEWPREFIX (include/uapi/linux/rtnetlink.h): a
// prefix that a router announced.
var prefixmsg = &CStruct{Name: "prefixmsg", Prefix: "prefix_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
	{Name: "ifindex", Kind: S32},
	{Name: "type", Kind: U8},
	{Name: "len", Kind: U8},
	{Name: "flags", Kind: U8, Values: &prefixFlags},
	{Len: 1},
}}

// prefixAttrs is the attributes after struct prefixmsg.
var prefixAttrs = Set{
	1: {Name: "PREFIX_ADDRESS", Kind: IP},
	2: {Name: "PREFIX_CACHEINFO", Kind: Struct, Struct: prefixCacheInfo},
}

// prefixCacheInfo is PREFIX_CACHEINFO: lifetimes in seconds, 4294967295 for
// ever.
var prefixCacheInfo = &CStruct{Name: "prefix_cacheinfo", Fields: []Field{
	{Name: "preferred_time", Kind: U32},
	{Name: "valid_time", Kind: U32},
}}

// prefixFlags is prefix_flags: in older kernels IF_PREFIX_ bits
// (include/net/if_inet6.h); since Linux 6.8, and in stable kernels with the
// same change, the bits of the option on the wire, named as in struct
// prefix_info (include/net/addrconf.h; RFC 4861, 4.6.2).
var prefixFlags = Values{Prefix: "IF_PREFIX_", Bits: true, Consts: []Const{
	{0x01, "IF_PREFIX_ONLINK"},
	{0x02, "IF_PREFIX_AUTOCONF"},
	{0x80, "onlink"},
	{0x40, "autoconf"},
	{0x20, "routeraddr"},
	{0x10, "preferpd"},
}}
