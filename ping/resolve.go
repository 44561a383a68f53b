package ping

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A target is what Dest stands for.
type target struct {
	name    string       // as printed: the canonical name from a hosts file, if it has one
	addrs   []netip.Addr // at least one
	literal bool         // Dest is an address, so names are never looked up
}

// errFamily is getaddrinfo(3)'s EAI_ADDRFAMILY.
var errFamily = errors.New("Address family for hostname not supported") //lint:ignore ST1005 the words of gai_strerror(3)

// resolve finds the addresses of Dest in family f. It asks no name server about
// an address.
func (o Options) resolve(ctx context.Context, f Family) (target, error) {
	if a, ok := parseLiteral(o.Dest); ok {
		if !f.has(a) {
			return target{}, fmt.Errorf("%s: %w", o.Dest, errFamily)
		}
		return target{name: o.Dest, addrs: []netip.Addr{a}, literal: true}, nil
	}
	t := target{name: o.Dest}
	var all []netip.Addr
	err := o.scanHosts(func(h host) bool {
		if slices.ContainsFunc(h.names, func(n string) bool { return sameName(n, o.Dest) }) {
			if len(all) == 0 {
				t.name = h.names[0]
			}
			all = append(all, h.addr)
		}
		return true
	})
	if err != nil {
		return target{}, fmt.Errorf("%s: %w", o.Dest, err)
	}
	if len(all) == 0 {
		// An address with a bad zone, or an IPv4 address with a zone, is not a
		// name.
		if strings.ContainsAny(o.Dest, ":%") {
			return target{}, notFound(o.Dest, nil)
		}
		if all, err = o.lookup(ctx, o.Dest); err != nil {
			return target{}, notFound(o.Dest, err)
		}
	}
	for _, a := range all {
		if a = a.Unmap(); f.has(a) {
			t.addrs = append(t.addrs, a)
		}
	}
	if len(t.addrs) == 0 {
		return target{}, fmt.Errorf("%s: %w", o.Dest, errFamily)
	}
	return t, nil
}

func (f Family) has(a netip.Addr) bool {
	return f == FamilyAny || (f == IPv4) == a.Is4()
}

// A lookupError has getaddrinfo(3)'s words for a failed lookup.
type lookupError struct {
	name, text string
	err        error
}

func (e *lookupError) Error() string { return e.name + ": " + e.text }
func (e *lookupError) Unwrap() error { return e.err }

func notFound(name string, err error) error {
	var dns *net.DNSError
	text := "Name or service not known"
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, err == nil:
		if err == nil {
			err = &net.DNSError{Err: "not an address", Name: name, IsNotFound: true}
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		text = "the name was not looked up: " + err.Error()
	default:
		text = "Temporary failure in name resolution"
	}
	return &lookupError{name, text, err}
}

// reverse returns a name for an address, or "" if there is none.
func (o Options) reverse(ctx context.Context, a netip.Addr) string {
	name := ""
	err := o.scanHosts(func(h host) bool {
		if h.addr == a {
			name = h.names[0]
		}
		return name == ""
	})
	if err == nil && name != "" {
		return name
	}
	// A missing name is not an error: iputils prints the address instead.
	names, err := o.lookupReverse(ctx, a)
	if err != nil || len(names) == 0 {
		return ""
	}
	return strings.TrimSuffix(names[0], ".")
}

// parseLiteral reads an address: IPv6 with or without a zone, IPv4 as four
// numbers or in the other forms of inet_aton(3), which getaddrinfo(3) also
// accepts.
func parseLiteral(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err == nil {
		return a, true
	}
	return parseInetAton(s)
}

// parseInetAton reads one to four numbers, decimal, octal after 0, or
// hexadecimal after 0x. The last one fills all remaining bytes.
func parseInetAton(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var v uint64
	for i, p := range parts {
		base := 10
		switch {
		case len(p) > 2 && (p[:2] == "0x" || p[:2] == "0X"):
			p, base = p[2:], 16
		case len(p) > 1 && p[0] == '0':
			p, base = p[1:], 8
		}
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (4 - i)
		}
		n, err := strconv.ParseUint(p, base, bits)
		if err != nil {
			return netip.Addr{}, false
		}
		v = v<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// sockaddr returns the kernel's form of an address. zone is the interface index
// of the address's zone.
func sockaddr(a netip.Addr, zone uint32, port int) unix.Sockaddr {
	if a.Is4() {
		return &unix.SockaddrInet4{Addr: a.As4(), Port: port}
	}
	return &unix.SockaddrInet6{Addr: a.As16(), ZoneId: zone, Port: port}
}

// fromSockaddr does the reverse. An address of another family is not valid.
func fromSockaddr(sa unix.Sockaddr) (a netip.Addr, zone uint32) {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrFrom4(sa.Addr), 0
	case *unix.SockaddrInet6:
		return netip.AddrFrom16(sa.Addr), sa.ZoneId
	}
	return netip.Addr{}, 0
}

func isLinkLocal(a netip.Addr) bool {
	return a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast()
}
