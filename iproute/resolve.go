package iproute

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// hostText writes an address or, with -resolve, its name from the system's
// resolver (format_host in lib/utils.c).
func (o *Options) hostText(a netip.Addr) string {
	text := ipText(a)
	if !o.Resolve {
		return text
	}
	names, err := net.DefaultResolver.LookupAddr(context.Background(), a.String())
	if err != nil || len(names) == 0 {
		return text // as in iproute2, a missing name is not an error
	}
	return strings.TrimSuffix(names[0], ".")
}
