package iproute

import (
	"strings"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// neighView says how neighbours are printed.
type neighView struct {
	o *Options
	// links must know the links of the neighbours.
	links *linkMap
	// filtered says that all are on one link, which is then omitted.
	filtered bool
	// deleted and miss say what happened to the entry, for monitor.
	deleted, miss bool
}

// neigh writes one entry.
func (p *printer) neigh(n *rtnl.Neigh, v *neighView) {
	p.open("")
	p.deleted(v.deleted)
	if v.miss {
		p.null("miss", "miss ")
	}
	dst, dev, lladdr := "%s ", "%s ", "%s "
	if v.o.Brief {
		dst, dev, lladdr = "%-39s ", "%-16s ", "%s"
	}
	if n.Dst.IsValid() {
		p.paint(hueOf(n.Dst), "dst", dst, ipText(n.Dst))
	}
	if !v.filtered && n.Link.Index != 0 {
		if !v.o.Brief {
			p.text("dev ")
		}
		p.paint(hueIfname, "dev", dev, v.links.name(n.Link.Index))
	}
	if len(n.LLAddr) > 0 {
		if !v.o.Brief {
			p.text("lladdr ")
		}
		p.paint(hueMAC, "lladdr", lladdr, hwaddrText(n.LLAddr, v.links.arphrd(n.Link.Index)))
	}
	if !v.o.Brief {
		p.neighRest(n, v.o)
	}
	p.endLine()
	p.end()
}

func (p *printer) neighRest(n *rtnl.Neigh, o *Options) {
	for _, f := range []struct {
		set  bool
		word string
	}{
		{n.Flags&unix.NTF_ROUTER != 0, "router"},
		{n.Flags&unix.NTF_PROXY != 0, "proxy"},
		{n.ExtFlags&ntfExtManaged != 0, "managed"},
		{n.Flags&unix.NTF_EXT_LEARNED != 0, "extern_learn"},
		{n.Flags&unix.NTF_OFFLOADED != 0, "offload"},
	} {
		if f.set {
			p.null(f.word, f.word+" ")
		}
	}
	if ci, ok := n.CacheInfo.Get(); ok && o.Stats > 0 {
		if ci.References != 0 {
			p.num("refcnt", " ref %d", uint64(ci.References))
		}
		p.num("used", " used %d", uint64(ci.Used/time.Second))
		p.num("confirmed", "/%d", uint64(ci.Confirmed/time.Second))
		p.num("updated", "/%d", uint64(ci.Updated/time.Second))
		p.num("probes", "probes %d ", uint64(n.Probes))
	}
	if n.State != 0 {
		p.array("state", "")
		for _, st := range nudStates {
			if n.State&st.bit != 0 {
				p.str("", "%s ", strings.ToUpper(st.word))
			}
		}
		p.endArray("")
	}
	if n.Protocol != 0 {
		p.str("protocol", "proto %s ", rtProtos.name(uint32(n.Protocol), o))
	}
}
