package nlspec

// ifFlags is ifi_flags (include/uapi/linux/if.h).
var ifFlags = Values{Prefix: "IFF_", Bits: true, Consts: []Const{
	{1 << 0, "IFF_UP"},
	{1 << 1, "IFF_BROADCAST"},
	{1 << 2, "IFF_DEBUG"},
	{1 << 3, "IFF_LOOPBACK"},
	{1 << 4, "IFF_POINTOPOINT"},
	{1 << 5, "IFF_NOTRAILERS"},
	{1 << 6, "IFF_RUNNING"},
	{1 << 7, "IFF_NOARP"},
	{1 << 8, "IFF_PROMISC"},
	{1 << 9, "IFF_ALLMULTI"},
	{1 << 10, "IFF_MASTER"},
	{1 << 11, "IFF_SLAVE"},
	{1 << 12, "IFF_MULTICAST"},
	{1 << 13, "IFF_PORTSEL"},
	{1 << 14, "IFF_AUTOMEDIA"},
	{1 << 15, "IFF_DYNAMIC"},
	{1 << 16, "IFF_LOWER_UP"},
	{1 << 17, "IFF_DORMANT"},
	{1 << 18, "IFF_ECHO"},
}}

// arphrd is ifi_type (include/uapi/linux/if_arp.h). ARPHRD_CISCO is also called
// ARPHRD_HDLC.
var arphrd = Values{Prefix: "ARPHRD_", Consts: []Const{
	{0, "ARPHRD_NETROM"},
	{1, "ARPHRD_ETHER"},
	{2, "ARPHRD_EETHER"},
	{3, "ARPHRD_AX25"},
	{4, "ARPHRD_PRONET"},
	{5, "ARPHRD_CHAOS"},
	{6, "ARPHRD_IEEE802"},
	{7, "ARPHRD_ARCNET"},
	{8, "ARPHRD_APPLETLK"},
	{15, "ARPHRD_DLCI"},
	{19, "ARPHRD_ATM"},
	{23, "ARPHRD_METRICOM"},
	{24, "ARPHRD_IEEE1394"},
	{27, "ARPHRD_EUI64"},
	{32, "ARPHRD_INFINIBAND"},
	{256, "ARPHRD_SLIP"},
	{257, "ARPHRD_CSLIP"},
	{258, "ARPHRD_SLIP6"},
	{259, "ARPHRD_CSLIP6"},
	{260, "ARPHRD_RSRVD"},
	{264, "ARPHRD_ADAPT"},
	{270, "ARPHRD_ROSE"},
	{271, "ARPHRD_X25"},
	{272, "ARPHRD_HWX25"},
	{280, "ARPHRD_CAN"},
	{290, "ARPHRD_MCTP"},
	{512, "ARPHRD_PPP"},
	{513, "ARPHRD_CISCO"},
	{516, "ARPHRD_LAPB"},
	{517, "ARPHRD_DDCMP"},
	{518, "ARPHRD_RAWHDLC"},
	{519, "ARPHRD_RAWIP"},
	{768, "ARPHRD_TUNNEL"},
	{769, "ARPHRD_TUNNEL6"},
	{770, "ARPHRD_FRAD"},
	{771, "ARPHRD_SKIP"},
	{772, "ARPHRD_LOOPBACK"},
	{773, "ARPHRD_LOCALTLK"},
	{774, "ARPHRD_FDDI"},
	{775, "ARPHRD_BIF"},
	{776, "ARPHRD_SIT"},
	{777, "ARPHRD_IPDDP"},
	{778, "ARPHRD_IPGRE"},
	{779, "ARPHRD_PIMREG"},
	{780, "ARPHRD_HIPPI"},
	{781, "ARPHRD_ASH"},
	{782, "ARPHRD_ECONET"},
	{783, "ARPHRD_IRDA"},
	{784, "ARPHRD_FCPP"},
	{785, "ARPHRD_FCAL"},
	{786, "ARPHRD_FCPL"},
	{787, "ARPHRD_FCFABRIC"},
	{800, "ARPHRD_IEEE802_TR"},
	{801, "ARPHRD_IEEE80211"},
	{802, "ARPHRD_IEEE80211_PRISM"},
	{803, "ARPHRD_IEEE80211_RADIOTAP"},
	{804, "ARPHRD_IEEE802154"},
	{805, "ARPHRD_IEEE802154_MONITOR"},
	{820, "ARPHRD_PHONET"},
	{821, "ARPHRD_PHONET_PIPE"},
	{822, "ARPHRD_CAIF"},
	{823, "ARPHRD_IP6GRE"},
	{824, "ARPHRD_NETLINK"},
	{825, "ARPHRD_6LOWPAN"},
	{826, "ARPHRD_VSOCKMON"},
	{0xffff, "ARPHRD_VOID"},
	{0xfffe, "ARPHRD_NONE"},
}}

// operStates is IFLA_OPERSTATE (include/uapi/linux/if.h, RFC 2863).
var operStates = Values{Prefix: "IF_OPER_", Consts: []Const{
	{0, "IF_OPER_UNKNOWN"},
	{1, "IF_OPER_NOTPRESENT"},
	{2, "IF_OPER_DOWN"},
	{3, "IF_OPER_LOWERLAYERDOWN"},
	{4, "IF_OPER_TESTING"},
	{5, "IF_OPER_DORMANT"},
	{6, "IF_OPER_UP"},
}}

// linkModes is IFLA_LINKMODE.
var linkModes = Values{Prefix: "IF_LINK_MODE_", Consts: []Const{
	{0, "IF_LINK_MODE_DEFAULT"},
	{1, "IF_LINK_MODE_DORMANT"},
	{2, "IF_LINK_MODE_TESTING"},
}}

// extMask is IFLA_EXT_MASK (include/uapi/linux/rtnetlink.h).
var extMask = Values{Prefix: "RTEXT_FILTER_", Bits: true, Consts: []Const{
	{1 << 0, "RTEXT_FILTER_VF"},
	{1 << 1, "RTEXT_FILTER_BRVLAN"},
	{1 << 2, "RTEXT_FILTER_BRVLAN_COMPRESSED"},
	{1 << 3, "RTEXT_FILTER_SKIP_STATS"},
	{1 << 4, "RTEXT_FILTER_MRP"},
	{1 << 5, "RTEXT_FILTER_CFM_CONFIG"},
	{1 << 6, "RTEXT_FILTER_CFM_STATUS"},
	{1 << 7, "RTEXT_FILTER_MST"},
	{1 << 8, "RTEXT_FILTER_NAME_ONLY"},
}}

// linkEvents is IFLA_EVENT.
var linkEvents = Values{Prefix: "IFLA_EVENT_", Consts: []Const{
	{0, "IFLA_EVENT_NONE"},
	{1, "IFLA_EVENT_REBOOT"},
	{2, "IFLA_EVENT_FEATURES"},
	{3, "IFLA_EVENT_BONDING_FAILOVER"},
	{4, "IFLA_EVENT_NOTIFY_PEERS"},
	{5, "IFLA_EVENT_IGMP_RESEND"},
	{6, "IFLA_EVENT_BONDING_OPTIONS"},
}}

// xdpAttached is IFLA_XDP_ATTACHED.
var xdpAttached = Values{Prefix: "XDP_ATTACHED_", Consts: []Const{
	{0, "XDP_ATTACHED_NONE"},
	{1, "XDP_ATTACHED_DRV"},
	{2, "XDP_ATTACHED_SKB"},
	{3, "XDP_ATTACHED_HW"},
	{4, "XDP_ATTACHED_MULTI"},
}}

// xdpFlags is IFLA_XDP_FLAGS.
var xdpFlags = Values{Prefix: "XDP_FLAGS_", Bits: true, Consts: []Const{
	{1 << 0, "XDP_FLAGS_UPDATE_IF_NOEXIST"},
	{1 << 1, "XDP_FLAGS_SKB_MODE"},
	{1 << 2, "XDP_FLAGS_DRV_MODE"},
	{1 << 3, "XDP_FLAGS_HW_MODE"},
	{1 << 4, "XDP_FLAGS_REPLACE"},
}}

// families is the address families that rtnetlink's headers carry
// (include/linux/socket.h).
var families = Values{Prefix: "AF_", Consts: []Const{
	{0, "AF_UNSPEC"},
	{1, "AF_UNIX"},
	{2, "AF_INET"},
	{7, "AF_BRIDGE"},
	{10, "AF_INET6"},
	{16, "AF_NETLINK"},
	{17, "AF_PACKET"},
	{28, "AF_MPLS"},
	{29, "AF_CAN"},
	{35, "AF_PHONET"},
	{40, "AF_VSOCK"},
	{44, "AF_XDP"},
	{45, "AF_MCTP"},
	{128, "RTNL_FAMILY_IPMR"},
	{129, "RTNL_FAMILY_IP6MR"},
}}
