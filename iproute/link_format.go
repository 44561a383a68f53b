package iproute

import (
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatLink returns the words of the ip link command that does what a request
// does. It is nil if there is none.
func formatLink(r rtnl.Request) []string {
	f := linkFormatter{ok: true}
	switch m := r.(type) {
	case *rtnl.LinkAdd:
		f.add("link", "add")
		if m.Name != "" {
			f.add("name", m.Name)
		}
		f.attrs(&m.LinkAttrs, m.Index)
		if m.Kind == nil {
			return nil
		}
		f.kind(m.Kind, "")
	case *rtnl.LinkSet:
		f.add("link", "set")
		f.ref(m.Link, m.InGroup)
		if m.NewName != "" {
			f.add("name", m.NewName)
		}
		f.attrs(&m.LinkAttrs, m.NewIndex)
		if m.Kind != nil {
			f.kind(m.Kind, "")
		}
		if m.Port != nil {
			f.kind(m.Port, "_slave")
		}
		f.ok = f.ok && (m.Kind == nil || m.Port == nil)
	case *rtnl.LinkDel:
		f.add("link", "delete")
		f.ref(m.Link, m.InGroup)
		f.ok = f.ok && m.NetNS.IsZero() && m.Family == 0
	case *rtnl.AltNameAdd:
		f.altNames("add", m.Link, m.Names)
	case *rtnl.AltNameDel:
		f.altNames("del", m.Link, m.Names)
	default:
		return nil
	}
	if !f.ok {
		return nil
	}
	return f.words
}

// linkFormatter collects words.
type linkFormatter struct {
	words []string
	ok    bool // there have been words for everything so far
}

func (f *linkFormatter) add(words ...string) { f.words = append(f.words, words...) }

// ref adds the link, or the group of links, that a request is about.
func (f *linkFormatter) ref(l rtnl.LinkRef, all rtnl.Opt[uint32]) {
	group, isGroup := all.Get()
	switch {
	case isGroup:
		f.add("group", groupWord(group))
	case !l.IsZero():
		f.add("dev", linkWord(l))
	default:
		f.ok = false
	}
}

// groupWord returns a group as a number. A name may mean another group
// elsewhere.
func groupWord(group uint32) string { return strconv.FormatUint(uint64(group), 10) }

// linkFlagWords are the flags that have words. inverted marks flags that "off"
// sets.
var linkFlagWords = []struct {
	word     string
	flag     uint32
	inverted bool
}{
	{"arp", unix.IFF_NOARP, true}, {"dynamic", unix.IFF_DYNAMIC, false}, {"multicast", unix.IFF_MULTICAST, false},
	{"allmulticast", unix.IFF_ALLMULTI, false}, {"promisc", unix.IFF_PROMISC, false}, {"trailers", unix.IFF_NOTRAILERS, true},
}

// attrs adds the parameters of a link, except its name.
func (f *linkFormatter) attrs(a *rtnl.LinkAttrs, index uint32) {
	number := func(word string, v uint32) {
		if v != 0 {
			f.add(word, strconv.FormatUint(uint64(v), 10))
		}
	}
	number("index", index)
	f.device("link", a.Link)
	if len(a.Address) > 0 {
		f.add("address", macText(a.Address))
	}
	if len(a.Broadcast) > 0 {
		f.add("broadcast", macText(a.Broadcast))
	}
	number("mtu", a.MTU)
	optNumber(f, "txqueuelen", a.TxQueueLen)
	number("numtxqueues", a.TxQueues)
	number("numrxqueues", a.RxQueues)
	optNumber(f, "gso_max_size", a.GSOMaxSize)
	optNumber(f, "gso_max_segs", a.GSOMaxSegs)
	optNumber(f, "gro_max_size", a.GROMaxSize)
	optNumber(f, "group", a.Group)
	f.master(a)
	f.netns(a.NetNS)
	if id, ok := a.LinkNetNSID.Get(); ok {
		f.add("link-netnsid", strconv.Itoa(int(id)))
	}
	if s, ok := a.Alias.Get(); ok {
		f.add("alias", s)
	}
	f.wordOf("state", operStates, a.OperState)
	f.wordOf("mode", linkModes, a.LinkMode)
	f.wordOf("addrgenmode", addrGenModes, a.AddrGenMode)
	f.wordOf("carrier", []string{"off", "on"}, a.Carrier)
	f.wordOf("protodown", []string{"off", "on"}, a.ProtoDown)
	f.flags(a.Flags, a.Change)
}

func optNumber(f *linkFormatter, word string, o rtnl.Opt[uint32]) {
	if v, ok := o.Get(); ok {
		f.add(word, strconv.FormatUint(uint64(v), 10))
	}
}

func (f *linkFormatter) device(word string, l rtnl.LinkRef) {
	if !l.IsZero() {
		f.add(word, linkWord(l))
	}
}

func (f *linkFormatter) master(a *rtnl.LinkAttrs) {
	l, ok := a.Master.Get()
	if ok && l.IsZero() {
		f.add("nomaster")
		return
	}
	f.device("master", l)
}

func (f *linkFormatter) netns(n rtnl.NetNS) {
	pid, ok := n.PID()
	switch {
	case n.Name() != "":
		f.add("netns", n.Name())
	case ok:
		f.add("netns", strconv.Itoa(pid))
	case !n.IsZero():
		f.ok = false // it is a descriptor
	}
}

func (f *linkFormatter) wordOf(word string, some []string, o rtnl.Opt[uint8]) {
	v, ok := o.Get()
	switch {
	case !ok:
	case int(v) < len(some):
		f.add(word, some[v])
	default:
		f.ok = false
	}
}

func (f *linkFormatter) flags(flags, change uint32) {
	for _, w := range linkFlagWords {
		if change&w.flag != 0 {
			f.add(w.word, onOffWord((flags&w.flag != 0) != w.inverted))
			change &^= w.flag
		}
	}
	if change&unix.IFF_UP != 0 {
		word := "down"
		if flags&unix.IFF_UP != 0 {
			word = "up"
		}
		f.add(word)
		change &^= unix.IFF_UP
	}
	f.ok = f.ok && change == 0
}

func (f *linkFormatter) option(name, value string) {
	f.add(name)
	if value != "" {
		f.add(value)
	}
}

func (f *linkFormatter) altNames(verb string, l rtnl.LinkRef, names []string) {
	f.add("link", "property", verb)
	f.ref(l, rtnl.Opt[uint32]{})
	for _, n := range names {
		f.add("altname", n)
	}
}

// devWord returns the word for a link: its name if it has one, otherwise "if"
// and its index; "" for no link.
func devWord(l rtnl.LinkRef) string {
	if l.IsZero() {
		return ""
	}
	return linkWord(l)
}

// linkWord does what devWord does, for a link that is not zero.
func linkWord(l rtnl.LinkRef) string {
	if l.Name != "" {
		return l.Name
	}
	return indexName(l.Index)
}
