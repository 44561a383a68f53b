package iproute

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/rtnl"
)

// parseLinkAdd takes a link to create. Without a name, the kernel chooses one.
func parseLinkAdd(c *Command, w *words) {
	if c.help(w, linkUsage) {
		return
	}
	add := &rtnl.LinkAdd{}
	p := linkParams{command: "ip link add", create: true, attrs: &add.LinkAttrs}
	p.parse(w)
	if w.err != nil {
		return
	}
	if !p.typed {
		w.err = &WordError{Missing: true, Position: w.at + w.i, Want: `"type KIND"`, status: statusFailed}
		return
	}
	add.Kind = p.kind(w)
	add.Name, add.Index = p.newName(w), p.index
	c.op(add)
	p.finish(c, nil)
}

// newName returns the name of the link to create, "" for one of the kernel's
// choice.
func (p *linkParams) newName(w *words) string {
	name := p.name
	if name == "" {
		name = p.dev
	}
	switch {
	case p.dev != "" && p.dev != name:
		w.fail(`a link that is being created has one name: "name %s" and "dev %s" are two`, p.name, p.dev)
	case name == "" && p.attrs.Group.IsSet():
		// As in iproute2, where a group without a link means all in it.
		w.fail(`"group" goes with a name when a link is created`)
	case name != "" && !validIfname(name):
		w.failWith(statusKernel, `%q is no name for a link: 1 to 15 bytes without "/", ":" and white space`, name)
	}
	return name
}

// linkKinds are the device types that iproute2 6.1 knows (TYPE in its usage, and
// its link_util tables), but for those that have parsers here.
var linkKinds = []string{
	"amt", "bareudp", "batadv", "bond", "can", "dsa", "dummy", "erspan", "geneve", "gre", "gretap", "gtp", "hsr",
	"ifb", "ip6erspan", "ip6gre", "ip6gretap", "ip6tnl", "ipip", "ipoib", "ipvlan", "ipvtap", "macsec", "macvlan",
	"macvtap", "netdevsim", "nlmon", "rmnet", "sit", "team", "vcan", "virt_wifi", "vlan", "vrf", "vti", "vti6", "vxcan",
	"vxlan", "wwan", "xfrm",
}

// plainKinds are the kinds without options in iproute2, which looks at no word
// behind them.
var plainKinds = []string{"dummy", "ifb", "netdevsim", "nlmon", "team", "vcan", "virt_wifi"}

// kindName takes the word after "type".
func (w *words) kindName() string {
	name := w.need("a kind of link")
	if w.err == nil && name != "veth" && name != "bridge" && name != "bridge_slave" && !slices.Contains(linkKinds, name) {
		w.status = statusKernel // the kernel says so in iproute2's case
		w.bad("a kind of link: veth, bridge, bridge_slave, %s", strings.Join(linkKinds, ", "))
	}
	return name
}

// kind takes the kind of a link to create or to change, with its options. For
// bridge_slave, see parseLinkSet.
func (p *linkParams) kind(w *words) rtnl.Kind {
	name := w.kindName()
	switch {
	case w.err != nil:
		return nil
	case name == "veth":
		return p.vethKind(w)
	case name == "bridge":
		return parseBridgeKind(w)
	case name == "bridge_slave":
		w.bad("a kind of link to create; bridge_slave is the kind of a port in ip link set")
	case slices.Contains(plainKinds, name) && w.loose:
		for w.more() {
			w.next()
			w.ignored()
		}
	case w.more():
		w.next()
		w.status = statusKernel // it cannot be done
		w.bad("the end of the command: nslab has no options of the kind %q", name)
	}
	return rtnl.PlainKind(name)
}
