package iproute

var bridgeLinkObject = object{
	name: "link",
	bare: "show",
	verbs: []verb{
		{name: "set", parse: parseBridgeLinkSet}, {name: "change", parse: parseBridgeLinkSet},
		{name: "show", parse: parseBridgeLinkShow}, {name: "lst", parse: parseBridgeLinkShow}, {name: "list", parse: parseBridgeLinkShow},
	},
	format: ofRequest(formatBridgeLink),
	usage:  bridgeLinkUsage,
}

const bridgeLinkUsage = `Ports of bridges:
  bridge link [show] [dev DEV]
  bridge link set dev DEV [OPTION ...] [self] [master]
options, which are names only in full:
  state { disabled | listening | learning | forwarding | blocking },
  priority N, cost N, mcast_router { 0 | 1 | 2 | 3 }, hwmode { vepa | veb },
  backup_port DEV, nobackup_port,
  guard, hairpin, fastleave, root_block, learning, learning_sync, flood,
  mcast_flood, bcast_flood,
  mcast_to_unicast, neigh_suppress, vlan_tunnel, isolated, locked { on | off }
`
