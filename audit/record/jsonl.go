package record

import "encoding/binary"

// The format of JSON lines: UTF-8 text, one JSON object a line. The first line
// describes the file:
//
//	{"format":"nslab events","version":1,"byte_order":"little"}
//
// Each further line is an event (audit.Event). A field that is left out is zero
// or not known:
//
//	op             "socket", "bind", "connect", "setsockopt", "send", "receive", "close", "extack", "found", "lost"
//	time           RFC 3339 in UTC, to the nanosecond
//	took_ns        nanoseconds in the call
//	after_ns       of a reply: nanoseconds since its request was sent
//	errno          the error's name, "ENOBUFS"; its number as a string where it has no name
//	pid, tid       numbers, in the recorder's PID namespace
//	program        text
//	netns          text, the label of the socket's network namespace
//	netns_cookie, netns_inode, socket, fd, port
//	               numbers: SO_NETNS_COOKIE, the namespace's number in nsfs, the socket's in sockfs, its descriptor, nl_pid
//	protocol       "NETLINK_ROUTE", or the number as a string; there in every event but "lost" and "extack"
//	type           of a socket: "SOCK_RAW|SOCK_CLOEXEC"
//	address        {"port":0,"groups":1}: what a bind asked for, to whom, from whom
//	option, value  of a setsockopt: "NETLINK_EXT_ACK" or level and option, "270/99"; the value as a number when it has
//	               4 bytes, otherwise in hexadecimal
//	flags          of a send or recv call: "MSG_PEEK|MSG_TRUNC"
//	msg_flags      as the kernel set them
//	multicast      true for what came through a multicast group
//	room           bytes that the program had room for
//	control        [{"level":270,"type":3,"data":"02000000"}]
//	length         bytes of the datagram, where data holds fewer
//	data           the datagram in hexadecimal
//	groups         of "found": [1,33], the multicast groups that the socket was in before
//	text           what "extack" and "lost" say
//	lost           how many
//
// Text that is not UTF-8 is {"hex":"ff"}. Data is in the byte order that the
// first line names; a reader converts it to the machine's own as far as the
// tables of nlspec go. A file may hold several recordings, one after another. A
// field that is not in this list is an error, because it belongs to another
// version of the format.
const (
	jsonFormat  = "nslab events"
	jsonVersion = 1
)

// hostOrder is the first line's word for this machine's byte order.
var hostOrder = func() string {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return "little"
	}
	return "big"
}()

// maxDatagram is how many bytes of one datagram a recording may hold. A
// datagram is never longer than the socket's send buffer, or 32 KiB in a dump
// (net/netlink/af_netlink.c), but root may set a buffer of 1 GiB. Package trace
// has the same limit.
const maxDatagram = 16 << 20
