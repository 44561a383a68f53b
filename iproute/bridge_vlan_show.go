package iproute

import (
	"context"
	"math"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A vlanFilter says what bridge vlan shows.
type vlanFilter struct {
	dev             string
	vid             uint16 // 0 for all
	tunnels, global bool

	index uint32
}

func parseVLANShow(c *Command, w *words) { c.do = parseVLANFilter(c, w).show }

func parseVLANTunnelShow(c *Command, w *words) {
	f := parseVLANFilter(c, w)
	f.tunnels = true
	c.do = f.show
}

func parseVLANFilter(_ *Command, w *words) *vlanFilter {
	f := &vlanFilter{}
	for w.more() {
		switch {
		case w.is("dev"):
			if f.dev != "" {
				w.bad("each parameter only once")
				w.twice("dev")
			}
			f.dev = w.device("a port")
		case w.is("vid"):
			if f.vid != 0 {
				w.bad("each parameter only once")
				w.twice("vid")
			}
			lo, hi := int64(1), int64(4094)
			if w.loose { // iproute2 takes any number, even one that selects nothing
				lo, hi = math.MinInt32, math.MaxInt32
			}
			f.vid = uint16(min(uint32(w.atoi("a VLAN", lo, hi)), math.MaxUint16))
		default:
			if w.next(); !w.ignored() {
				w.bad(`"dev" or "vid"`)
			}
		}
	}
	return f
}

// match reports whether VLANs of a device are to be shown.
func (f *vlanFilter) match(index uint32, v bridge.VLANs) bool {
	return (f.index == 0 || f.index == index) && (f.vid == 0 || v.First <= f.vid && f.vid <= v.Last)
}

func (f *vlanFilter) show(ctx context.Context, s *Session, o *Options) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if f.dev != "" {
		if f.index, err = conn.LinkIndex(ctx, f.dev); err != nil {
			return bridgeFailed(err)
		}
	}
	links := s.linkMap(conn)
	if f.tunnels || !f.global && o.Details == 0 && o.Stats == 0 {
		return failed(f.showLinks(ctx, s, o, conn, links))
	}
	entries, err := f.entries(ctx, o, conn)
	if err != nil {
		return failed(err)
	}
	for i := range entries {
		if err := links.ask(ctx, entries[i].Index); err != nil {
			return failed(err)
		}
		for _, r := range entries[i].RouterPorts {
			if err := links.ask(ctx, r.Index); err != nil {
				return failed(err)
			}
		}
	}
	p := newPrinter(s.Stdout, o)
	if f.global || o.Details > 0 {
		p.vlanTitle("vlan-id  ")
	} else {
		p.vlanTitle("vlan-id")
	}
	current := uint32(0)
	for i := range entries {
		v := &entries[i]
		if !f.match(v.Index, v.VLANs) {
			continue
		}
		if current != v.Index && current != 0 {
			p.endVLANPort()
		}
		p.vlanPort(links, v.Index, "vlans", current == v.Index)
		current = v.Index
		p.open("")
		switch {
		case v.Global != nil:
			p.vlanGlobal(links, o, v)
		case o.Details > 0:
			p.vlanOptions(o, v)
		default:
			p.num("vid", "%d", uint64(v.VLANs.First))
			p.bridgeVLANFlags(v.VLANs.Flags, false)
			p.text("\n")
			p.vlanCounters(&v.Counters)
		}
		p.end()
	}
	if current != 0 {
		p.endVLANPort()
	}
	return failed(p.close())
}

// entries reads what commands with options or counters show.
func (f *vlanFilter) entries(ctx context.Context, o *Options, conn *rtnl.Conn) (all []bridge.VLANEntry, err error) {
	type table struct {
		request rtnl.Request
		decode  func(rtnl.Message) ([]bridge.VLANEntry, error)
	}
	tables := []table{{&bridge.VLANDump{Stats: o.Stats > 0 && !f.global, Global: f.global}, bridge.DecodeVLANEntries}}
	if !f.global && o.Details == 0 {
		tables = []table{{&bridge.VLANStatsDump{}, bridge.DecodeVLANStats}, {&bridge.VLANStatsDump{Ports: true}, bridge.DecodeVLANStats}}
	}
	for _, t := range tables {
		got, err := conn.Dump(ctx, t.request)
		if err != nil {
			return nil, err
		}
		for m := range got.All() {
			some, err := t.decode(m)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
	}
	return all, nil
}

// showLinks shows VLANs or tunnels as the links tell them.
func (f *vlanFilter) showLinks(ctx context.Context, s *Session, o *Options, conn *rtnl.Conn, names *linkMap) error {
	mask := uint32(bridge.VLANsEach)
	if o.CompressVLANs {
		mask = bridge.VLANsRanges
	}
	links, err := conn.Links(ctx, rtnl.LinkDump{Family: unix.AF_BRIDGE, ExtMask: mask})
	if err != nil {
		return err
	}
	p := newPrinter(s.Stdout, o)
	key, title := "vlans", "vlan-id  "
	if f.tunnels {
		key, title = "tunnels", "vlan-id    tunnel-id"
	}
	p.vlanTitle(title)
	for i := range links {
		l := &links[i]
		names.remember(l)
		port, err := bridge.DecodeVLANs(l)
		if err != nil {
			return err
		}
		if !f.tunnels {
			port.Tunnels = nil
			for _, v := range port.VLANs {
				port.Tunnels = append(port.Tunnels, bridge.VLANTunnel{VLANs: v})
			}
		}
		opened := false
		for _, t := range port.Tunnels {
			if !f.match(l.Index, t.VLANs) {
				continue
			}
			p.vlanPort(names, l.Index, key, opened)
			opened = true
			p.open("")
			width := vlanRange(p, "vlan", t.VLANs.First, t.VLANs.Last)
			if f.tunnels {
				p.text("%*s  ", vlanIDWidth-width, "")
				vlanRange(p, "tunid", t.Tunnels.First, t.Tunnels.Last)
			} else {
				p.bridgeVLANFlags(t.VLANs.Flags, t.VLANs.Last > t.VLANs.First)
			}
			p.end()
			p.text("\n")
		}
		if opened {
			p.endVLANPort()
		}
	}
	return p.close()
}
