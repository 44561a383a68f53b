package plan

import (
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
)

// dummyInterface is a dummy: drivers/net/dummy.c makes it with ether_setup, and
// has no options.
var dummyInterface = interfaceKind{word: "dummy", Kind: rtnl.PlainKind("dummy"), mtu: live.DefaultMTU}
