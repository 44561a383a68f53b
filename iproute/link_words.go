package iproute

import (
	"slices"
	"strconv"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatLink returns the words of the ip link command that does what a request
// does, without the program's name; nil if it is no link's, or if ip has no
// words for it.
func formatLink(r rtnl.Request) []string {
	f := linkFormat{ok: true}
	switch m := r.(type) {
	case *rtnl.LinkAdd:
		f.add("link", "add")
		if m.Name != "" {
			f.add("name", m.Name)
		}
		f.attrs(&m.LinkAttrs, m.Index)
		f.kind(m.Kind)
	case *rtnl.LinkSet:
		f.add("link", "set")
		f.ref(m.Link, m.InGroup)
		if m.NewName != "" {
			f.add("name", m.NewName)
		}
		f.attrs(&m.LinkAttrs, m.NewIndex)
		if m.Kind != nil {
			f.kind(m.Kind)
		}
		f.port(m.Port)
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

// linkFormat gathers words.
type linkFormat struct {
	words []string
	ok    bool // so far there were words for everything
}

func (f *linkFormat) add(words ...string) { f.words = append(f.words, words...) }

// ref adds the link that a request is about, or the group of links.
func (f *linkFormat) ref(l rtnl.LinkRef, all rtnl.Opt[uint32]) {
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

// groupWord is a group as a number: a name may mean another one elsewhere.
func groupWord(group uint32) string { return strconv.FormatUint(uint64(group), 10) }

// linkFlagWords are the flags that have words, in upside-down sense where off
// sets them.
var linkFlagWords = []struct {
	word     string
	flag     uint32
	inverted bool
}{
	{"arp", unix.IFF_NOARP, true}, {"dynamic", unix.IFF_DYNAMIC, false}, {"multicast", unix.IFF_MULTICAST, false},
	{"allmulticast", unix.IFF_ALLMULTI, false}, {"promisc", unix.IFF_PROMISC, false}, {"trailers", unix.IFF_NOTRAILERS, true},
}

// attrs adds the parameters of a link, but for its name.
func (f *linkFormat) attrs(a *rtnl.LinkAttrs, index uint32) {
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

func optNumber(f *linkFormat, word string, o rtnl.Opt[uint32]) {
	if v, ok := o.Get(); ok {
		f.add(word, strconv.FormatUint(uint64(v), 10))
	}
}

func (f *linkFormat) device(word string, l rtnl.LinkRef) {
	if !l.IsZero() {
		f.add(word, linkWord(l))
	}
}

func (f *linkFormat) master(a *rtnl.LinkAttrs) {
	l, ok := a.Master.Get()
	if ok && l.IsZero() {
		f.add("nomaster")
		return
	}
	f.device("master", l)
}

func (f *linkFormat) netns(n rtnl.NetNS) {
	pid, ok := n.PID()
	switch {
	case n.Name() != "":
		f.add("netns", n.Name())
	case ok:
		f.add("netns", strconv.Itoa(pid))
	case !n.IsZero():
		f.ok = false // a descriptor
	}
}

func (f *linkFormat) wordOf(word string, some []string, o rtnl.Opt[uint8]) {
	v, ok := o.Get()
	switch {
	case !ok:
	case int(v) < len(some):
		f.add(word, some[v])
	default:
		f.ok = false
	}
}

func (f *linkFormat) flags(flags, change uint32) {
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

// kind adds "type" and options.
func (f *linkFormat) kind(k rtnl.Kind) {
	if k == nil {
		f.ok = false
		return
	}
	f.add("type", k.Kind())
	switch k := k.(type) {
	case *rtnl.Veth:
		if k.Peer == nil {
			return
		}
		f.add("peer")
		if k.Peer.Name != "" {
			f.add("name", k.Peer.Name)
		}
		f.attrs(&k.Peer.LinkAttrs, k.Peer.Index)
	case *rtnl.Bridge:
		for _, o := range bridgeLinkOptions() {
			if v, ok := o.value(k); ok {
				f.option(o.name, v)
			}
		}
		const known = brBooloptNoLLLearn | brBooloptMcastVLANSnooping
		f.ok = f.ok && k.MultiBoolMask&^known == 0 && !k.FDBMaxLearned.IsSet()
	case rtnl.PlainKind:
		f.ok = f.ok && slices.Contains(linkKinds, string(k))
	default:
		f.ok = false
	}
}

func (f *linkFormat) option(name, value string) {
	f.add(name)
	if value != "" {
		f.add(value)
	}
}

// port adds "type bridge_slave" and options.
func (f *linkFormat) port(k rtnl.Kind) {
	if k == nil {
		return
	}
	o, ok := k.(*bridge.PortOptions)
	if !ok {
		f.ok = false
		return
	}
	f.add("type", "bridge_slave")
	for _, opt := range portOptions() {
		if v, ok := opt.value(o); ok {
			f.option(opt.name, v)
		}
	}
	// Options that iproute2 6.1 has no words for.
	f.ok = f.ok && !o.LearningSync.IsSet() && !o.MAB.IsSet() && !o.NeighVLANSuppress.IsSet() && !o.BackupNHID.IsSet() &&
		!o.MulticastEHTHostsLimit.IsSet() && !o.MulticastMaxGroups.IsSet()
}

func (f *linkFormat) altNames(verb string, l rtnl.LinkRef, names []string) {
	f.add("link", "property", verb)
	f.ref(l, rtnl.Opt[uint32]{})
	for _, n := range names {
		f.add("altname", n)
	}
}
