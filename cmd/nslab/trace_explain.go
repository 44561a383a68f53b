package main

import (
	"strings"

	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// explainer returns what says by which line of ip or bridge one would make a request, for
// an audit.Tracer. It learns the names of links from what the kernel says.
func explainer() func(*nlspec.Datagram, []byte) string {
	var x iproute.Explainer
	return func(d *nlspec.Datagram, message []byte) string {
		h, ok := nlspec.ParseHeader(message)
		if d.Protocol != unix.NETLINK_ROUTE || !ok || uint64(h.Len) > uint64(len(message)) {
			return ""
		}
		m := rtnl.Message{Type: h.Type, Flags: h.Flags, Seq: h.Seq, PortID: h.PID, Data: message[unix.NLMSG_HDRLEN:h.Len]}
		if d.Direction != nlspec.Sent {
			x.Learn(d.NetNS, m)
			return ""
		}
		line := x.Line(d.NetNS, m)
		if strings.HasPrefix(d.NetNS, "net:") {
			// It has no name that ip knows it by; the line begins with what it has.
			line = strings.Replace(line, " -n "+iproute.Quote(d.NetNS), "", 1)
		}
		return line
	}
}
