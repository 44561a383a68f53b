// Package rtnltest takes the kernel's place in tests of programs that use
// package rtnl.
//
// A [Peer] is the other end of sockets that [rtnl.Dial] and [rtnl.Listen] open
// if rtnl.Config.Peer or rtnl.MonitorConfig.Peer is set, or engine.Engine.Peer.
// Whatever a program sends goes to a function of the test, a [Handler], which
// writes what the program receives: acknowledgements, errors with extended
// acknowledgements, tables in parts, nothing at all. [Peer.Notify] sends
// notifications to Monitors. The sockets are in memory: no descriptor is open
// and no privilege is needed. Their waiting ends by channels and timers alone,
// so that they work in a bubble of testing/synctest, where ten seconds without
// an answer take no time.
//
// All else is the code that also speaks to the kernel: what a Conn encodes, how
// it matches answers to requests, when it sends a chunk of a Batch, what it
// makes of answers that are lost, late, cut or malformed.
//
// A Peer keeps no links, addresses or routes. It knows what a request means
// only as far as its Handler does, and refuses nothing that the kernel would
// refuse. So a test with a Peer shows what a program does with answers, not
// that the kernel gives these answers. Test against the kernel, in a namespace
// of the test's own, what depends on that.
//
// Namespaces that a program gives by name are not opened: see [Peer.NetNSName].
// What packages nsfs, sysctl, lab and ping do cannot be tested with a Peer:
// they bind, enter and read namespaces by system calls that are not netlink's.
// Package bridge needs nothing but a Conn.
package rtnltest
