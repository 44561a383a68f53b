package iproute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var bridgeLinkObject = object{
	name: "link",
	bare: "show",
	verbs: []verb{
		{name: "set", parse: parseBridgeLinkSet}, {name: "change", parse: parseBridgeLinkSet},
		{name: "show", parse: parseBridgeLinkShow}, {name: "lst", parse: parseBridgeLinkShow}, {name: "list", parse: parseBridgeLinkShow},
	},
	usage: bridgeLinkUsage,
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

// bridgeFailed gives the error of an operation the exit status that bridge(8)
// ends with: 255, whoever refused it.
func bridgeFailed(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: statusUsage, Err: err}
}

// bridgePortWords are the options that bridge link set has in common with the
// kind "bridge_slave" of ip link.
var bridgePortWords = []string{
	"guard", "hairpin", "fastleave", "root_block", "learning", "flood", "mcast_router", "mcast_flood", "bcast_flood",
	"mcast_to_unicast", "cost", "priority", "neigh_suppress", "vlan_tunnel", "isolated", "locked", "backup_port", "nobackup_port",
}

func bridgePortOption(word string) *portOption {
	if !slices.Contains(bridgePortWords, word) {
		return nil
	}
	i := slices.IndexFunc(portOptions(), func(o portOption) bool { return o.name == word })
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
			opt.parse(&set.Options, w) // of backup ports the last one counts
		}
	}
	if dev == "" {
		w.need(`a port, "dev DEV"`)
		w.peer("Device is a required argument.")
	}
	// Here every wrong word has the same status.
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

// atoiOr takes a decimal number, as w.atoi. To iproute2 any will do: it drops the upper
// bits of a number, and one that is then negative changes nothing.
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

// stpState takes a port's STP state, by its name or number. It is absent for a
// number with which iproute2 changes nothing.
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
		w.bad(want)
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
	w.bad(`a mode, "vepa" or "veb"`)
	return 0
}

func parseBridgeLinkShow(c *Command, w *words) {
	dev := ""
	for w.more() {
		switch {
		case dev == "" && w.is("dev"):
			dev = w.device("a port")
		case w.loose && w.peek() != "dev":
			w.next()
			w.ignored()
		default:
			w.next()
			w.bad(`"dev", once`)
			return
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.bridgeLinks(ctx, o, dev) }
}

func (s *Session) bridgeLinks(ctx context.Context, o *Options, dev string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	var index uint32
	if dev != "" {
		if index, err = conn.LinkIndex(ctx, dev); err != nil {
			return bridgeFailed(err)
		}
	}
	links, err := conn.Links(ctx, rtnl.LinkDump{Family: unix.AF_BRIDGE})
	if err != nil {
		return failed(err)
	}
	if index != 0 {
		links = slices.DeleteFunc(links, func(l rtnl.Link) bool { return l.Index != index })
	}
	v := &linkView{o: o, links: s.linkMap(conn)}
	if err := v.links.learn(ctx, links, o); err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, o)
	for i := range links {
		info, err := portOf(ctx, v, &links[i])
		if err != nil {
			return errors.Join(failed(err), p.close())
		}
		p.open("")
		p.bridgeLink(v, &links[i], info)
		p.end()
	}
	return failed(p.close())
}

// portOf reads a link's options as a port, and learns what they refer to. It is
// nil for a link without any.
func portOf(ctx context.Context, v *linkView, l *rtnl.Link) (*bridge.PortInfo, error) {
	if l.Prot == nil {
		return nil, nil
	}
	info, err := bridge.DecodePort(l.Prot)
	if err != nil {
		return nil, fmt.Errorf("link %q, as a port: %w", l.Name, err)
	}
	if v.o.Details > 0 {
		err = v.links.ask(ctx, info.BackupPort.Or(rtnl.LinkRef{}).Index)
	}
	return &info, err
}

// bridgeLink writes a port, which its object is opened for (print_linkinfo in
// bridge/link.c).
func (p *printer) bridgeLink(v *linkView, l *rtnl.Link, info *bridge.PortInfo) {
	p.num("ifindex", "%d: ", uint64(l.Index))
	p.linkFlags(l.Flags, p.linkName(v, "%s: ", l))
	if l.MTU != 0 {
		p.num("mtu", "mtu %d ", uint64(l.MTU))
	}
	if l.Master != 0 {
		p.str("master", "master %s ", v.links.name(l.Master))
	}
	if info != nil {
		p.bridgePort(v, l, info)
	}
	for r := rtnl.NewAttrReader(l.AFSpec); r.Next(); {
		if r.Type() == iflaBridgeMode && len(r.Bytes()) == 2 {
			p.hwMode(r.Uint16())
		}
	}
	p.endLine()
}

// iflaBridgeMode is IFLA_BRIDGE_MODE, include/uapi/linux/if_bridge.h.
const iflaBridgeMode = 1

func (p *printer) hwMode(mode uint16) {
	switch bridge.Mode(mode) {
	case bridge.VEB:
		p.str("hwmode", "hwmode %s ", "VEB")
	case bridge.VEPA:
		p.str("hwmode", "hwmode %s ", "VEPA")
	default:
		p.str("hwmode", "hwmode %s ", "0x"+strconv.FormatUint(uint64(mode), 16))
	}
}

func (p *printer) bridgePort(v *linkView, l *rtnl.Link, o *bridge.PortInfo) {
	if state, ok := o.State.Get(); ok {
		if state <= bridge.Blocking {
			p.str("state", "state %s ", state.String())
		} else {
			p.num("state", "state (%d) ", uint64(state))
		}
	}
	optNum(p, "priority", "", o.Priority)
	optNum(p, "cost", "", o.PathCost)
	if v.o.Details == 0 || len(l.Prot) == 1 {
		return
	}
	p.text("\n    ")
	p.optOnOff("hairpin", o.Hairpin)
	p.optOnOff("guard", o.BPDUGuard)
	p.optOnOff("root_block", o.RootBlock)
	p.optOnOff("fastleave", o.FastLeave)
	p.optOnOff("learning", o.Learning)
	p.optOnOff("learning_sync", o.LearningSync)
	p.optOnOff("flood", o.Flood)
	p.optOnOff("mcast_flood", o.MulticastFlood)
	p.optOnOff("bcast_flood", o.BroadcastFlood)
	optNum(p, "mcast_router", "", o.MulticastRouter)
	p.optOnOff("mcast_to_unicast", o.MulticastToUnicast)
	p.optOnOff("neigh_suppress", o.NeighSuppress)
	p.optOnOff("vlan_tunnel", o.VLANTunnel)
	if backup, ok := o.BackupPort.Get(); ok {
		p.str("backup_port", "backup_port %s ", v.links.name(backup.Index))
	}
	p.optOnOff("isolated", o.Isolated)
	p.optOnOff("locked", o.Locked)
}
