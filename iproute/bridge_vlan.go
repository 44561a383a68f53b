package iproute

var bridgeVLANObject = object{
	name: "vlan",
	bare: "show",
	verbs: []verb{
		{name: "add", parse: parseVLANAdd}, {name: "delete", parse: parseVLANDelete},
		{name: "show", parse: parseVLANShow}, {name: "lst", parse: parseVLANShow}, {name: "list", parse: parseVLANShow},
		{name: "tunnelshow", parse: parseVLANTunnelShow}, {name: "set", parse: parseVLANSet},
		{name: "global", parse: parseVLANGlobal, whole: true},
	},
	format: ofRequest(formatBridgeVLAN),
	usage:  vlanUsage,
}

const vlanUsage = `VLANs of bridges and their ports:
  bridge vlan [show] [dev DEV] [vid VID]
  bridge vlan tunnelshow [dev DEV] [vid VID]
  bridge vlan { add | del } vid VID[-VID] dev DEV [pvid] [untagged]
              [tunnel_info id TUNNEL[-TUNNEL]] [self] [master]
  bridge vlan set vid VID[-VID] dev DEV [state STATE] [mcast_router { 0 | 1 | 2 }]
  bridge vlan global [show] [dev DEV] [vid VID]
  bridge vlan global set vid VID[-VID] dev DEV [OPTION VALUE ...]
dev is a port; the bridge itself needs "self".
global options, times in hundredths of a second:
  mcast_snooping, mcast_querier, mcast_igmp_version, mcast_mld_version,
  mcast_last_member_count, mcast_last_member_interval, mcast_startup_query_count,
  mcast_startup_query_interval, mcast_membership_interval,
  mcast_querier_interval, mcast_query_interval, mcast_query_response_interval
`
