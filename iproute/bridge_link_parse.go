package iproute

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// bridgePortWords are the options that bridge link set has in common with the
// kind "bridge_slave" of ip link.
var bridgePortWords = []string{
	"guard", "hairpin", "fastleave", "root_block", "learning", "flood", "mcast_router", "mcast_flood", "bcast_flood",
	"mcast_to_unicast", "cost", "priority", "neigh_suppress", "vlan_tunnel", "isolated", "locked", "backup_port", "nobackup_port",
}

func bridgePortOption(word string) *kindOption[bridge.PortOptions] {
	if !slices.Contains(bridgePortWords, word) {
		return nil
	}
	i := slices.IndexFunc(portOptions(), func(o kindOption[bridge.PortOptions]) bool { return o.name == word })
	if i < 0 {
		return nil
	}
	return &portOptions()[i]
}

func parseBridgeLinkSet(c *Command, w *words) {
	if c.help(w, bridgeLinkUsage) {
		return
	}
	set := &bridge.PortSet{}
	dev := ""
	for w.more() {
		switch word := w.next(); word {
		case "dev":
			dev = w.device("a port")
		case "state":
			set.Options.State = w.stpState()
		case "cost":
			if n := uint32(w.atoiOr("a cost", 1, math.MaxInt32)); n != 0 {
				set.Options.PathCost = rtnl.Some(n)
			}
		case "priority":
			if n := int16(w.atoiOr("a priority", 0, math.MaxInt16)); n >= 0 {
				set.Options.Priority = rtnl.Some(uint16(n))
			}
		case "mcast_router":
			if n := int8(w.atoiOr("a number", 0, math.MaxInt8)); n >= 0 {
				set.Options.MulticastRouter = rtnl.Some(uint8(n))
			}
		case "learning_sync":
			set.Options.LearningSync = rtnl.Some(w.parseOnOff(word) == 1)
		case "hwmode":
			set.Side, set.Mode = bridge.Self, rtnl.Some(w.hwMode())
		case "self":
			set.Side |= bridge.Self
		case "master":
			set.Side |= bridge.Master
		default:
			opt := bridgePortOption(word)
			if opt == nil {
				w.bad("an option of a port: dev, state, learning_sync, hwmode, self, master, %s", list(bridgePortWords, func(s string) string { return s }))
				return
			}
			opt.parse(&set.Options, w) // the last backup port counts
		}
	}
	if dev == "" {
		w.need(`a port, "dev DEV"`)
		w.peer("Device is a required argument.")
	}
	// Here every wrong word has the same exit status.
	var wrong *WordError
	if errors.As(w.err, &wrong) {
		wrong.status = statusUsage
	}
	set.Link.Name = dev
	c.op(set)
	c.wrap = func(err error) error {
		if d := (*rtnl.NoDeviceError)(nil); errors.As(err, &d) && d.Name == dev {
			err = noDevice(err, peerNoBridge)
		}
		return bridgeFailed(err)
	}
}

// atoiOr takes a decimal number, as w.atoi does. iproute2 accepts any: it drops
// the upper bits, and a negative result changes nothing.
func (w *words) atoiOr(what string, lo, hi int64) int64 {
	if !w.loose {
		return w.atoi(what, lo, hi)
	}
	n := w.atoi(what, math.MinInt32, math.MaxInt32)
	if n < lo || n > hi {
		w.warn("word %d, %q: %s is a number from %d to %d", w.at+w.i-1, w.all[w.i-1], what, lo, hi)
	}
	return n
}

// stpState takes a port's STP state, by name or number. It is absent for a
// number that changes nothing in iproute2.
func (w *words) stpState() rtnl.Opt[bridge.State] {
	const want = "a state: disabled, listening, learning, forwarding, blocking, or its number"
	s := w.need(want)
	for st := bridge.Disabled; st <= bridge.Blocking; st++ {
		if s == st.String() {
			return rtnl.Some(st)
		}
	}
	n, err := strconv.ParseInt(s, 10, 8)
	switch {
	case w.loose && err != nil && !errors.Is(err, strconv.ErrSyntax), w.loose && n < 0:
		n, _ = strconv.ParseInt(s, 10, 64)
		if w.ignored(); int8(n) < 0 {
			return rtnl.Opt[bridge.State]{}
		}
	case err != nil || n < 0:
		w.peerWrong("Error: invalid STP port state%.0s", func() { w.bad(want) })
	}
	return rtnl.Some(bridge.State(n))
}

func (w *words) hwMode() bridge.Mode {
	switch w.need(`a mode, "vepa" or "veb"`) {
	case "vepa":
		return bridge.VEPA
	case "veb":
		return bridge.VEB
	}
	w.peerWrong("Mode argument must be \"vepa\" or \"veb\".%.0s", func() { w.bad(`a mode, "vepa" or "veb"`) })
	return 0
}
