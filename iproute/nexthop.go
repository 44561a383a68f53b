package iproute

import "github.com/nslab/nslab/rtnl"

var nexthopObject = object{
	name: "nexthop",
	bare: "list",
	verbs: []verb{
		{name: "add", parse: parseNexthopAdd(rtnl.ModeAdd)},
		{name: "replace", parse: parseNexthopAdd(rtnl.ModeReplace)},
		{name: "delete", parse: parseNexthopDel},
		{name: "list", parse: parseNexthopShow}, {name: "show", parse: parseNexthopShow}, {name: "lst", parse: parseNexthopShow},
		{name: "get", parse: parseNexthopGet},
		{name: "flush", parse: parseNexthopFlush},
		{name: "bucket"},
	},
	format: ofRequest(formatNexthop),
	usage:  nexthopUsage,
}

const nexthopUsage = `Nexthops with an id, which routes refer to with "nhid ID":
  ip nexthop { add | replace } id ID NEXTHOP [ protocol PROTO ]
  ip nexthop { get | delete } id ID
  ip nexthop [ show | flush ] [ id ID ] [ dev DEV ] [ vrf NAME ] [ master DEV ]
             [ groups ] [ fdb ] [ protocol N ]
NEXTHOP:   blackhole | [ via [ inet | inet6 ] ADDRESS ] [ dev DEV ] [ onlink ]
           [ fdb ] | group ID[,WEIGHT]/ID[,WEIGHT]... [ fdb ] [ type TYPE ]
TYPE:      mpath | resilient [ buckets N ] [ idle_timer SECONDS ]
           [ unbalanced_timer SECONDS ]
`

// nexthopTypes are the types of groups, by number.
var nexthopTypes = [...]string{rtnl.NexthopGroupHash: "mpath", rtnl.NexthopGroupResilient: "resilient"}
