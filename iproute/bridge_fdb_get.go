package iproute

import (
	"context"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseFDBGet(c *Command, w *words) {
	f := &fdbEntry{}
	var req rtnl.NeighGet
	br, aging := "", false
	for w.more() {
		switch w.keyword(fdbGetKeys) {
		case "brport", "dev":
			f.dev = w.device("a port")
		case "br":
			br = w.device("a bridge")
		case "vni":
			req.VNI = w.vni("invalid VNI")
		case "vlan":
			w.once(req.VLAN != 0)
			w.peerWrong("Error: invalid vlan id.%.0s", func() { req.VLAN = w.vlan() }) // the kernel's
		case "self":
			req.Flags |= unix.NTF_SELF
		case "master":
			req.Flags |= unix.NTF_MASTER
		case "dynamic":
			aging = true
		case "to":
			if w.keyword("help*") == "" {
				f.lladdr(w, wantFDB)
				continue
			}
			fallthrough
		case "help":
			c.usage(w, fdbUsage)
			return
		default:
			f.lladdr(w, wantFDB)
		}
	}
	switch {
	case !f.addr:
		w.need("an Ethernet address")
		w.peer("Device or master and address are required arguments.")
	case f.dev == "" && br == "":
		w.need(`a port, "dev DEV", or a bridge, "br BRIDGE"`)
		w.peer("Device or master and address are required arguments.")
	}
	req.LLAddr = f.n.LLAddr
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		return s.getFDB(ctx, o, req, f.dev, br, aging)
	}
}

func (s *Session) getFDB(ctx context.Context, o *Options, req rtnl.NeighGet, dev, br string, aging bool) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if dev != "" {
		if req.Index, err = conn.LinkIndex(ctx, dev); err != nil {
			return bridgeFailed(err)
		}
	}
	if br != "" {
		if req.Master, err = conn.LinkIndex(ctx, br); err != nil {
			return bridgeFailed(noDevice(err, peerNoBridge))
		}
	}
	n, err := bridge.GetFDB(ctx, conn, req)
	if err != nil {
		return bridgeFailed(err)
	}
	entries := []rtnl.Neigh{n}
	if f := (bridge.FDBFilter{Aging: aging}); !f.Match(&n) {
		entries = nil
	}
	return failed(s.printFDB(ctx, o, conn, entries, 0))
}
