package iproute

import (
	"context"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var linkObject = object{
	name: "link",
	bare: "show",
	verbs: []verb{
		{name: "add", parse: parseLinkAdd},
		{name: "set", parse: parseLinkSet}, {name: "change", parse: parseLinkSet},
		{name: "replace"},
		{name: "delete", parse: parseLinkDelete},
		{name: "show", parse: parseLinkShow}, {name: "lst", parse: parseLinkShow}, {name: "list", parse: parseLinkShow},
		{name: "xstats"}, {name: "afstats"},
		{name: "property", parse: parseLinkProperty},
	},
	usage: linkUsage,
	help:  linkHelp,
}

const linkUsage = `Links, the network devices:
  ip link [show] [[dev] DEV] [group GROUP] [up] [master DEV] [nomaster]
          [type KIND | type KIND_slave]
  ip link add [[name | dev] NAME] [PARAMETER ...] type KIND [OPTION ...]
  ip link set { [dev] DEV | group GROUP } [PARAMETER ...]
          [type KIND [OPTION ...]]
  ip link delete { [dev] DEV | group GROUP } [type KIND]
  ip link help [KIND]
  ip link property { add | del } [dev] DEV altname NAME ...
parameters, which are names only in full:
  up, down,
  arp, dynamic, multicast, allmulticast, promisc, trailers { on | off },
  address LLADDR, broadcast LLADDR, mtu BYTES, txqueuelen PACKETS, group GROUP,
  master DEV, nomaster,
  netns { NAME | PATH | PID }, link-netnsid ID, index N, state OPERSTATE,
  mode { default | dormant },
  addrgenmode { eui64 | none | stable_secret | random }, gso_max_size BYTES,
  gso_max_segs N, gro_max_size BYTES
  add only: link DEV, numtxqueues N, numrxqueues N
  set only: name NAME, alias TEXT, carrier, protodown { on | off }
kinds: veth [peer [[name] NAME] [PARAMETER ...]], bridge [OPTION ...],
  in set also bridge_slave OPTION ...,
  and without options the others that ip knows, such as dummy
`

// parseLinkDelete takes "DEV" or "group GROUP". The kind may stand behind it; the
// kernel does not look at it.
func parseLinkDelete(c *Command, w *words) {
	if c.help(w, linkUsage) {
		return
	}
	del := &rtnl.LinkDel{}
	if c.Options.Family == unix.AF_BRIDGE {
		del.Family = unix.AF_BRIDGE // the kernel takes other families as none
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

// deleteLoosely takes the words of a deletion as iproute2 does: all that can be said
// of a link, of which it looks at the link and the group. With a link it deletes
// that alone, whatever the group.
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

const propertyKeys keywords = "altname* help* dev"

// parseLinkProperty takes "add" or "del" and alternative names.
func parseLinkProperty(c *Command, w *words) {
	if c.help(w, linkUsage) {
		return
	}
	add := false
	switch w.keywordMust("add* del* delete") {
	case "add":
		add = true
	case "del", "delete":
	case "":
		w.need(`"add" or "del"`)
	default:
		w.bad(`"add" or "del"`)
	}
	dev, names := "", []string(nil)
	for w.more() {
		switch w.keyword(propertyKeys) {
		case "altname":
			names = append(names, w.altName())
		case "help":
			c.usage(w, linkUsage)
			return
		case "dev":
			w.back()
			fallthrough
		default:
			w.dev(&dev, "ip link property")
		}
	}
	if dev == "" {
		w.need(`a link, "dev DEV"`)
	}
	if len(names) == 0 && !w.loose {
		w.need(`"altname NAME"`)
	}
	if len(names) == 0 {
		// The kernel is asked for nothing, and there is nothing to tell it.
		c.do = func(ctx context.Context, s *Session, o *Options) error {
			conn, err := s.conn(o)
			if err == nil {
				_, err = conn.LinkIndex(ctx, dev)
			}
			return err
		}
		return
	}
	if add {
		c.op(&rtnl.AltNameAdd{Link: byIndex(dev), Names: names})
		return
	}
	c.op(&rtnl.AltNameDel{Link: byIndex(dev), Names: names})
}

// altName takes an alternative name: 1 to 127 bytes without "/" and white space
// (check_altifname in lib/utils.c).
func (w *words) altName() string {
	s := w.need("an alternative name")
	if w.err == nil && !validAltName(s) {
		w.bad(`an alternative name, 1 to 127 bytes without "/" and white space`)
	}
	return s
}

// byIndex refers to a link whose index ip(8) looks up, also where a message can hold the name.
func byIndex(name string) rtnl.LinkRef { return rtnl.LinkRef{Name: name, ByIndex: true} }

// dev takes the next words as a link, with "dev" before it or not. There can be
// one only.
func (w *words) dev(dev *string, command string) {
	w.is("dev")
	s := w.need("a link")
	switch {
	case w.err != nil:
	case *dev != "":
		w.bad("a parameter of %s; the link is %q already", command, *dev)
		w.garbage("dev")
	case !validAltName(s):
		w.bad(`a link, 1 to 127 bytes without "/" and white space`)
	}
	*dev = s
}

func validAltName(s string) bool {
	if s == "" || len(s) > 127 {
		return false
	}
	for i := range len(s) {
		switch s[i] {
		case '/', ' ', '\t', '\n', '\v', '\f', '\r':
			return false
		}
	}
	return true
}

func (w *words) linkGroup() uint32 { return w.named(rtGroups, "a group", 1<<31-1) }

// help prints the usage if "help" is the next word.
func (c *Command) help(w *words, usage string) bool {
	if w.keyword("help*") == "" {
		return false
	}
	c.usage(w, usage)
	return true
}

// usage prints the usage. When the words are read a second time, there is an error
// to tell instead.
func (c *Command) usage(w *words, usage string) {
	if w.loose {
		w.status = 0
		w.bad(`anything but "help"`)
		return
	}
	w.rest()
	c.do = printUsage(usage)
}
