package iproute

import (
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// parseLinkDelete takes "DEV" or "group GROUP". A kind may follow; the kernel
// ignores it.
func parseLinkDelete(c *Command, w *words) {
	if c.help(w, linkUsage) {
		return
	}
	del := &rtnl.LinkDel{}
	if c.Options.Family == unix.AF_BRIDGE {
		del.Family = unix.AF_BRIDGE // the kernel treats other families as AF_UNSPEC
	}
	dev := ""
	if w.loose {
		dev, del.InGroup = deleteLoosely(w)
	}
	for w.more() {
		switch {
		case w.is("group") && !del.InGroup.IsSet():
			del.InGroup = rtnl.Some(w.linkGroup())
		case w.is("type"):
			w.need("a kind of link")
		default:
			w.dev(&dev, "ip link delete")
		}
	}
	switch {
	case dev != "" && del.InGroup.IsSet():
		w.fail(`either a link or "group GROUP" can be deleted, not both`)
	case dev != "":
		del.Link = byIndex(dev)
	case !del.InGroup.IsSet():
		w.need(`a link, or "group GROUP"`)
		w.peer(peerNoDev)
	}
	c.op(del)
}

// deleteLoosely takes the words of a deletion as iproute2 does. It accepts all
// parameters of a link, but only the link and the group count. If there is a
// link, the group does not count.
func deleteLoosely(w *words) (dev string, group rtnl.Opt[uint32]) {
	first := w.i
	p := linkParams{command: "ip link delete", attrs: &rtnl.LinkAttrs{}}
	p.parse(w)
	if p.typed {
		if w.need("a kind of link"); w.more() {
			w.next()
			w.refuse("the end of the command: a kind has no options here")
		}
	}
	if dev = p.dev; dev == "" {
		dev = p.name
	}
	switch {
	case p.index != 0 && p.attrs.NetNS.IsZero():
		w.fail(`"index" can be given to a link that is being created, or that goes to another namespace with "netns"`)
		w.peer(peerIndex)
	case !p.attrs.NetNS.IsZero():
		w.failWith(statusKernel, `"netns": a link is deleted where it is`)
	}
	if dev == "" {
		return "", p.attrs.Group
	}
	if w.err == nil {
		w.warn("words %d to %d: only the link %q counts, and that is deleted", w.at+first, w.at+w.i-1, dev)
	}
	return dev, group
}
