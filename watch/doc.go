// Package watch tells what changes in many network namespaces at once: links, addresses,
// routes, neighbours, forwarding databases of bridges, rules and queueing disciplines.
//
// Run listens to all of them through one rtnetlink socket, in a network namespace of its own
// in which each of them has an id (NETLINK_LISTEN_ALL_NSID in netlink(7)). Of each namespace
// it keeps a compact state, so that an Event says what became different, not only that a
// message came. Where the kernel dropped notifications (ENOBUFS) or changes something without
// a notification, as it removes IPv4 routes when their link goes down, Run reads the
// namespaces again, and the differences are Events too.
//
// A namespace is watched for as long as it has a name in the directory of ip-netns(8). Run
// keeps none alive, but for the moment in which it reads one.
package watch
