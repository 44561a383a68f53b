package rules

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

var truncated = Rule{
	ID: "truncated", Severity: Error,
	Summary: "a receive with too small a buffer: the rest is lost",
	Reason: "The kernel throws away what does not fit into the buffer of a receive; only MSG_TRUNC in msg_flags of " +
		"recvmsg(2) tells. Ask for the length first (MSG_PEEK|MSG_TRUNC), or provide at least 32 KiB, which the kernel " +
		"fills in a dump, and check MSG_TRUNC.",
	Sources: []string{
		"netlink_recvmsg() and netlink_dump() in net/netlink/af_netlink.c", "recv(2)",
		"https://github.com/vishvananda/netlink/issues/354",
	},
	Needs: Room,
	start: startTruncated,
}

func startTruncated(found report) check {
	return check{event: func(e *event) {
		// A program whose buffer is too small for a header throws the datagram
		// away on purpose.
		if e.Op != audit.OpReceive || e.Errno != 0 || e.Flags&unix.MSG_PEEK != 0 || e.Room < unix.NLMSG_HDRLEN {
			return
		}
		said := e.Length
		if e.MsgFlags&unix.MSG_TRUNC == 0 && e.Length <= e.Room {
			// recv(2) and read(2) do not report truncation, but the last
			// message has its length.
			if e.Length != e.Room {
				return
			}
			missing := missing(e.Data)
			if missing == 0 {
				return
			}
			said = e.Room + missing
		}
		text := fmt.Sprintf("room for %d bytes, but the datagram was longer", e.Room)
		if said > e.Room {
			text = fmt.Sprintf("room for %d bytes, but the datagram had %d", e.Room, said)
		}
		found(Error, e.place(), fmt.Sprint(e.Room), text)
	}}
}

// missing returns how many bytes of the last message of a datagram are missing,
// according to its nlmsg_len.
func missing(data []byte) (n int) {
	split(nlspec.Context{}, data, func(m *message) {
		if m.cut {
			n = int(m.Len) - len(m.data)
		}
	})
	return n
}
