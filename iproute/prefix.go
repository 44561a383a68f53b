package iproute

import (
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// An inetPrefix is what ip(8) calls a prefix: "10.0.0.0/8", its short form
// "10/8", "10.0.0.0/255.0.0.0", an address, "default", "any" or "all".
type inetPrefix struct {
	// family is AF_UNSPEC for "default" and "any" if no family was asked for.
	family uint8
	// prefix is not valid for "default", "any" and "all".
	prefix netip.Prefix
	// given says that there is a length, which is also so for "default".
	given bool
}

// bits returns the length, 0 for "default" and "any".
func (p inetPrefix) bits() int { return max(p.prefix.Bits(), 0) }

// isHost reports whether p is a whole address.
func (p inetPrefix) isHost() bool { return p.prefix.IsValid() && p.prefix.IsSingleIP() }

// isSet reports whether p restricts anything. "any" without a family does not.
func (p inetPrefix) isSet() bool { return p.family != unix.AF_UNSPEC || p.given }

// parseInetAddr reads an address. In IPv4, parts at the end may be missing and
// are then 0, as in get_addr_1 in lib/utils.c. It refuses a part with a leading
// zero, which is octal to ip(8) and decimal to people.
func parseInetAddr(s string, family uint8) (netip.Addr, bool) {
	if strings.Contains(s, ":") {
		a, err := netip.ParseAddr(s)
		return a, err == nil && a.Zone() == "" && fits(a, family)
	}
	var b [4]byte
	parts := strings.Split(s, ".")
	if len(parts) > len(b) {
		return netip.Addr{}, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || len(part) > 1 && part[0] == '0' {
			return netip.Addr{}, false
		}
		b[i] = byte(n)
	}
	a := netip.AddrFrom4(b)
	return a, fits(a, family)
}

// parseInetPrefix reads a prefix of a family. AF_UNSPEC is any.
func parseInetPrefix(s string, family uint8) (inetPrefix, bool) {
	switch s {
	case "default":
		return inetPrefix{family: family, given: true}, family != unix.AF_PACKET && family != unix.AF_MPLS
	case "any", "all":
		return inetPrefix{family: family}, family != unix.AF_PACKET && family != unix.AF_MPLS
	}
	addr, length, given := strings.Cut(s, "/")
	a, ok := parseInetAddr(addr, family)
	if !ok {
		return inetPrefix{}, false
	}
	p := inetPrefix{family: familyOf(a), given: given}
	n := a.BitLen()
	if given {
		n, ok = parsePrefixLength(length)
	}
	p.prefix = netip.PrefixFrom(a, n)
	return p, ok && p.prefix.IsValid()
}

// parsePrefixLength reads what follows the "/": a length, or an IPv4 mask.
func parsePrefixLength(s string) (int, bool) {
	if n, err := strconv.ParseUint(s, 10, 8); err == nil && (len(s) == 1 || s[0] != '0') {
		return int(n), true
	}
	if !strings.Contains(s, ".") {
		return 0, false
	}
	a, ok := parseInetAddr(s, unix.AF_INET)
	if !ok {
		return 0, false
	}
	b := a.As4()
	ones := bits.LeadingZeros32(^binary.BigEndian.Uint32(b[:]))
	return ones, binary.BigEndian.Uint32(b[:])<<ones == 0
}

// inetPrefix takes a prefix of a family. AF_UNSPEC is any. For a wrong prefix,
// ip(8) has exit status 1, unlike for other wrong words.
func (w *words) inetPrefix(what string, family uint8) inetPrefix {
	s := w.need(what)
	if w.err != nil {
		return inetPrefix{}
	}
	p, ok := parseInetPrefix(w.decimalAddr(s), family)
	if !ok {
		w.status = statusFailed
		w.bad("%s, %s", what, familyWord(family, "prefix"))
		w.peerAddr(s, family, "prefix")
	}
	return p
}

// inetAddr takes an address of a family. AF_UNSPEC is any.
func (w *words) inetAddr(what string, family uint8) netip.Addr {
	s := w.need(what)
	if w.err != nil {
		return netip.Addr{}
	}
	a, ok := parseInetAddr(w.decimalAddr(s), family)
	if !ok {
		w.status = statusFailed
		if _, ok := parseLLAddr(s); ok && family == unix.AF_PACKET {
			w.status = statusKernel // ip(8) takes it as an address of that family
		}
		w.bad("%s, %s", what, familyWord(family, "address"))
		w.peerAddr(s, family, "address")
	}
	return a
}

// decimalAddr rewrites an address or a prefix that iproute2 reads otherwise
// than people do, such as 010 for 8. Other words do not change.
func (w *words) decimalAddr(s string) string {
	if !w.loose {
		return s
	}
	addr, length, slash := strings.Cut(s, "/")
	decimal := addr
	if !strings.Contains(addr, ":") {
		parts := strings.Split(addr, ".")
		for i, part := range parts {
			n, err := strtoul(part)
			if err != nil || n > math.MaxUint8 {
				return s
			}
			parts[i] = strconv.FormatUint(n, 10)
		}
		decimal = strings.Join(parts, ".")
	}
	if n, err := strtoul(length); slash && err == nil {
		length = strconv.FormatUint(n, 10)
	}
	if slash {
		decimal += "/" + length
	}
	if decimal != s {
		w.warn("word %d, %q: is read as %s", w.at+w.i-1, s, decimal)
	}
	return decimal
}

// sameBits reports whether the first n bits of two addresses are equal. An
// address that is not valid counts as zero.
func sameBits(a, b netip.Addr, n int) bool {
	x, y := addrBytes(a), addrBytes(b)
	for i := 0; n > 0; i, n = i+1, n-8 {
		if (x[i]^y[i])>>max(8-n, 0) != 0 {
			return false
		}
	}
	return true
}

// addrBytes returns the bytes of an address, padded to 16.
func addrBytes(a netip.Addr) (b [16]byte) {
	copy(b[:], a.AsSlice())
	return b
}

// ipText writes an address as inet_ntop(3) does. That differs from netip in
// that IPv6 addresses with 96 leading zero bits end in dotted IPv4.
func ipText(a netip.Addr) string {
	if a.Is6() {
		b := a.As16()
		if [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0) {
			return "::" + netip.AddrFrom4([4]byte(b[12:])).String()
		}
	}
	return a.String()
}

// prefixText writes a prefix as ip(8) does, without the length for a single
// address.
func prefixText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return ipText(p.Addr())
	}
	return ipText(p.Addr()) + "/" + strconv.Itoa(p.Bits())
}

// familyName returns ip(8)'s word for a family.
func familyName(family uint8) string {
	for _, f := range families {
		if f.family == family {
			return f.word
		}
	}
	return "???"
}

// familyOf returns the family of an address, AF_UNSPEC if it is not valid.
func familyOf(a netip.Addr) uint8 {
	switch {
	case a.Is4():
		return unix.AF_INET
	case a.Is6():
		return unix.AF_INET6
	}
	return unix.AF_UNSPEC
}

// hueOf returns the colour of an address.
func hueOf(a netip.Addr) hue {
	switch {
	case a.Is4():
		return hueInet
	case a.Is6():
		return hueInet6
	}
	return hueNone
}
