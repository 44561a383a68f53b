package iproute

var linkObject = object{
	name: "link",
	bare: "show",
	verbs: []verb{
		{name: "add", parse: parseLinkAdd},
		{name: "set", parse: parseLinkSet}, {name: "change", parse: parseLinkSet},
		{name: "replace"},
		{name: "delete", parse: parseLinkDelete},
		{name: "show", parse: parseLinkShow}, {name: "lst", parse: parseLinkShow}, {name: "list", parse: parseLinkShow},
		{name: "xstats"}, {name: "afstats"},
		{name: "property", parse: parseLinkProperty},
	},
	format: ofRequest(formatLink),
	usage:  linkUsage,
	help:   linkHelp,
}

const linkUsage = `Links, the network devices:
  ip link [show] [[dev] DEV] [group GROUP] [up] [master DEV] [nomaster]
          [vrf NAME] [type KIND | type KIND_slave]
  ip link add [[name | dev] NAME] [PARAMETER ...] type KIND [OPTION ...]
  ip link set { [dev] DEV | group GROUP } [PARAMETER ...]
          [type KIND [OPTION ...]]
  ip link delete { [dev] DEV | group GROUP } [type KIND]
  ip link help [KIND]
  ip link property { add | del } [dev] DEV altname NAME ...
parameters, which are names only in full:
  up, down,
  arp, dynamic, multicast, allmulticast, promisc, trailers { on | off },
  address LLADDR, broadcast LLADDR, mtu BYTES, txqueuelen PACKETS, group GROUP,
  master DEV, vrf NAME, nomaster,
  netns { NAME | PATH | PID }, link-netnsid ID, index N, state OPERSTATE,
  mode { default | dormant },
  addrgenmode { eui64 | none | stable_secret | random }, gso_max_size BYTES,
  gso_max_segs N, gro_max_size BYTES
  add only: link DEV, numtxqueues N, numrxqueues N
  set only: name NAME, alias TEXT, carrier, protodown { on | off }
kinds: veth [peer [[name] NAME] [PARAMETER ...]], others [OPTION ...],
  in set also bridge_slave OPTION ...; ip link help KIND lists the options
`
