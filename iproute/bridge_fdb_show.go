package iproute

import (
	"context"
	"math"

	"github.com/nslab/nslab/bridge"
	"golang.org/x/sys/unix"
)

func parseFDBShow(c *Command, w *words) {
	var f bridge.FDBFilter
	port, br := "", ""
	for w.more() {
		switch w.keyword(fdbShowKeys) {
		case "brport", "dev":
			port = w.device("a port")
		case "br":
			br = w.device("a bridge")
		case "vlan":
			w.once(f.VLAN != 0)
			if !w.loose {
				f.VLAN = w.vlan()
				continue
			}
			// Here iproute2 accepts any number, even one that selects nothing.
			f.VLAN = uint16(min(uint32(w.atoi("a VLAN", math.MinInt32, math.MaxInt32)), math.MaxUint16))
		case "state":
			f.States |= w.fdbState()
		case "dynamic":
			f.Aging = true
		case "help":
			c.usage(w, fdbUsage)
			return
		default:
			if w.next(); !w.ignored() {
				w.bad("a parameter of bridge fdb show: br, brport, dev, vlan, state, dynamic")
			}
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.showFDB(ctx, o, f, port, br) }
}

// fdbState takes a state of FDB entries.
func (w *words) fdbState() uint16 {
	const want = "a state: permanent, static, stale, dynamic, all, or a number"
	switch w.keyword("permanent* static* temp* stale* reachable* dynamic* all") {
	case "permanent":
		return unix.NUD_PERMANENT
	case "static", "temp":
		return unix.NUD_NOARP
	case "stale":
		return unix.NUD_STALE
	case "reachable", "dynamic":
		return unix.NUD_REACHABLE
	case "all":
		return 0xffff
	}
	n, err := parseUint(w.need(want))
	if err != nil || n > math.MaxUint32 {
		w.bad(want)
	}
	return uint16(n) // no entry has more bits
}

func (s *Session) showFDB(ctx context.Context, o *Options, f bridge.FDBFilter, port, br string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if br != "" {
		if f.Bridge, err = conn.LinkIndex(ctx, br); err != nil {
			return bridgeFailed(noDevice(err, peerNoBridge))
		}
	}
	if port != "" {
		if f.Port, err = conn.LinkIndex(ctx, port); err != nil {
			return bridgeFailed(err)
		}
	}
	entries, err := bridge.FDB(ctx, conn, f)
	if err != nil {
		return failed(err)
	}
	return failed(s.printFDB(ctx, o, conn, entries, f.Port))
}
