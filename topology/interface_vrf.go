package topology

import (
	"strconv"

	"github.com/nslab/nslab/rtnl"
)

// vrfInterface is a VRF (drivers/net/vrf.c).
var vrfInterface = interfaceKind{
	name: "vrf",
	doc:  "a virtual router: its members route by a table of their own",
	keys: []key{
		{name: "table", typ: typeInteger, min: 1, max: 1<<32 - 1, doc: "The number of its routing table. Required."},
		membersKey("The interfaces of the node that route by its table: ends of links, and those of interfaces."),
	},
	noUppers: "nothing can be on a VRF",
	minMTU:   MinIPv6MTU,
	// IP6_MAX_MTU, which is VRFs' alone.
	mtu:        65575,
	comesFirst: 2,
	read:       readVRF,
	refusesMember: func(kind string) string {
		if kind == "vrf" {
			return "it is a VRF itself"
		}
		return ""
	},
	config: func(options rtnl.Kind) (entries, bool) {
		k, ok := options.(*rtnl.VRF)
		if !ok {
			return nil, false
		}
		var e entries
		if table, ok := k.Table.Get(); ok {
			e.add("table", strconv.FormatUint(uint64(table), 10))
		}
		return e, true
	},
}

// reservedTables are those that every namespace has
// (include/uapi/linux/rtnetlink.h).
var reservedTables = map[int64]string{253: "default", 254: "main", 255: "local"}

func readVRF(p *fileParser, i *interfaceSpec) (rtnl.Kind, bool) {
	v := i.f["table"]
	if v == nil {
		if i.lacks("table") {
			p.Add(i.at, "write table: and the number of its routing table", "interface %q of kind vrf has no table", i.name)
		}
		return nil, false
	}
	table := i.f.integer("table", 0)
	if name := reservedTables[table]; name != "" {
		p.Add(v.at, "use another number", "table %d is the table %s of the node itself", table, name)
		return nil, false
	}
	return &rtnl.VRF{Table: rtnl.Some(uint32(table))}, true
}
