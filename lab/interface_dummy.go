package lab

import "github.com/nslab/nslab/rtnl"

// dummyInterface is a dummy: drivers/net/dummy.c makes it with ether_setup, and has no options.
var dummyInterface = interfaceKind{kind: rtnl.PlainKind("dummy"), mtu: defaultMTU}
