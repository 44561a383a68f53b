// Package bridge makes Ethernet bridges, joins links to them, and sets and reads
// their options, their ports and their forwarding databases (FDB), over netlink:
// what brctl(8) does with ioctls, and "bridge link" and "bridge fdb" with
// messages.
//
// Each function takes the rtnl.Conn of the network namespace that the bridge is
// in. Errors are those of rtnl, or an *Error for what brctl refuses and the
// kernel, asked over netlink, would do.
package bridge
