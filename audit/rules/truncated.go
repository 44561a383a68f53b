package rules

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

var truncated = Rule{
	ID: "truncated", Severity: Error,
	Summary: "too little room in a receive: the rest is gone",
	Reason: "What does not fit into the buffer of a receive is thrown away; only MSG_TRUNC in msg_flags of recvmsg(2) tells. Ask for " +
		"the length first (MSG_PEEK|MSG_TRUNC), or give 32 KiB at least, which is what the kernel fills in a dump, and look at MSG_TRUNC.",
	Sources: []string{
		"netlink_recvmsg() and netlink_dump() in net/netlink/af_netlink.c", "recv(2)",
		"https://github.com/vishvananda/netlink/issues/354",
	},
	Needs: Room,
	start: startTruncated,
}

func startTruncated(found report) check {
	return check{event: func(e *event) {
		// Who gives no room for even a header throws the datagram away on purpose.
		if e.Op != audit.OpReceive || e.Errno != 0 || e.Flags&unix.MSG_PEEK != 0 || e.Room < unix.NLMSG_HDRLEN {
			return
		}
		said := e.Length
		if e.MsgFlags&unix.MSG_TRUNC == 0 && e.Length <= e.Room {
			// recv(2) and read(2) do not tell, but the last message says how long it is.
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

// missing is how many bytes the last message of a datagram says that it has, and that are not there.
func missing(data []byte) (n int) {
	split(nlspec.Context{}, data, func(m *message) {
		if m.cut {
			n = int(m.Len) - len(m.data)
		}
	})
	return n
}
