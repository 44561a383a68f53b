package nlspec

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MessageFlags returns the names of the bits of nlmsg_flags in a message of
// type typ. The bits from 0x100 on mean one thing in a GET request, another in
// NEW and DEL, and a third in NLMSG_ERROR (include/uapi/linux/netlink.h). A
// notification has the bits of the request that caused it.
func MessageFlags(protocol int, typ uint16) *Values {
	switch {
	case typ == unix.NLMSG_ERROR || typ == unix.NLMSG_DONE:
		return &ackFlags
	case protocol == unix.NETLINK_NETFILTER:
		return nftFlags(typ)
	case protocol == unix.NETLINK_SOCK_DIAG && typ >= unix.NLMSG_MIN_TYPE:
		return &getFlags
	case protocol == unix.NETLINK_GENERIC && typ >= unix.NLMSG_MIN_TYPE:
		return &genlFlags
	case typ < unix.NLMSG_MIN_TYPE || protocol != unix.NETLINK_ROUTE:
		return &commonFlags
	}
	// rtnetlink's types come in fours: NEW, DEL, GET, SET
	// (include/uapi/linux/rtnetlink.h).
	switch (typ - unix.RTM_BASE) & 3 {
	case 1:
		return &delFlags
	case 2:
		return &getFlags
	}
	return &newFlags
}

// nftFlags returns the flags of an nf_tables message.
func nftFlags(typ uint16) *Values {
	if typ>>8 != unix.NFNL_SUBSYS_NFTABLES {
		return &commonFlags
	}
	switch name := netfilterMessage(typ).Name; {
	case strings.HasPrefix(name, "NFT_MSG_NEW"):
		return &newFlags
	case strings.HasPrefix(name, "NFT_MSG_GET"):
		return &getFlags
	case strings.HasPrefix(name, "NFT_MSG_DEL"), strings.HasPrefix(name, "NFT_MSG_DESTROY"):
		return &delFlags
	}
	return &commonFlags
}

// GroupName returns the name of a multicast group, such as "RTNLGRP_LINK", or
// the number of an unknown one.
func GroupName(protocol int, group uint32) string {
	groups := map[int]*Values{unix.NETLINK_ROUTE: &routeGroups, unix.NETLINK_SOCK_DIAG: &sockDiagGroups}[protocol]
	if names, _ := groups.Names(uint64(group)); len(names) == 1 {
		return names[0]
	}
	return strconv.FormatUint(uint64(group), 10)
}

// commonFlags are the bits of nlmsg_flags that mean the same in all messages, getFlags are
// those of a GET, newFlags of a NEW or SET, delFlags of a DEL, and ackFlags of NLMSG_ERROR and
// NLMSG_DONE.
//
// They are put together in init, as are all tables of this package that are no literals: one
// variable that is initialized by a call, or by append, keeps the compiler from copying
// variables into others when it compiles (staticinit.Schedule.seenMutation in cmd/compile), and
// the program then fills most of the tables whenever it starts, in a millisecond.
var commonFlags, getFlags, newFlags, delFlags, ackFlags Values

func init() {
	commonFlags = messageFlags()
	getFlags = messageFlags(
		Const{0x300, "NLM_F_DUMP"}, // two bits
		Const{0x100, "NLM_F_ROOT"},
		Const{0x200, "NLM_F_MATCH"},
		Const{0x400, "NLM_F_ATOMIC"},
	)
	newFlags = messageFlags( // CREATE before EXCL as in common usage
		Const{0x100, "NLM_F_REPLACE"},
		Const{0x400, "NLM_F_CREATE"},
		Const{0x200, "NLM_F_EXCL"},
		Const{0x800, "NLM_F_APPEND"},
	)
	delFlags = messageFlags(
		Const{0x100, "NLM_F_NONREC"},
		Const{0x200, "NLM_F_BULK"},
	)
	ackFlags = messageFlags(
		Const{nlmFCapped, "NLM_F_CAPPED"},
		Const{nlmFAckTLVs, "NLM_F_ACK_TLVS"},
	)
}

// messageFlags returns commonFlags and more names.
func messageFlags(more ...Const) Values {
	return Values{Prefix: "NLM_F_", Bits: true, Consts: append([]Const{
		{0x1, "NLM_F_REQUEST"},
		{0x2, "NLM_F_MULTI"},
		{0x4, "NLM_F_ACK"},
		{0x8, "NLM_F_ECHO"},
		{0x10, "NLM_F_DUMP_INTR"},
		{0x20, "NLM_F_DUMP_FILTERED"},
	}, more...)}
}

// routeGroups is enum rtnetlink_groups (include/uapi/linux/rtnetlink.h).
var routeGroups = Values{Prefix: "RTNLGRP_", Consts: []Const{
	{0, "RTNLGRP_NONE"},
	{1, "RTNLGRP_LINK"},
	{2, "RTNLGRP_NOTIFY"},
	{3, "RTNLGRP_NEIGH"},
	{4, "RTNLGRP_TC"},
	{5, "RTNLGRP_IPV4_IFADDR"},
	{6, "RTNLGRP_IPV4_MROUTE"},
	{7, "RTNLGRP_IPV4_ROUTE"},
	{8, "RTNLGRP_IPV4_RULE"},
	{9, "RTNLGRP_IPV6_IFADDR"},
	{10, "RTNLGRP_IPV6_MROUTE"},
	{11, "RTNLGRP_IPV6_ROUTE"},
	{12, "RTNLGRP_IPV6_IFINFO"},
	{13, "RTNLGRP_DECnet_IFADDR"},
	{14, "RTNLGRP_NOP2"},
	{15, "RTNLGRP_DECnet_ROUTE"},
	{16, "RTNLGRP_DECnet_RULE"},
	{17, "RTNLGRP_NOP4"},
	{18, "RTNLGRP_IPV6_PREFIX"},
	{19, "RTNLGRP_IPV6_RULE"},
	{20, "RTNLGRP_ND_USEROPT"},
	{21, "RTNLGRP_PHONET_IFADDR"},
	{22, "RTNLGRP_PHONET_ROUTE"},
	{23, "RTNLGRP_DCB"},
	{24, "RTNLGRP_IPV4_NETCONF"},
	{25, "RTNLGRP_IPV6_NETCONF"},
	{26, "RTNLGRP_MDB"},
	{27, "RTNLGRP_MPLS_ROUTE"},
	{28, "RTNLGRP_NSID"},
	{29, "RTNLGRP_MPLS_NETCONF"},
	{30, "RTNLGRP_IPV4_MROUTE_R"},
	{31, "RTNLGRP_IPV6_MROUTE_R"},
	{32, "RTNLGRP_NEXTHOP"},
	{33, "RTNLGRP_BRVLAN"},
	{34, "RTNLGRP_MCTP_IFADDR"},
	{35, "RTNLGRP_TUNNEL"},
	{36, "RTNLGRP_STATS"},
	{37, "RTNLGRP_IPV4_MCADDR"},
	{38, "RTNLGRP_IPV6_MCADDR"},
	{39, "RTNLGRP_IPV6_ACADDR"},
}}
