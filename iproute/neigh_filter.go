package iproute

import (
	"context"
	"math"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// neighFilter says which neighbours to show or to flush.
type neighFilter struct {
	family uint8
	to     inetPrefix
	// state is a set of NUD_* bits, and nudNone for entries with state 0.
	state    uint16
	unused   bool
	protocol uint8
	proxy    bool
	// dev, master and vrf are names of links. nomaster selects links without a
	// master. Of the last three, the last one given counts.
	dev, master, vrf string
	nomaster         bool
	index            uint32 // of dev
}

// nudNone stands for NUD_NONE, which is 0, among the bits of a filter.
const nudNone = 0x100

// parse takes the words of a filter. all is the meaning of "nud all". It
// reports whether the words ask for help.
func (f *neighFilter) parse(c *Command, w *words, all uint16) (help bool) {
	f.family = c.Options.Family
	given := false
	for w.more() {
		switch k := w.keyword(neighFilterKeys); k {
		case "dev":
			if f.dev != "" {
				w.bad("only one dev")
			}
			f.dev = w.device("a link")
		case "master":
			f.master, f.vrf, f.nomaster = w.device("a link with ports"), "", false
		case "vrf":
			f.master, f.vrf, f.nomaster = "", w.device("a VRF"), false
		case "nomaster":
			f.master, f.vrf, f.nomaster = "", "", true
		case "unused":
			f.unused = true
		case "nud":
			if !given {
				f.state, given = 0, true
			}
			neighTexts.take(w, k, func() { f.state |= w.nudOrAll(all) })
		case "proxy":
			f.proxy = true
		case "protocol", "proto":
			f.protocol = 0
			if !w.is("all") {
				f.protocol = uint8(w.named(rtProtos, `a protocol, or "all"`, 255))
			}
		case "help":
			c.usage(w, neighUsage)
			return true
		default:
			f.to = w.inetPrefix("a prefix, or a parameter of ip neigh", f.family)
			if f.family == unix.AF_UNSPEC {
				f.family = f.to.family
			}
		}
	}
	return false
}

func (w *words) nudOrAll(all uint16) uint16 {
	s := w.need(wantNUD + `, or "all"`)
	st, ok := parseNUD(s)
	switch {
	case w.err != nil:
	case ok && st == 0:
		return nudNone
	case ok:
		return st
	case s == "all":
		return all
	default:
		w.bad(wantNUD + `, or "all"`)
	}
	return 0
}

// has reports whether the family can have neighbours. Besides those of IP,
// AF_BRIDGE has the entries of forwarding databases.
func (f *neighFilter) has() bool { return inetFamily(f.family) || f.family == unix.AF_BRIDGE }

// dump looks up the links of the filter and returns the request to the kernel.
func (f *neighFilter) dump(ctx context.Context, conn *rtnl.Conn) (req rtnl.NeighDump, err error) {
	req = rtnl.NeighDump{Family: f.family, Proxy: f.proxy}
	switch {
	case f.nomaster:
		req.Master = math.MaxUint32
	case f.master != "":
		if req.Master, err = filterIndex(ctx, conn, "master", f.master); err != nil {
			return req, err
		}
	case f.vrf != "":
		if req.Master, err = vrfIndex(ctx, conn, f.vrf, peerNoVRFName); err != nil {
			return req, err
		}
	}
	if f.dev != "" {
		if f.index, err = conn.LinkIndex(ctx, f.dev); err != nil {
			return req, err
		}
		req.Index = f.index
	}
	return req, nil
}

// matches reports whether an entry passes the filter.
func (f *neighFilter) matches(n *rtnl.Neigh) bool {
	switch {
	case f.family != unix.AF_UNSPEC && f.family != n.Family,
		f.index != 0 && f.index != n.Link.Index,
		f.protocol != 0 && f.protocol != n.Protocol:
		return false
	case f.state&n.State == 0 && n.Flags&(unix.NTF_PROXY|unix.NTF_EXT_LEARNED) == 0 &&
		(n.State != 0 || f.state&nudNone == 0):
		return false
	case n.Dst.IsValid() && f.to.bits() > 0 &&
		(familyOf(n.Dst) != f.to.family || !sameBits(n.Dst, f.to.prefix.Addr(), f.to.bits())):
		return false
	}
	return !f.unused || n.CacheInfo.Or(rtnl.NeighCacheInfo{}).References == 0
}
