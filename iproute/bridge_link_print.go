package iproute

import (
	"context"
	"fmt"
	"strconv"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// portOf reads a link's options as a port and asks for the links they refer to.
// It is nil for a link without such options.
func portOf(ctx context.Context, v *linkView, l *rtnl.Link) (*bridge.PortInfo, error) {
	if l.ProtInfo == nil {
		return nil, nil
	}
	info, err := bridge.DecodePort(l.ProtInfo)
	if err != nil {
		return nil, fmt.Errorf("link %q, as a port: %w", l.Name, err)
	}
	if v.o.Details > 0 {
		err = v.links.ask(ctx, info.BackupPort.Or(rtnl.LinkRef{}).Index)
	}
	return &info, err
}

// bridgeLink writes a port inside an object that the caller has opened
// (print_linkinfo in bridge/link.c).
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

func (p *printer) stpState(state bridge.State) {
	if state <= bridge.Blocking {
		p.str("state", "state %s ", state.String())
	} else {
		p.num("state", "state (%d) ", uint64(state))
	}
}

func (p *printer) bridgePort(v *linkView, l *rtnl.Link, o *bridge.PortInfo) {
	if state, ok := o.State.Get(); ok {
		p.stpState(state)
	}
	optNum(p, "priority", "", o.Priority)
	optNum(p, "cost", "", o.PathCost)
	if v.o.Details == 0 || len(l.ProtInfo) == 1 {
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
