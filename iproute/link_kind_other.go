package iproute

import (
	"slices"

	"github.com/nslab/nslab/rtnl"
)

// otherKinds are the kinds that iproute2 6.1 knows (TYPE in its usage, and its
// link_util tables). Those that have no file here have no options.
var otherKinds = []string{
	"amt", "bareudp", "batadv", "bond", "can", "dsa", "dummy", "erspan", "geneve", "gre", "gretap", "gtp", "hsr",
	"ifb", "ip6erspan", "ip6gre", "ip6gretap", "ip6tnl", "ipip", "ipoib", "ipvlan", "ipvtap", "macsec", "macvlan",
	"macvtap", "netdevsim", "nlmon", "rmnet", "sit", "team", "vcan", "virt_wifi", "vlan", "vrf", "vti", "vti6", "vxcan",
	"vxlan", "wwan", "xfrm",
}

// plainKinds are those that have no options in iproute2 either. It ignores all
// words after them.
var plainKinds = []string{"dummy", "ifb", "netdevsim", "nlmon", "team", "vcan", "virt_wifi"}

// otherKind is a kind without options.
func otherKind(name string) linkKind {
	return linkKind{
		name:  name,
		usage: func() string { return "Usage: ... " + name + "\nnslab takes no options of this kind.\n" },
		parse: func(_ *linkParams, w *words) rtnl.Kind {
			if slices.Contains(plainKinds, name) {
				w.extra()
			}
			if w.more() {
				w.next()
				w.status = statusKernel // nslab cannot do it
				w.bad("the end of the command: nslab has no options of the kind %q", name)
			}
			return rtnl.PlainKind(name)
		},
		format: func(f *linkFormatter, k rtnl.Kind) {
			_, plain := k.(rtnl.PlainKind)
			f.ok = f.ok && plain
		},
	}
}
