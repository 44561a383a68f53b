package topology

import "github.com/nslab/nslab/rtnl"

// vrfInterface is a VRF (drivers/net/vrf.c).
var vrfInterface = interfaceKind{
	name: "vrf",
	doc:  "a virtual router: its members route by a table of their own",
	keys: []key{
		{name: "table", typ: typeInteger, min: 1, max: 1<<32 - 1, required: "write table: and the number of its routing table", option: optionOf(func(k *rtnl.VRF) option { return optionAt(&k.Table) }),
			doc: "The number of its routing table. Required."},
		membersKey("The interfaces of the node that route by its table: ends of links, and those of interfaces."),
	},
	noUppers: "nothing can be on a VRF",
	minMTU:   MinIPv6MTU,
	// IP6_MAX_MTU, which is VRFs' alone.
	mtu:        65575,
	comesFirst: 2,
	options:    func() rtnl.Kind { return &rtnl.VRF{} },
	read:       readVRF,
	refusesMember: func(kind string) string {
		if kind == "vrf" {
			return "it is a VRF itself"
		}
		return ""
	},
}

// reservedTables are those that every namespace has
// (include/uapi/linux/rtnetlink.h).
var reservedTables = map[int64]string{253: "default", 254: "main", 255: "local"}

func readVRF(p *fileParser, i *interfaceSpec) bool {
	table := i.f.integer("table", 0)
	if name := reservedTables[table]; name != "" {
		p.Add(i.f["table"].at, "use another number", "table %d is the table %s of the node itself", table, name)
		return false
	}
	return true
}
