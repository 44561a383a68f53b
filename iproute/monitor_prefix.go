package iproute

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// struct prefixmsg and its attributes (include/uapi/linux/rtnetlink.h), flags
// of net/ipv6/addrconf.c, and the type of a prefix in router advertisements.
const (
	prefixmsgLen    = 12
	prefixAddress   = 1
	prefixCacheinfo = 2

	ifPrefixOnlink   = 0x01
	ifPrefixAutoconf = 0x02

	ndOptPrefixInformation = 3
)

// prefix reads a prefix that a router advertised (print_prefix in
// ip/ipprefix.c).
func (p *monitorPrinter) prefix(ctx context.Context, m rtnl.Message, links *linkMap) (line, error) {
	b := m.Data
	if len(b) < prefixmsgLen {
		return nil, fmt.Errorf("%w: a prefix of %d bytes", rtnl.ErrMalformed, len(b))
	}
	family, index, typ, length, flags := b[0], binary.NativeEndian.Uint32(b[4:]), b[8], b[9], b[10]
	if family != unix.AF_INET6 || typ != ndOptPrefixInformation {
		return nil, fmt.Errorf("a prefix of family %d and type %d, which nslab does not know", family, typ)
	}
	var addr netip.Addr
	var times []byte
	r := rtnl.NewAttrReader(b[prefixmsgLen:])
	for r.Next() {
		switch r.Type() {
		case prefixAddress:
			addr = r.Addr()
		case prefixCacheinfo:
			times = r.Bytes()
		}
	}
	if r.Err() != nil || p.elsewhere(index) {
		return nil, r.Err()
	}
	err := links.ask(ctx, index)
	return func(out *printer) error {
		if addr.IsValid() {
			out.text("prefix %s/%d", ipText(addr), length)
		}
		out.text("dev %s ", plain.Text(links.name(index))) // iproute2 6.1 omits the space
		if flags&ifPrefixOnlink != 0 {
			out.text("onlink ")
		}
		if flags&ifPrefixAutoconf != 0 {
			out.text("autoconf ")
		}
		if len(times) >= 8 {
			out.text("valid %d preferred %d ", binary.NativeEndian.Uint32(times[4:]), binary.NativeEndian.Uint32(times))
		}
		out.endLine()
		return nil
	}, err
}
