package iproute

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lladdr takes a link-layer address: hexadecimal octets between colons, or an
// IPv4 address for a tunnel's (ll_addr_a2n in lib/ll_addr.c). A new link is
// Ethernet: if the length differs, the kernel would silently use the first six
// bytes.
func (w *words) lladdr(ethernet bool) net.HardwareAddr {
	const what = "a link-layer address, such as 02:00:00:00:00:01"
	s := w.need(what)
	if w.err != nil {
		return nil
	}
	a, ok := parseLLAddr(s)
	if !ok {
		w.refuse(what)
		w.peerLLAddr(s)
		return nil
	}
	if ethernet && len(a) != 6 {
		w.status = statusKernel
		w.bad("a link-layer address of 6 bytes, such as 02:00:00:00:00:01")
		w.peer("%s", answers(unix.EINVAL))
	}
	return a
}

// peerLLAddr adds iproute2's text about the part of a link-layer address that
// is none.
func (w *words) peerLLAddr(s string) {
	for part := range strings.SplitSeq(s, ":") {
		if v, err := strconv.ParseUint(part, 16, 64); err != nil || v > 255 {
			w.peer("%q is invalid lladdr.", part)
			return
		}
	}
}

func parseLLAddr(s string) (net.HardwareAddr, bool) {
	if strings.Contains(s, ".") {
		a, err := netip.ParseAddr(s)
		if err != nil || !a.Is4() {
			return nil, false
		}
		return a.AsSlice(), true
	}
	var a net.HardwareAddr
	for octet := range strings.SplitSeq(s, ":") {
		v, err := strconv.ParseUint(octet, 16, 8)
		if err != nil || len(a) >= 32 {
			return nil, false
		}
		a = append(a, byte(v))
	}
	return a, true
}

// macText writes a link-layer address in hexadecimal.
func macText(a net.HardwareAddr) string { return a.String() }

// hwaddrText writes a link-layer address. A tunnel's is an IP address
// (ll_addr_n2a in lib/ll_addr.c).
func hwaddrText(a net.HardwareAddr, arphrd uint16) string {
	switch {
	case len(a) == 4 && (arphrd == unix.ARPHRD_TUNNEL || arphrd == unix.ARPHRD_SIT || arphrd == unix.ARPHRD_IPGRE),
		len(a) == 16 && (arphrd == unix.ARPHRD_TUNNEL6 || arphrd == unix.ARPHRD_IP6GRE):
		ip, _ := netip.AddrFromSlice(a) // the length is valid
		return ipText(ip)
	}
	return a.String()
}
