package iproute

import (
	"strconv"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
)

// formatNetns returns the words of the ip netns command that does what an
// action does; nil if there is none.
func formatNetns(a engine.Action) []string {
	switch a := a.(type) {
	case *engine.NetNSAdd:
		return []string{"netns", "add", a.Name}
	case *engine.NetNSDel:
		return []string{"netns", "delete", a.Name}
	case *engine.NetNSAttach:
		return []string{"netns", "attach", a.Name, strconv.Itoa(a.PID)}
	case *engine.Request:
		if set, ok := a.Req.(*rtnl.NSIDSet); ok {
			return formatNSID(set)
		}
	}
	return nil
}

func formatNSID(set *rtnl.NSIDSet) []string {
	name := set.NetNS.Name()
	if name == "" {
		return nil
	}
	id := "auto"
	if set.ID != rtnl.NSIDNotAssigned {
		id = strconv.Itoa(int(set.ID))
	}
	return []string{"netns", "set", name, id}
}
