package iproute

import (
	"strconv"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// linkAddrs writes the addresses of a link that pass the filter.
func (p *printer) linkAddrs(v *linkView, l *rtnl.Link, addrs []rtnl.Address) {
	p.array("addr_info", "")
	for i := range addrs {
		if addrs[i].Link.Index != l.Index {
			continue
		}
		p.open("")
		if v.addr.has(&addrs[i], v.links.name) {
			p.addr(v, &addrs[i])
		}
		p.end()
	}
	p.endArray("")
	if v.o.Brief {
		p.endLine()
	}
}

// addr writes an address, in two lines (print_addrinfo in ip/ipaddress.c).
func (p *printer) addr(v *linkView, a *rtnl.Address) {
	local := a.Prefix.Addr()
	if !v.o.Brief {
		if v.withDev {
			p.jnum("index", uint64(a.Link.Index))
			p.jstr("dev", v.links.name(a.Link.Index))
			p.text("%d: %s", a.Link.Index, plain.Text(v.links.name(a.Link.Index)))
		}
		p.str("family", "    %s ", familyName(familyOf(local)))
	}
	if local.IsValid() {
		p.paint(hueOf(local), "local", "%s", v.o.hostText(local))
		if a.Peer.IsValid() {
			p.text(" peer ")
			p.paint(hueOf(local), "address", "%s", v.o.hostText(a.Peer))
		}
		p.num("prefixlen", "/%d ", uint64(a.Prefix.Bits()))
		if a.Metric != 0 {
			p.num("metric", "metric %d ", uint64(a.Metric))
		}
	}
	if v.o.Brief {
		return
	}
	if a.Broadcast.IsValid() {
		p.text("brd ")
		p.paint(hueOf(local), "broadcast", "%s ", v.o.hostText(a.Broadcast))
	}
	if a.Anycast.IsValid() {
		p.text("any ")
		p.paint(hueOf(a.Anycast), "anycast", "%s ", v.o.hostText(a.Anycast))
	}
	p.str("scope", "scope %s ", rtScopes.name(uint32(a.Scope), v.o))
	p.addrFlags(a)
	if a.Label != "" {
		p.str("label", "%s", a.Label)
	}
	p.lifetimes(a)
	p.endLine()
}

func (p *printer) addrFlags(a *rtnl.Address) {
	flags := a.Flags
	for _, f := range addrFlags {
		switch set := flags&f.mask != 0; {
		case f.mask == unix.IFA_F_PERMANENT:
			if !set {
				p.flag("dynamic", "dynamic ")
			}
		case !set:
		case f.mask == unix.IFA_F_TEMPORARY && a.Prefix.Addr().Is6():
			p.flag("temporary", "temporary ")
		default:
			p.flag(f.name, f.name+" ")
		}
		flags &^= f.mask
	}
	if flags == 0 {
		return
	}
	hex := strconv.FormatUint(uint64(flags), 16)
	if len(hex) < 2 {
		hex = "0" + hex
	}
	p.str("ifa_flags", "flags %s ", hex)
}

// lifetimes writes how long an address is valid and preferred, in seconds.
func (p *printer) lifetimes(a *rtnl.Address) {
	valid, ok := a.Valid.Get()
	if !ok {
		return
	}
	p.text("\n       valid_lft ")
	p.lifetime("valid_life_time", valid)
	p.text(" preferred_lft ")
	preferred := a.Preferred.Or(rtnl.Forever)
	if preferred != rtnl.Forever && a.Flags&unix.IFA_F_DEPRECATED != 0 {
		// The kernel's value may be negative.
		p.signed("preferred_life_time", "%dsec", int64(int32(preferred)))
		return
	}
	p.lifetime("preferred_life_time", preferred)
}

func (p *printer) lifetime(key string, seconds uint32) {
	format := "%dsec"
	if seconds == rtnl.Forever {
		format = "forever"
	}
	p.num(key, format, uint64(seconds))
}
