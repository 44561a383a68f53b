// Package rtnl speaks rtnetlink to the kernel. It builds each message by hand,
// sends whole datagrams, and matches every reply to the request that it
// answers.
//
// A [Conn] is one NETLINK_ROUTE socket in one network namespace, opened by
// github.com/mdlayher/socket, on which github.com/mdlayher/netlink is built
// too. A [Request] is one message, for example to create a link ([LinkAdd]) or
// to add an address ([AddrAdd]). [Conn.Do] sends one and waits for the kernel's
// acknowledgement. A [Batch] sends many with few system calls. A dump
// ([Conn.Dump], [Conn.Links], ...) reads a table, and starts over if the table
// changes meanwhile. A [Monitor] receives notifications of what changes.
//
// An error names the action, the object and the namespace, and contains the
// kernel's message and the attribute that it is about: see [Error].
//
// The package handles links, addresses, routes, rules, neighbours, namespace
// IDs, and queueing disciplines: netem and tbf with their options. It is not a general netlink library: a Conn can carry another protocol
// ([Config].Protocol), but the package knows no message of it;
// github.com/mdlayher/netlink is meant for that. It never retries a change,
// caches nothing, and keeps no state besides a socket.
//
// Package rtnltest takes the kernel's place in tests of programs that use this
// package.
//
// Messages are those that Linux 5.10 and later understand. If a field needs a
// later kernel, its comment says so.
package rtnl
