package topology

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// MinIPv6MTU is the smallest MTU, in bytes, of a device with IPv6 (RFC 8200,
// section 5).
const MinIPv6MTU = 1280

// MinMTU is the smallest MTU of an interface in bytes (ETH_MIN_MTU in
// include/uapi/linux/if_ether.h).
const MinMTU = 68

// readAddress reads an address with its prefix length. Messages call it what.
func (p *fileParser) readAddress(v *yamlNode, s scope, what string) (netip.Prefix, bool) {
	text, ok := p.expand(v, s)
	if !ok {
		return netip.Prefix{}, false
	}
	a, err := netip.ParsePrefix(text)
	if err != nil {
		if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
			p.Add(v.at, "write its prefix length, such as "+text+"/"+likelyLength(ip), "%s is %q", what, plain.Clip(text))
		} else {
			p.Add(v.at, "write an address and its prefix length, such as 10.0.1.1/24 or fd00::1/64", "%s is %q: %s", what, plain.Clip(text), prefixFault(text))
		}
		return netip.Prefix{}, false
	}
	if bad := badAddress(a); bad != "" {
		p.Add(v.at, "", "%s %s %s", what, a, bad)
		return netip.Prefix{}, false
	}
	return a, true
}

// prefixFault says why a text is not an address with a prefix length.
func prefixFault(text string) string {
	addr, length, slash := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(addr)
	switch {
	case err != nil:
		return addrFault(addr, err)
	case ip.Zone() != "":
		return "a zone is not allowed"
	case !slash:
		return "it has no prefix length"
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || strconv.Itoa(n) != length || n > ip.BitLen() {
		return fmt.Sprintf("the prefix length %q is not a number from 0 to %d", plain.Clip(length), ip.BitLen())
	}
	return "it is not an address with a prefix length"
}

// addrFault says why a text is not an IP address: netip's reason, which follows
// the function's name and the text in its error.
func addrFault(text string, err error) string {
	_, why, _ := strings.Cut(err.Error(), "): ")
	if why == "" || why == "unable to parse IP" {
		return fmt.Sprintf("%q is not an IP address", plain.Clip(text))
	}
	return fmt.Sprintf("%q is not an IP address: %s", plain.Clip(text), strings.ReplaceAll(why, `"`, "'"))
}

func likelyLength(a netip.Addr) string {
	if a.Is4() {
		return "24"
	}
	return "64"
}

// badAddress says why an interface should not have this address, or returns "".
func badAddress(a netip.Prefix) string {
	ip := a.Addr()
	switch {
	case ip.Is4In6():
		return "is an IPv4 address written as IPv6"
	case ip.IsUnspecified():
		return "is all zeros"
	case ip.IsMulticast():
		return "is a multicast address"
	case ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "is the broadcast address"
	case a.Bits() == 0:
		return "has a prefix length of 0"
	case ip.Is4() && a.Bits() < 31 && ip == a.Masked().Addr():
		return "is the address of the network, not one in it"
	case ip.Is4() && a.Bits() < 31 && ip == lastAddr(a):
		return "is the broadcast address of its network"
	}
	return ""
}

// lastAddr returns the last address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// readPrefix reads the prefix of a subnet.
func (p *fileParser) readPrefix(v *yamlNode, what string) (netip.Prefix, bool) {
	text, ok := p.expand(v, scope{})
	if !ok {
		return netip.Prefix{}, false
	}
	n, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		if ip, err := netip.ParseAddr(text); err == nil {
			p.Add(v.at, "write its length, such as "+text+"/"+likelyLength(ip), "%s is %q", what, plain.Clip(text))
		} else {
			p.Add(v.at, "write an address and a length, such as 10.1.0.0/16", "%s is %q: %s", what, plain.Clip(text), prefixFault(text))
		}
	case n.Addr().Is4In6() || n.Addr().IsMulticast() || n.Bits() == 0:
		p.Add(v.at, "", "%s %s has no addresses for interfaces", what, n)
	case n != n.Masked():
		p.Add(v.at, "did you mean "+n.Masked().String()+"?", "%s %s has bits set beyond its prefix length", what, n)
	default:
		return n, true
	}
	return netip.Prefix{}, false
}

// readEnd reads the addresses of one end of a link: one, a list, or none.
func (p *fileParser) readEnd(list *yamlNode, end int, s scope, family string) []addressAt {
	if list == nil || list.kind != yamlSequence {
		return nil
	}
	items := []*yamlNode{list.items[end]}
	if items[0].kind == yamlSequence {
		items = items[0].items
	}
	var all []addressAt
	for _, v := range items {
		if v.kind == yamlNull || v.text == "" {
			continue
		}
		a, ok := p.readAddress(v, s, family+" address")
		if !ok {
			continue
		}
		if a.Addr().Is4() != (family == "ipv4") {
			p.Add(v.at, "", "%s is not an %s address", a, strings.Replace(family, "ip", "IP", 1))
			continue
		}
		all = append(all, addressAt{a, v.at})
	}
	return all
}

// addressAt is an address and the place of the address, or of its subnet, in
// the file.
type addressAt struct {
	prefix netip.Prefix
	at     Pos
}

// resolveIPv6 decides whether an interface has IPv6.
func resolveIPv6(m IPv6Mode, addrs []netip.Prefix) IPv6Mode {
	if m != IPv6Auto {
		return m
	}
	for _, a := range addrs {
		if a.Addr().Is6() {
			return IPv6On
		}
	}
	return IPv6Off
}
