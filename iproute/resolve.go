package iproute

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// hostText writes an address, with -resolve as the name that the system's
// resolver has for it (format_host in lib/utils.c).
func (o *Options) hostText(a netip.Addr) string {
	text := ipText(a)
	if !o.Resolve {
		return text
	}
	names, err := net.DefaultResolver.LookupAddr(context.Background(), a.String())
	if err != nil || len(names) == 0 {
		return text // as iproute2: no name is no error
	}
	return strings.TrimSuffix(names[0], ".")
}
