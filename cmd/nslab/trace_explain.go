package main

import (
	"strings"

	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// explainer returns a function for an audit.Tracer that returns the line of ip
// or bridge which makes a request. It learns the names of links from the
// kernel's messages.
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
			// ip knows no name of the namespace. The line begins with its
			// label.
			line = strings.Replace(line, " -n "+iproute.Quote(d.NetNS), "", 1)
		}
		return line
	}
}
