package nlspec

import "golang.org/x/sys/unix"

// ifaddrmsg is the header of address messages (include/uapi/linux/if_addr.h).
// If there is an IFA_FLAGS, it replaces flags.
var ifaddrmsg = &CStruct{Name: "ifaddrmsg", Prefix: "ifa_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Name: "prefixlen", Kind: U8},
	{Name: "flags", Kind: U8, Values: &ifaFlags},
	{Name: "scope", Kind: U8, Values: &rtScopes},
	{Name: "index", Kind: U32},
}}

// addrAttrs is the attributes after struct ifaddrmsg.
var addrAttrs = Set{
	1:  {Name: "IFA_ADDRESS", Kind: IP, By: &byteAddr},
	2:  {Name: "IFA_LOCAL", Kind: IP, By: &byteAddr},
	3:  {Name: "IFA_LABEL", Kind: String},
	4:  {Name: "IFA_BROADCAST", Kind: IP},
	5:  {Name: "IFA_ANYCAST", Kind: IP},
	6:  {Name: "IFA_CACHEINFO", Kind: Struct, Struct: ifaCacheInfo},
	7:  {Name: "IFA_MULTICAST", Kind: IP},
	8:  {Name: "IFA_FLAGS", Kind: U32, Values: &ifaFlags},
	9:  {Name: "IFA_RT_PRIORITY", Kind: U32},
	10: {Name: "IFA_TARGET_NETNSID", Kind: S32},
	11: {Name: "IFA_PROTO", Kind: U8, Values: &ifaProtos},
}

// byteAddr selects addresses of one byte, in Phonet (net/phonet/pn_netlink.c)
// and MCTP (net/mctp/device.c and neigh.c).
var byteAddr = Selector{What: ByFamily, Cases: []Case{
	{Number: unix.AF_PHONET, Attr: elemU8},
	{Number: unix.AF_MCTP, Attr: elemU8},
}}

// ifaCacheInfo is IFA_CACHEINFO: lifetimes in seconds, 4294967295 for ever, and
// timestamps in 1/100 s.
var ifaCacheInfo = &CStruct{Name: "ifa_cacheinfo", Fields: []Field{
	{Name: "ifa_prefered", Kind: U32},
	{Name: "ifa_valid", Kind: U32},
	{Name: "cstamp", Kind: U32},
	{Name: "tstamp", Kind: U32},
}}

// ifaFlags is IFA_FLAGS. IFA_F_SECONDARY is IFA_F_TEMPORARY in IPv6.
var ifaFlags = Values{Prefix: "IFA_F_", Bits: true, Consts: []Const{
	{1 << 0, "IFA_F_SECONDARY"},
	{1 << 1, "IFA_F_NODAD"},
	{1 << 2, "IFA_F_OPTIMISTIC"},
	{1 << 3, "IFA_F_DADFAILED"},
	{1 << 4, "IFA_F_HOMEADDRESS"},
	{1 << 5, "IFA_F_DEPRECATED"},
	{1 << 6, "IFA_F_TENTATIVE"},
	{1 << 7, "IFA_F_PERMANENT"},
	{1 << 8, "IFA_F_MANAGETEMPADDR"},
	{1 << 9, "IFA_F_NOPREFIXROUTE"},
	{1 << 10, "IFA_F_MCAUTOJOIN"},
	{1 << 11, "IFA_F_STABLE_PRIVACY"},
}}

// ifaProtos is IFA_PROTO.
var ifaProtos = Values{Prefix: "IFAPROT_", Consts: []Const{
	{0, "IFAPROT_UNSPEC"},
	{1, "IFAPROT_KERNEL_LO"},
	{2, "IFAPROT_KERNEL_RA"},
	{3, "IFAPROT_KERNEL_LL"},
}}
