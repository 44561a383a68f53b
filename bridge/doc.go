// Package bridge creates Ethernet bridges, adds ports to them, and sets and
// reads their options, ports and forwarding databases (FDB). It does over
// netlink what brctl(8) does with ioctls, and what "bridge link" and "bridge
// fdb" do.
//
// Each function takes an rtnl.Conn in the bridge's network namespace. Errors
// are those of rtnl, or an *Error for something that brctl refuses and the
// kernel would accept over netlink.
package bridge
