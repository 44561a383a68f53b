package iproute

import (
	"encoding/binary"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// An Explainer turns requests that other programs sent into the command lines
// of ip and bridge that would send them. It learns the names of links from
// messages. The zero Explainer is ready to use. It is not for concurrent use.
type Explainer struct {
	names map[linkKey]string
}

type linkKey struct {
	netns string
	index uint32
}

// maxNames bounds how many links an Explainer keeps the names of. Beyond that,
// it forgets all of them.
const maxNames = 1 << 16

// Learn takes the names of links from a message of the kernel in a namespace.
// Any name for the namespace will do, if it is always the same.
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

// Line returns the command line that asks for exactly what a request asks for.
// It is "" if ip and bridge have no words for it, and for requests that change
// nothing. Split and sh(1) can read it, except that words with characters that
// a terminal does not show are written as $'...', which Split and some shells
// cannot read. Netns is the namespace's name in /run/netns, "" for the caller's
// own.
func (x *Explainer) Line(netns string, m rtnl.Message) string {
	r, err := rtnl.DecodeRequest(m)
	if err != nil {
		r, err = bridge.DecodeRequest(m)
	}
	if err != nil {
		return ""
	}
	return formatLine(engine.Op{NetNS: netns, Action: x.named(netns, r)}, func(word string) string {
		if plain.Text(word) != word {
			return plain.ShellWord(word)
		}
		return Quote(word)
	})
}

// named sets the names of the links in a request, and returns it.
func (x *Explainer) named(netns string, r rtnl.Request) *engine.Request {
	dev := func(l *rtnl.LinkRef) {
		if l.Index != 0 && l.Name == "" {
			l.Name = x.names[linkKey{netns, l.Index}]
		}
	}
	attrs := func(a *rtnl.LinkAttrs) {
		dev(&a.Link)
		if l, ok := a.Master.Get(); ok {
			dev(&l)
			a.Master = rtnl.Some(l)
		}
	}
	switch r := r.(type) {
	case *rtnl.LinkAdd:
		attrs(&r.LinkAttrs)
		kindLinks(r.Kind, "", dev)
	case *rtnl.LinkSet:
		dev(&r.Link)
		attrs(&r.LinkAttrs)
		kindLinks(r.Kind, "", dev)
		kindLinks(r.Port, "_slave", dev)
	case *rtnl.LinkDel:
		dev(&r.Link)
	case *rtnl.AltNameAdd:
		dev(&r.Link)
	case *rtnl.AltNameDel:
		dev(&r.Link)
	case *rtnl.AddrAdd:
		dev(&r.Link)
	case *rtnl.AddrDel:
		dev(&r.Link)
	case *rtnl.RouteAdd:
		for l := range r.Links() {
			dev(l)
		}
	case *rtnl.RouteDel:
		for l := range r.Links() {
			dev(l)
		}
	case *rtnl.NexthopAdd:
		dev(&r.OIF)
	case *rtnl.NeighAdd:
		dev(&r.Link)
		dev(&r.Via)
	case *rtnl.NeighDel:
		dev(&r.Link)
		dev(&r.Via)
	case *bridge.PortSet:
		dev(&r.Link)
		portLinks(&r.Options, dev)
	case *bridge.VLANAdd:
		dev(&r.Link)
	case *bridge.VLANDel:
		dev(&r.Link)
	case *bridge.VLANSet:
		dev(&r.Link)
	case *bridge.VLANGlobalSet:
		dev(&r.Link)
	case *bridge.FDBFlush:
		dev(&r.Link)
		dev(&r.Port)
	}
	return &engine.Request{Req: r}
}
