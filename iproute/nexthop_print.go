package iproute

import (
	"context"
	"strconv"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A nexthopPrinter writes nexthops as ip(8) does (__print_nexthop_entry in
// ip/ipnexthop.c).
type nexthopPrinter struct {
	*printer
	o     *Options
	links *linkMap
}

// write asks for the link of a nexthop, and writes the nexthop.
func (p *nexthopPrinter) write(ctx context.Context, n *rtnl.NexthopObject) error {
	if err := p.links.ask(ctx, n.OIF.Index); err != nil {
		return err
	}
	p.open("")
	p.num("id", "id %d ", uint64(n.ID))
	if len(n.Group) > 0 {
		p.group(n.Group)
	}
	if n.GroupType != rtnl.NexthopGroupHash {
		name := "<unknown type>"
		if int(n.GroupType) < len(nexthopTypes) {
			name = nexthopTypes[n.GroupType]
		}
		p.str("type", "type %s ", name)
	}
	if g := n.Resilient; g != nil {
		p.open("resilient_args")
		p.num("buckets", "buckets %d ", uint64(g.Buckets.Or(0)))
		p.seconds("idle_timer", g.IdleTimer.Or(0))
		p.seconds("unbalanced_timer", g.UnbalancedTimer.Or(0))
		p.seconds("unbalanced_time", g.UnbalancedTime)
		p.end()
	}
	p.encap(n.EncapType)
	if n.Gateway.IsValid() {
		p.text("via ")
		p.paint(hueOf(n.Gateway), "gateway", "%s ", p.o.hostText(n.Gateway))
	}
	if n.OIF.Index != 0 {
		p.text("dev ")
		p.paint(hueIfname, "dev", "%s ", p.links.name(n.OIF.Index))
	}
	details := p.o.Details > 0
	if n.Scope != unix.RT_SCOPE_UNIVERSE || details {
		p.str("scope", "scope %s ", rtScopes.name(uint32(n.Scope), p.o))
	}
	if n.Blackhole {
		p.null("blackhole", "blackhole ")
	}
	if n.Protocol != unix.RTPROT_UNSPEC || details {
		p.str("protocol", "proto %s ", rtProtos.name(uint32(n.Protocol), p.o))
	}
	p.routeFlags(n.Flags)
	if n.FDB {
		p.null("fdb", "fdb")
	}
	p.end()
	p.endLine()
	return nil
}

// group writes the members of a group. iproute2 omits a weight of 1.
func (p *printer) group(group []rtnl.NexthopMember) {
	p.array("group", "group ")
	for i, m := range group {
		p.open("")
		if i > 0 {
			p.text("/")
		}
		p.num("id", "%d", uint64(m.ID))
		if m.Weight != 1 {
			p.num("weight", ",%d", uint64(m.Weight))
		}
		p.end()
	}
	p.endArray(" ")
}

// seconds writes a time as print_tv does (lib/json_print.c).
func (p *printer) seconds(key string, d time.Duration) {
	s := strconv.FormatFloat(d.Seconds(), 'g', 6, 64)
	if p.j != nil {
		p.j.name(key)
		p.j.float(s)
		return
	}
	p.text(key+" %s ", s)
}
