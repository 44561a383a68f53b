package rtnl

import (
	"errors"

	"golang.org/x/sys/unix"
)

// A feature is something that a kernel may be built without.
type feature struct {
	config string // its symbol in the kernel's configuration
	module string // its module, "" if it cannot be one
}

// linkFeatures are the features for link types (drivers/net/Kconfig and
// net/*/Kconfig).
var linkFeatures = map[string]feature{
	"amt":       {"CONFIG_AMT", "amt"},
	"bareudp":   {"CONFIG_BAREUDP", "bareudp"},
	"batadv":    {"CONFIG_BATMAN_ADV", "batman-adv"},
	"bond":      {"CONFIG_BONDING", "bonding"},
	"bridge":    {"CONFIG_BRIDGE", "bridge"},
	"dummy":     {"CONFIG_DUMMY", "dummy"},
	"erspan":    {"CONFIG_NET_IPGRE", "ip_gre"},
	"geneve":    {"CONFIG_GENEVE", "geneve"},
	"gre":       {"CONFIG_NET_IPGRE", "ip_gre"},
	"gretap":    {"CONFIG_NET_IPGRE", "ip_gre"},
	"gtp":       {"CONFIG_GTP", "gtp"},
	"hsr":       {"CONFIG_HSR", "hsr"},
	"ifb":       {"CONFIG_IFB", "ifb"},
	"ip6erspan": {"CONFIG_IPV6_GRE", "ip6_gre"},
	"ip6gre":    {"CONFIG_IPV6_GRE", "ip6_gre"},
	"ip6gretap": {"CONFIG_IPV6_GRE", "ip6_gre"},
	"ip6tnl":    {"CONFIG_IPV6_TUNNEL", "ip6_tunnel"},
	"ipip":      {"CONFIG_NET_IPIP", "ipip"},
	"ipvlan":    {"CONFIG_IPVLAN", "ipvlan"},
	"ipvtap":    {"CONFIG_IPVTAP", "ipvtap"},
	"macsec":    {"CONFIG_MACSEC", "macsec"},
	"macvlan":   {"CONFIG_MACVLAN", "macvlan"},
	"macvtap":   {"CONFIG_MACVTAP", "macvtap"},
	"netdevsim": {"CONFIG_NETDEVSIM", "netdevsim"},
	"netkit":    {"CONFIG_NETKIT", ""},
	"nlmon":     {"CONFIG_NLMON", "nlmon"},
	"sit":       {"CONFIG_IPV6_SIT", "sit"},
	"team":      {"CONFIG_NET_TEAM", "team"},
	"vcan":      {"CONFIG_CAN_VCAN", "vcan"},
	"veth":      {"CONFIG_VETH", "veth"},
	"vlan":      {"CONFIG_VLAN_8021Q", "8021q"},
	"vrf":       {"CONFIG_NET_VRF", "vrf"},
	"vti":       {"CONFIG_NET_IPVTI", "ip_vti"},
	"vti6":      {"CONFIG_IPV6_VTI", "ip6_vti"},
	"vxcan":     {"CONFIG_CAN_VXCAN", "vxcan"},
	"vxlan":     {"CONFIG_VXLAN", "vxlan"},
	"wireguard": {"CONFIG_WIREGUARD", "wireguard"},
	"xfrm":      {"CONFIG_XFRM_INTERFACE", "xfrm_interface"},
}

// qdiscFeatures are the features for kinds of qdiscs (net/sched/Kconfig).
var qdiscFeatures = map[string]feature{
	"cake":     {"CONFIG_NET_SCH_CAKE", "sch_cake"},
	"clsact":   {"CONFIG_NET_SCH_INGRESS", "sch_ingress"},
	"codel":    {"CONFIG_NET_SCH_CODEL", "sch_codel"},
	"fq":       {"CONFIG_NET_SCH_FQ", "sch_fq"},
	"fq_codel": {"CONFIG_NET_SCH_FQ_CODEL", "sch_fq_codel"},
	"htb":      {"CONFIG_NET_SCH_HTB", "sch_htb"},
	"ingress":  {"CONFIG_NET_SCH_INGRESS", "sch_ingress"},
	"netem":    {"CONFIG_NET_SCH_NETEM", "sch_netem"},
	"prio":     {"CONFIG_NET_SCH_PRIO", "sch_prio"},
	"red":      {"CONFIG_NET_SCH_RED", "sch_red"},
	"sfq":      {"CONFIG_NET_SCH_SFQ", "sch_sfq"},
	"tbf":      {"CONFIG_NET_SCH_TBF", "sch_tbf"},
}

func (f feature) String() string {
	if f.module == "" {
		return "a kernel with " + f.config
	}
	return f.config + ", the kernel's module " + f.module
}

// needs returns what the kernel lacks for a request that it refused as not
// supported: `type "vlan" needs CONFIG_VLAN_8021Q, the kernel's module 8021q`.
// It is "" if that is unknown.
func needs(request []byte, errno unix.Errno, message string) string {
	m, _, err := nextMessage(request)
	if err != nil || len(m.Data) == 0 {
		return ""
	}
	if m.Type == unix.RTM_NEWQDISC {
		return needsOfQdisc(m, errno, message)
	}
	if errno != unix.EOPNOTSUPP && errno != unix.EAFNOSUPPORT {
		return ""
	}
	family := m.Data[0]
	switch m.Type &^ 3 {
	case unix.RTM_NEWLINK:
		return needsOfLink(m, message)
	case unix.RTM_NEWRULE:
		switch {
		case errno != unix.EAFNOSUPPORT:
		case family == unix.AF_INET:
			return "rules need " + feature{config: "CONFIG_IP_MULTIPLE_TABLES"}.String()
		case family == unix.AF_INET6 && hasIPv6():
			return "rules of IPv6 need " + feature{config: "CONFIG_IPV6_MULTIPLE_TABLES"}.String()
		}
	case unix.RTM_NEWROUTE:
		if family == unix.AF_MPLS {
			return "MPLS routes need " + feature{"CONFIG_MPLS_ROUTING", "mpls_router"}.String()
		}
	}
	if family == unix.AF_INET6 && !hasIPv6() {
		return "IPv6 needs CONFIG_IPV6, and a kernel that was not started with ipv6.disable=1"
	}
	return ""
}

// needsOfLink does what needs does, for a link: the kernel says that it does
// not know the type (rtnl_newlink in net/core/rtnetlink.c), or that a bridge
// does not support VLANs (br_vlan_filter_toggle in net/bridge/br_private.h).
func needsOfLink(m Message, message string) string {
	kind, vlans := "", false
	for r := m.attrs(unix.SizeofIfInfomsg); r.Next(); {
		if r.Type() != unix.IFLA_LINKINFO {
			continue
		}
		for info := r.Nested(); info.Next(); {
			switch info.Type() {
			case unix.IFLA_INFO_KIND:
				kind = info.String()
			case unix.IFLA_INFO_DATA:
				for d := info.Nested(); kind == "bridge" && d.Next(); {
					vlans = vlans || d.Type() == unix.IFLA_BR_VLAN_FILTERING
				}
			}
		}
	}
	if f, ok := linkFeatures[kind]; ok && message == "Unknown device type" {
		return "type " + quote(kind) + " needs " + f.String()
	}
	if vlans && message == "" {
		return "vlan_filtering needs " + feature{config: "CONFIG_BRIDGE_VLAN_FILTERING"}.String()
	}
	return ""
}

// needsOfQdisc does what needs does, for a qdisc: the kernel says that it does
// not know the kind (qdisc_create in net/sched/sch_api.c), or
// that it has none at all (rtnetlink_rcv_msg in
// net/core/rtnetlink.c).
func needsOfQdisc(m Message, errno unix.Errno, message string) string {
	if errno == unix.EOPNOTSUPP && message == "" {
		return "queueing disciplines need " + feature{config: "CONFIG_NET_SCHED"}.String()
	}
	if errno != unix.ENOENT || message != unknownQdisc {
		return ""
	}
	for r := m.attrs(tcmsgLen); r.Next(); {
		if r.Type() == tcaKind {
			if f, ok := qdiscFeatures[r.String()]; ok {
				return "qdisc " + quote(r.String()) + " needs " + f.String()
			}
		}
	}
	return ""
}

// unknownQdisc is the kernel's sentence for a kind that it does not have.
const unknownQdisc = "Specified qdisc kind is unknown"

// hasIPv6 reports whether the kernel has IPv6.
func hasIPv6() bool {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd) //nolint:errcheck // it is open
	}
	return !errors.Is(err, unix.EAFNOSUPPORT)
}
