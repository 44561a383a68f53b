package iproute

import (
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// neighborObject is "ip neighbor". neighbourObject is the same with the other
// spelling.
var neighborObject = object{
	name: "neighbor",
	bare: "show",
	verbs: []verb{
		{name: "add", parse: parseNeighAdd(rtnl.ModeAdd)},
		{name: "change", parse: parseNeighAdd(rtnl.ModeChange)}, {name: "chg", parse: parseNeighAdd(rtnl.ModeChange)},
		{name: "replace", parse: parseNeighAdd(rtnl.ModeReplace)},
		{name: "delete", parse: parseNeighDel},
		{name: "get", parse: parseNeighGet},
		{name: "show", parse: parseNeighShow}, {name: "lst", parse: parseNeighShow}, {name: "list", parse: parseNeighShow},
		{name: "flush", parse: parseNeighFlush},
	},
	format: ofRequest(formatNeigh),
	usage:  neighUsage,
}

var neighbourObject = object{name: "neighbour", bare: neighborObject.bare, verbs: neighborObject.verbs, usage: neighUsage}

const neighUsage = `The neighbour tables, of ARP and NDISC:
  ip neigh { add | change | replace }
           { ADDRESS dev LINK | proxy ADDRESS [dev LINK] } [lladdr LLADDR]
           [nud STATE] [router] [use] [managed] [extern_learn]
           [proto[col] PROTO]
  ip neigh delete { ADDRESS dev LINK | proxy ADDRESS [dev LINK] }
  ip neigh get { ADDRESS dev LINK | proxy ADDRESS [dev LINK] }
  ip neigh [show | flush] [[to] PREFIX] [dev LINK] [nud { STATE | all }] [proxy]
           [unused] [master LINK | nomaster | vrf VRF]
           [proto[col] { PROTO | all }]
STATE: permanent, reachable, noarp, none, stale, incomplete, delay, probe,
       failed, or one bit of NUD_*
`

// Flags of neighbours that x/sys/unix lacks (include/uapi/linux/neighbour.h).
const ntfExtManaged = 1 << 0 // NTF_EXT_MANAGED

// nudStates are the words for states, in the order in which a state is written.
var nudStates = []struct {
	word string
	bit  uint16
	abbr bool // iproute2 accepts any abbreviation
}{
	{"incomplete", unix.NUD_INCOMPLETE, false},
	{"reachable", unix.NUD_REACHABLE, true},
	{"stale", unix.NUD_STALE, false},
	{"delay", unix.NUD_DELAY, false},
	{"probe", unix.NUD_PROBE, false},
	{"failed", unix.NUD_FAILED, true},
	{"noarp", unix.NUD_NOARP, false},
	{"permanent", unix.NUD_PERMANENT, true},
	{"none", unix.NUD_NONE, false},
}

const wantNUD = "a state: permanent, reachable, noarp, none, stale, incomplete, delay, probe, failed, or one bit of NUD_*"
