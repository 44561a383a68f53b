package iproute

import (
	"encoding/binary"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// An Explainer says by which command lines of ip and bridge one would ask the kernel for what other programs ask it for. Links
// have the names that it has heard of. The zero Explainer is ready to use, by one goroutine at a time.
type Explainer struct {
	names map[linkKey]string
}

type linkKey struct {
	netns string
	index uint32
}

// maxNames bounds the links whose names an Explainer keeps; beyond, it forgets them all.
const maxNames = 1 << 16

// Learn looks at a message from the kernel, in a namespace by whatever name, for the names of links.
func (x *Explainer) Learn(netns string, m rtnl.Message) {
	if m.Type != unix.RTM_NEWLINK && m.Type != unix.RTM_DELLINK || len(m.Data) < unix.SizeofIfInfomsg {
		return
	}
	key := linkKey{netns, binary.NativeEndian.Uint32(m.Data[4:])}
	if m.Type == unix.RTM_DELLINK && m.Data[0] == unix.AF_UNSPEC {
		delete(x.names, key)
		return
	}
	for r := rtnl.NewAttrReader(m.Data[unix.SizeofIfInfomsg:]); r.Next(); {
		if r.Type() != unix.IFLA_IFNAME {
			continue
		}
		if x.names == nil || len(x.names) >= maxNames {
			x.names = map[linkKey]string{}
		}
		x.names[key] = r.String()
		return
	}
}

// Line returns the command line that asks for what a request asks for, all of it and no more: "" where ip and bridge have no
// words for it, and for requests that change nothing. It is one that sh(1) and Split read; words with characters that a terminal
// does not show are written $'...', which not every sh(1) reads, nor does Split. Netns is the namespace's name in
// /run/netns, "" for the caller's own.
func (x *Explainer) Line(netns string, m rtnl.Message) string {
	r, err := rtnl.DecodeRequest(m)
	if err != nil {
		r, err = bridge.DecodeRequest(m)
	}
	if err != nil {
		return ""
	}
	return wordsLine(engine.Op{NetNS: netns, Action: x.named(netns, r)}, func(word string) string {
		if plain.Text(word) != word {
			return plain.ShellWord(word)
		}
		return Quote(word)
	})
}

// named is a request with the names of the links that it is about.
func (x *Explainer) named(netns string, r rtnl.Request) *engine.Request {
	req := &engine.Request{Req: r}
	dev := func(index *uint32) {
		if name := x.names[linkKey{netns, *index}]; name != "" && *index != 0 {
			req.Known(name, index)
		}
	}
	opt := func(index *rtnl.Opt[uint32]) {
		if name := x.names[linkKey{netns, index.Or(0)}]; name != "" && index.Or(0) != 0 {
			req.KnownOpt(name, index)
		}
	}
	attrs := func(a *rtnl.LinkAttrs) {
		dev(&a.Link)
		opt(&a.Master)
	}
	switch r := r.(type) {
	case *rtnl.LinkAdd:
		attrs(&r.LinkAttrs)
	case *rtnl.LinkSet:
		dev(&r.Link.Index)
		attrs(&r.LinkAttrs)
		if o, ok := r.Port.(*bridge.PortOptions); ok {
			opt(&o.BackupPort)
		}
	case *rtnl.LinkDel:
		dev(&r.Link.Index)
	case *rtnl.AltNameAdd:
		dev(&r.Link.Index)
	case *rtnl.AltNameDel:
		dev(&r.Link.Index)
	case *rtnl.AddrAdd:
		dev(&r.Index)
	case *rtnl.AddrDel:
		dev(&r.Index)
	case *rtnl.RouteAdd:
		x.routeDevs(&r.Route, dev)
	case *rtnl.RouteDel:
		x.routeDevs(&r.Route, dev)
	case *rtnl.NeighAdd:
		dev(&r.Index)
		dev(&r.IfIndex)
	case *rtnl.NeighDel:
		dev(&r.Index)
		dev(&r.IfIndex)
	case *bridge.PortSet:
		dev(&r.Index)
		opt(&r.Options.BackupPort)
	case *bridge.FDBFlush:
		dev(&r.Index)
		dev(&r.Port)
	}
	return req
}

func (x *Explainer) routeDevs(r *rtnl.Route, dev func(*uint32)) {
	dev(&r.OIF)
	for i := range r.Nexthops {
		dev(&r.Nexthops[i].OIF)
	}
}
