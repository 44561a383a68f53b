// Package watch reports what changes in many network namespaces at once: links,
// addresses, routes, neighbours, forwarding databases of bridges, rules and
// queueing disciplines.
//
// Run listens to all of them through one rtnetlink socket, in its own network
// namespace, where each of them has an id (NETLINK_LISTEN_ALL_NSID in
// netlink(7)). It keeps a compact state of each namespace, so that an Event
// says what has changed, not only that a message came. If the kernel dropped
// notifications (ENOBUFS), or changes something without a notification, for
// example IPv4 routes whose link goes down, Run reads the namespaces again and
// reports the differences as Events too.
//
// A namespace is watched for as long as it has a name in the directory of
// ip-netns(8). Run keeps a namespace alive only while reading it.
package watch
