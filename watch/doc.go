// Package watch tells what changes in many network namespaces at once: links, addresses,
// routes, neighbours, forwarding databases of bridges, rules and queueing disciplines.
//
// Run opens one rtnetlink socket in each namespace and listens. Of each namespace it keeps a
// compact state, so that an Event says what became different, not only that a message
// came. Where the kernel dropped notifications (ENOBUFS) or changes something without a
// notification, as it removes IPv4 routes when their link goes down, Run reads the namespace
// again, and the differences are Events too.
//
// A socket keeps its namespace alive. So a namespace is watched for as long as it has a name
// in the directory of ip-netns(8); when the last name is gone, its socket is closed.
package watch
