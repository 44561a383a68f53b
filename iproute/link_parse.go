package iproute

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// linkParams reads the words that describe a link to create or to change
// (iplink_parse in ip/iplink.c).
type linkParams struct {
	// command is the command for errors, such as "ip link set".
	command string
	// create says that the link is to be created, which is also so for a veth's
	// peer.
	create bool
	// peer says that it is the other end of a veth.
	peer  bool
	attrs *rtnl.LinkAttrs
	// family is that of the command's options, AF_UNSPEC for any.
	family uint8
	// warning is printed before the command is carried out.
	warning firstWarning

	// name is the name given with "name", dev the one given otherwise.
	name, dev string
	index     uint32
	// typed says that "type" ended the parameters.
	typed bool
	// named are the links that options of the kind refer to.
	named []string
	// said are those of which iproute2 says says if they do not exist.
	said []string
	says string
	// saysStatus is the exit status with that.
	saysStatus int
	// looked are links that iproute2 looks up although the message does not
	// refer to them.
	looked []string
	// vrfs are masters that must be VRFs.
	vrfs []string
	// seen are the keywords so far that must not be repeated.
	seen []string
}

// linkKeyword is a parameter of a link.
type linkKeyword struct {
	// once, unless "", is the keyword that it counts as. A second one is an
	// error.
	once string
	// only is "add" or "set" for a parameter that has no effect in the other
	// command, although iproute2 accepts it there.
	only  string
	parse func(p *linkParams, w *words)
}

var linkKeywords = sync.OnceValue(func() map[string]linkKeyword {
	return map[string]linkKeyword{
		"up":           {parse: func(p *linkParams, _ *words) { p.attrs.Up() }},
		"down":         {parse: func(p *linkParams, _ *words) { p.attrs.Down() }},
		"arp":          {parse: linkFlag("arp", unix.IFF_NOARP, false)},
		"trailers":     {parse: linkFlag("trailers", unix.IFF_NOTRAILERS, false)},
		"multicast":    {parse: linkFlag("multicast", unix.IFF_MULTICAST, true)},
		"allmulticast": {parse: linkFlag("allmulticast", unix.IFF_ALLMULTI, true)},
		"promisc":      {parse: linkFlag("promisc", unix.IFF_PROMISC, true)},
		"dynamic":      {parse: linkFlag("dynamic", unix.IFF_DYNAMIC, true)},
		"name":         {once: "name", parse: func(p *linkParams, w *words) { p.name = w.ifname("a name for a link") }},
		"index":        {once: "index", parse: func(p *linkParams, w *words) { p.index = uint32(w.atoi("an interface index", 1, 1<<31-1)) }},
		"link":         {once: "link", only: "add", parse: func(p *linkParams, w *words) { p.attrs.Link.Name = w.device("a link") }},
		"address":      {parse: func(p *linkParams, w *words) { p.attrs.Address = w.lladdr(p.create) }},
		"broadcast":    {parse: linkBroadcast},
		"brd":          {parse: linkBroadcast},
		"txqueuelen":   {once: "txqueuelen", parse: linkQueueLen},
		"txqlen":       {once: "txqueuelen", parse: linkQueueLen},
		"qlen":         {once: "txqueuelen", parse: linkQueueLen},
		"mtu":          {once: "mtu", parse: func(p *linkParams, w *words) { p.attrs.MTU = w.int("an MTU in bytes", 1) }},
		"numtxqueues":  {once: "numtxqueues", only: "add", parse: func(p *linkParams, w *words) { p.attrs.TxQueues = w.int("a number of queues", 1) }},
		"numrxqueues":  {once: "numrxqueues", only: "add", parse: func(p *linkParams, w *words) { p.attrs.RxQueues = w.int("a number of queues", 1) }},
		"group":        {once: "group", parse: func(p *linkParams, w *words) { p.attrs.Group = rtnl.Some(w.linkGroup()) }},
		"netns":        {once: "netns", parse: func(p *linkParams, w *words) { p.attrs.NetNS = rtnl.NetNSNameOrPID(w.netnsRef()) }},
		"link-netnsid": {once: "link-netnsid", parse: func(p *linkParams, w *words) {
			p.attrs.LinkNetNSID = rtnl.Some(int32(w.number("an id", 0, 1<<31-1)))
		}},
		// For these, the last word counts.
		"master": {parse: func(p *linkParams, w *words) { p.attrs.Master = rtnl.Some(rtnl.LinkName(w.device("a master"))) }},
		"vrf": {parse: func(p *linkParams, w *words) {
			vrf := w.device("a VRF")
			p.attrs.Master = rtnl.Some(rtnl.LinkName(vrf))
			p.vrfs = append(p.vrfs, vrf)
		}},
		"nomaster":  {parse: func(p *linkParams, _ *words) { p.attrs.Master = rtnl.Some(rtnl.LinkRef{}) }},
		"alias":     {only: "set", parse: linkAlias},
		"carrier":   {only: "set", parse: func(p *linkParams, w *words) { p.attrs.Carrier = rtnl.Some(w.parseOnOff("carrier")) }},
		"protodown": {only: "set", parse: func(p *linkParams, w *words) { p.attrs.ProtoDown = rtnl.Some(w.parseOnOff("protodown")) }},
		"mode":      {parse: func(p *linkParams, w *words) { p.attrs.LinkMode = rtnl.Some(w.oneOf("a link mode", linkModes)) }},
		"state": {parse: func(p *linkParams, w *words) {
			p.attrs.OperState = rtnl.Some(w.oneOf("an operational state", operStates))
		}},
		"addrgenmode": {parse: func(p *linkParams, w *words) {
			p.attrs.AddrGenMode = rtnl.Some(w.oneOf("an address generation mode", addrGenModes))
		}},
		"gso_max_size": {parse: func(p *linkParams, w *words) { p.attrs.GSOMaxSize = rtnl.Some(w.uint32("a size in bytes")) }},
		"gso_max_segs": {parse: func(p *linkParams, w *words) {
			p.attrs.GSOMaxSegs = rtnl.Some(uint32(w.number("a number of segments", 0, 65535)))
		}},
		"gro_max_size": {parse: func(p *linkParams, w *words) { p.attrs.GROMaxSize = rtnl.Some(w.uint32("a size in bytes")) }},
	}
})

// linkKeys are the parameters of a link (iplink_parse in ip/iplink.c).
const linkKeys keywords = "up down name index link* address* broadcast* brd txqueuelen* qlen txqlen* mtu xdpgeneric xdpdrv " +
	"xdpoffload xdp netns multicast allmulticast promisc trailers arp carrier vf master* vrf nomaster* dynamic* type* alias* " +
	"group mode state numtxqueues* numrxqueues* addrgenmode* link-netns* link-netnsid* protodown protodown_reason " +
	"gso_max_size gso_max_segs gro_max_size parentdev help* dev"

// linkMissing are parameters of iproute2 that nslab does not have.
var linkMissing = []string{
	"vf", "xdp", "xdpgeneric", "xdpdrv", "xdpoffload", "link-netns", "protodown_reason", "parentdev",
}

// The words for numbers, by number. iproute2 ignores upper and lower case.
var (
	linkModes    = []string{"default", "dormant"}
	operStates   = []string{"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"}
	addrGenModes = []string{"eui64", "none", "stable_secret", "random"}
)

// parse takes parameters up to and including "type", or up to the end.
func (p *linkParams) parse(w *words) {
	for w.more() && !p.typed {
		word := w.keyword(linkKeys)
		switch {
		case word == "type":
			p.typed = true
		case slices.Contains(linkMissing, word):
			w.bad("a parameter that nslab supports; it does not support %q of ip link", word)
		case word == "help" && w.loose:
			w.bad("a parameter of %s", p.command)
		case word == "", word == "help", word == "dev":
			if word != "" {
				w.back()
			}
			p.device(w, word == "dev")
		default:
			p.keyword(w, word, linkKeywords()[word])
		}
	}
}

// device takes the link that the parameters are for. If iproute2 would take its
// name for a keyword, the keyword may have been meant.
func (p *linkParams) device(w *words, named bool) {
	if k := linkKeys.find(w.peek(), true); k != "" && !named && !p.create && w.doubtful == "" {
		w.doubtful = w.peek()
	}
	w.dev(&p.dev, p.command)
}

func (p *linkParams) keyword(w *words, word string, k linkKeyword) {
	switch {
	case w.loose && k.once == "link":
		p.attrs.Link = rtnl.LinkRef{}
	case k.once != "" && slices.Contains(p.seen, k.once):
		w.bad("another parameter; %q is already given", k.once)
		w.twice(k.once)
		return
	}
	switch {
	case w.loose && (k.only == "set" && p.create || k.only == "add" && !p.create || p.peer && isMasterWord(word)):
		// The kernel ignores it.
		switch w.ignored(); word {
		case "master":
			p.looked = append(p.looked, w.device("a master"))
			return
		case "vrf":
			p.vrfs = append(p.vrfs, w.device("a VRF"))
			return
		}
		k.parse(&linkParams{command: p.command, create: p.create, attrs: &rtnl.LinkAttrs{}}, w)
		return
	case p.peer && isMasterWord(word):
		w.bad("a parameter of %s; the kernel ignores this one of a peer that is being created: set it afterwards", p.command)
		return
	case k.only == "set" && p.create:
		w.bad("a parameter of %s; the kernel ignores this one in the message that creates a link: set it afterwards", p.command)
		return
	case k.only == "add" && !p.create:
		w.bad("a parameter of %s; this one is only for a link that is being created", p.command)
		return
	}
	if k.once != "" {
		p.seen = append(p.seen, k.once)
	}
	says, ok := linkSays[word]
	if !ok {
		says = fmt.Sprintf("Invalid %q value", word)
	}
	w.peerWrong("Error: argument %q is wrong: "+says, func() { k.parse(p, w) })
}

// linkSays is what iproute2 says about wrong values of parameters, where that
// is not that the value is invalid.
var linkSays = map[string]string{
	"name": `"name" not a valid ifname`, "mode": "Invalid link mode", "state": "Invalid operstate",
	"addrgenmode": "Invalid address generation mode",
}

// finish sets what the error means if a link other than the one to change does
// not exist.
func (p *linkParams) finish(c *Command) {
	others := append(p.named, p.looked...)
	if m, ok := p.attrs.Master.Get(); ok && m.Name != "" {
		others = append(others, m.Name)
	}
	c.wrongDevs(peerWrongDev, others...)
	if len(p.said) > 0 {
		c.missingDevs(p.saysStatus, p.says, p.said...)
	}
	c.first = p.warning
	for _, name := range p.looked {
		c.look(func(ctx context.Context, _ *Session, conn *rtnl.Conn) error {
			_, err := conn.LinkIndex(ctx, name)
			return err
		})
	}
	for _, name := range p.vrfs {
		c.look(func(ctx context.Context, _ *Session, conn *rtnl.Conn) error {
			_, err := vrfIndex(ctx, conn, name, peerNoVRFName)
			return err
		})
	}
}

// isMasterWord reports whether a keyword sets the master of a link.
func isMasterWord(word string) bool { return word == "master" || word == "vrf" || word == "nomaster" }

func linkFlag(keyword string, flag uint32, on bool) func(*linkParams, *words) {
	return func(p *linkParams, w *words) {
		p.attrs.Change |= flag
		if (w.linkOnOff(keyword) == 1) == on {
			p.attrs.Flags |= flag
		} else {
			p.attrs.Flags &^= flag
		}
	}
}

// linkBroadcast takes a broadcast address. If its length is wrong, the kernel
// silently adds or drops bytes at the end.
func linkBroadcast(p *linkParams, w *words) {
	p.attrs.Broadcast = w.lladdr(p.create && !w.loose)
	if n := len(p.attrs.Broadcast); p.create && n != 0 && n != 6 {
		w.warn("word %d, %q: has %d bytes; the kernel uses 6", w.at+w.i-1, w.all[w.i-1], n)
	}
}

func linkQueueLen(p *linkParams, w *words) {
	p.attrs.TxQueueLen = rtnl.Some(w.int("a queue length in packets", 0))
}

func linkAlias(p *linkParams, w *words) {
	s := w.need("an alias")
	if len(s) > 255 {
		w.bad("an alias of at most 255 bytes")
	}
	p.attrs.Alias = rtnl.Some(s)
}

// linkOnOff does what onOff does, but returns a number and has ip link's exit
// status for a wrong word.
func (w *words) linkOnOff(what string) (v uint8) {
	w.peerWrong("Error: argument of "+strconv.Quote(what)+" must be \"on\" or \"off\", not %q", func() {
		w.failing(statusFailed, func() { v = uint8(bool01(w.onOff(what))) })
	})
	return v
}

// parseOnOff does what linkOnOff does, for words that iproute2 also accepts
// abbreviated: "o" is "off".
func (w *words) parseOnOff(what string) uint8 {
	switch w.keyword("off* on*") {
	case "off":
		return 0
	case "on":
		return 1
	}
	w.peerWrong("Error: argument of "+strconv.Quote(what)+" must be one of \"off\", \"on\", not %q", func() {
		w.failing(statusFailed, func() { w.onOff(what) })
	})
	return 0
}

// netnsRef takes a namespace by its name, its path, or the id of a process in
// it.
func (w *words) netnsRef() string {
	s := w.need("a namespace")
	if w.err == nil && (s == "" || s == "." || s == "..") {
		// These are directories. In iproute2's case, the kernel refuses them.
		w.status = statusKernel
		w.bad("a namespace: its name, its path, or the id of a process in it")
	}
	return s
}

// byIndex refers to a link whose index ip(8) looks up even if the message can
// contain the name.
func byIndex(name string) rtnl.LinkRef { return rtnl.LinkRef{Name: name, ByIndex: true} }

// dev takes a link, with or without "dev" before it. There must be only one.
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
