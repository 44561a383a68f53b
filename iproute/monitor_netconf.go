package iproute

import (
	"context"
	"fmt"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Attributes of RTM_NEWNETCONF (include/uapi/linux/netconf.h). They follow a
// struct netconfmsg, which is one byte and padding.
const (
	netconfaIfindex = iota + 1
	netconfaForwarding
	netconfaRPFilter
	netconfaMCForwarding
	netconfaProxyNeigh
	netconfaIgnoreRoutesWithLinkdown
	netconfaInput

	netconfmsgLen = 4

	netconfaIfindexAll     = 1<<32 - 1
	netconfaIfindexDefault = 1<<32 - 2
)

// netconf reads a change of an interface's settings (print_netconf in
// ip/ipnetconf.c).
func (p *monitorPrinter) netconf(ctx context.Context, m rtnl.Message, links *linkMap) (line, error) {
	if len(m.Data) < netconfmsgLen {
		return nil, fmt.Errorf("%w: settings of %d bytes", rtnl.ErrMalformed, len(m.Data))
	}
	values := make(map[uint16]uint32)
	r := rtnl.NewAttrReader(m.Data[netconfmsgLen:])
	for r.Next() {
		if r.Type() >= netconfaIfindex && r.Type() <= netconfaInput {
			values[r.Type()] = r.Uint32()
		}
	}
	index, ok := values[netconfaIfindex]
	if r.Err() != nil || p.elsewhere(index) {
		return nil, r.Err()
	}
	name := ""
	var err error
	switch {
	case !ok:
	case index == netconfaIfindexAll:
		name = "all"
	case index == netconfaIfindexDefault:
		name = "default"
	default:
		err = links.ask(ctx, index)
		name = links.name(index)
	}
	return func(out *printer) error {
		out.deleted(m.Type == unix.RTM_DELNETCONF)
		out.text("%s ", familyName(m.Data[0]))
		if name != "" {
			out.paint(hueIfname, "interface", "%s ", name)
		}
		out.netconf(values)
		return nil
	}, err
}

func (p *printer) netconf(values map[uint16]uint32) {
	rpFilters := [...]string{"off", "strict", "loose"}
	for _, a := range []struct {
		typ  uint16
		word string
	}{
		{netconfaForwarding, "forwarding"}, {netconfaRPFilter, "rp_filter"}, {netconfaMCForwarding, "mc_forwarding"},
		{netconfaProxyNeigh, "proxy_neigh"}, {netconfaIgnoreRoutesWithLinkdown, "ignore_routes_with_linkdown"},
		{netconfaInput, "input"},
	} {
		v, ok := values[a.typ]
		switch {
		case !ok:
		case a.typ != netconfaRPFilter:
			p.onOff(a.word, a.word+" %s ", v != 0)
		case v < uint32(len(rpFilters)):
			p.str(a.word, "rp_filter %s ", rpFilters[v])
		default:
			p.num(a.word, "rp_filter %d ", uint64(v))
		}
	}
	p.endLine()
}
