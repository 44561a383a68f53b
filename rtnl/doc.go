// Package rtnl speaks rtnetlink to the kernel: it builds each message by hand,
// sends whole datagrams, and maps every reply to the request it answers.
//
// A [Conn] is one NETLINK_ROUTE socket in one network namespace, opened by
// github.com/mdlayher/netlink, or by github.com/mdlayher/socket, on which that is
// built. A [Request] is one message: a link
// to create ([LinkAdd]), an address to add ([AddrAdd]), a route to delete. Do
// runs one and waits for the kernel's acknowledgement; a [Batch] runs many with
// few system calls; a dump ([Conn.Dump], [Conn.Links], ...) reads a table and
// never yields one that changed while it was read.
//
// Errors name what was being done to which object in which namespace, with the
// kernel's own sentence and the attribute it objects to: see [Error].
//
// The package is for building and reading links, addresses, routes, rules,
// neighbours and namespace IDs. It is no general netlink library: for other
// protocols use github.com/mdlayher/netlink itself. Nothing in it retries a
// change, caches, or holds state beyond a socket.
//
// Messages are those that a kernel from 5.10 on understands. A field that needs
// a later one says so where it is declared.
package rtnl
