package nlspec

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// protocols are the netlink families (include/uapi/linux/netlink.h).
var protocols = Values{Prefix: "NETLINK_", Consts: []Const{
	{unix.NETLINK_ROUTE, "NETLINK_ROUTE"},
	{unix.NETLINK_UNUSED, "NETLINK_UNUSED"},
	{unix.NETLINK_USERSOCK, "NETLINK_USERSOCK"},
	{unix.NETLINK_FIREWALL, "NETLINK_FIREWALL"},
	{unix.NETLINK_SOCK_DIAG, "NETLINK_SOCK_DIAG"},
	{unix.NETLINK_NFLOG, "NETLINK_NFLOG"},
	{unix.NETLINK_XFRM, "NETLINK_XFRM"},
	{unix.NETLINK_SELINUX, "NETLINK_SELINUX"},
	{unix.NETLINK_ISCSI, "NETLINK_ISCSI"},
	{unix.NETLINK_AUDIT, "NETLINK_AUDIT"},
	{unix.NETLINK_FIB_LOOKUP, "NETLINK_FIB_LOOKUP"},
	{unix.NETLINK_CONNECTOR, "NETLINK_CONNECTOR"},
	{unix.NETLINK_NETFILTER, "NETLINK_NETFILTER"},
	{unix.NETLINK_IP6_FW, "NETLINK_IP6_FW"},
	{unix.NETLINK_DNRTMSG, "NETLINK_DNRTMSG"},
	{unix.NETLINK_KOBJECT_UEVENT, "NETLINK_KOBJECT_UEVENT"},
	{unix.NETLINK_GENERIC, "NETLINK_GENERIC"},
	{unix.NETLINK_SCSITRANSPORT, "NETLINK_SCSITRANSPORT"},
	{unix.NETLINK_ECRYPTFS, "NETLINK_ECRYPTFS"},
	{unix.NETLINK_RDMA, "NETLINK_RDMA"},
	{unix.NETLINK_CRYPTO, "NETLINK_CRYPTO"},
	{unix.NETLINK_SMC, "NETLINK_SMC"},
}}

// ProtocolName returns the name of a netlink protocol, such as "NETLINK_ROUTE"
// for 0, or its number if it has none.
func ProtocolName(protocol int) string {
	if protocol >= 0 {
		if names, _ := protocols.Names(uint64(protocol)); names != nil {
			return names[0]
		}
	}
	return strconv.Itoa(protocol)
}

// ProtocolNumber returns the netlink protocol called name: a result of
// ProtocolName, the same without NETLINK_, or a number from 0 to 31
// (MAX_LINKS).
func ProtocolNumber(name string) (protocol int, ok bool) {
	for _, c := range protocols.Consts {
		if name == c.Name || name == protocols.Short(c.Name) {
			return int(c.Number), true
		}
	}
	n, err := strconv.ParseUint(name, 10, 8)
	return int(n), err == nil && n < maxLinks
}

// maxLinks is MAX_LINKS, the maximum number of netlink protocols
// (include/uapi/linux/netlink.h).
const maxLinks = 32
