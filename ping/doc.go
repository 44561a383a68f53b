// Package ping sends ICMP echo requests and reports what comes back, as ping(8)
// of iputils does, from the calling thread's network namespace or from another
// one.
//
// [Run] writes iputils' lines to an io.Writer. [Open] and [Pinger.Run] do the
// same for programs: each reply and each error arrives as an [Event], and
// nothing is written.
//
// The socket is a raw ICMP socket, or, without CAP_NET_RAW, an ICMP datagram
// socket (icmp(7), net.ipv4.ping_group_range). Only opening it and asking name
// servers happen inside [Options].In; an open socket stays in its namespace
// whatever thread uses it.
//
// Record route, timestamp and node information queries, preload and marks are
// not supported. Flood mode also prints dots that do not fit into one line of a
// terminal.
//
// Lines and exit status are those of iputils 20221126, except that
//   - an error before the first request also names the destination;
//   - a request that the kernel refuses without an entry in the error queue is always
//     reported ("sendmsg: Message too long"), and errors count with Quiet too;
//   - with a device, the source of a ping to a link-local address is shown, not "::";
//   - a reply counts only if it carries the timestamp that was sent: another ping may
//     use the same identifier;
//   - the name in the first line is canonical only if it is from a hosts file.
package ping
