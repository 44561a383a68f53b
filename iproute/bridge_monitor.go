package iproute

import (
	"context"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var bridgeMonitorObject = object{
	name:  "monitor",
	parse: parseBridgeMonitor,
	usage: bridgeMonitorUsage,
}

const bridgeMonitorUsage = `Changes of ports and forwarding databases, as they happen:
  bridge monitor [link] [fdb]     one kind, or both without a word
  bridge monitor all              both, each line with its kind in front
`

// bridgeEvents says which events bridge monitor prints.
type bridgeEvents struct {
	groups []uint32
	banner bool
}

func parseBridgeMonitor(c *Command, w *words) {
	if c.help(w, bridgeMonitorUsage) {
		return
	}
	both := []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_NEIGH}
	var e bridgeEvents
	for w.more() {
		switch w.keywordMust("file* link* fdb* mdb* vlan* vni all help*") {
		case "link":
			e.groups = append(e.groups, unix.RTNLGRP_LINK)
		case "fdb":
			e.groups = append(e.groups, unix.RTNLGRP_NEIGH)
		case "all":
			e.groups, e.banner = append(e.groups, both...), true
		case "help":
			c.usage(w, bridgeMonitorUsage)
			return
		case "mdb", "vlan", "vni", "file":
			w.bad(`"link", "fdb" or "all"; nslab does not support bridge's other objects here`)
		default:
			w.peerWrong("Argument %q is unknown, try \"bridge monitor help\".", func() { w.bad(`"link", "fdb" or "all"`) })
		}
	}
	if len(e.groups) == 0 {
		e.groups = both
	}
	c.Endless = true
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.monitorBridge(ctx, o, e) }
}

// monitorBridge prints until it is interrupted.
func (s *Session) monitorBridge(ctx context.Context, o *Options, e bridgeEvents) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	m, err := s.listen(o, rtnl.MonitorConfig{Groups: e.groups})
	if err != nil {
		return err
	}
	defer m.Close()
	v := &linkView{o: o, links: s.linkMap(conn)}
	links, err := conn.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return failed(err)
	}
	if err := v.links.learn(ctx, links, o); err != nil {
		return failed(err)
	}
	return s.watch(ctx, "bridge", m, func(n rtnl.Notification) error { return s.bridgeEvent(ctx, v, n.Message, e) })
}
