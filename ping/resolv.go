package ping

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
)

// maxServers is MAXNS of resolv.h. Further name servers are ignored.
const maxServers = 3

// nameServers returns the name servers to ask. If there are none, the machine's
// own are used.
func (o Options) nameServers() ([]netip.AddrPort, error) {
	if len(o.NameServers) == 0 {
		return nameServers(o.ResolvFile)
	}
	var servers []netip.AddrPort
	for _, a := range o.NameServers[:min(len(o.NameServers), maxServers)] {
		servers = append(servers, netip.AddrPortFrom(a, dnsPort))
	}
	return servers, nil
}

// dnsPort is where name servers listen (RFC 1035, 4.2).
const dnsPort = 53

// nameServers returns the name servers in a file in the format of
// resolv.conf(5), or the local machine's if the file has none. If there is no
// such file, it returns none.
func nameServers(path string) ([]netip.AddrPort, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("name servers: %w", err)
	}
	defer f.Close() // read-only, so nothing can be lost
	servers, err := scanServers(f)
	if err != nil {
		return nil, fmt.Errorf("name servers: %s: %w", path, err)
	}
	return servers, nil
}

func scanServers(r io.Reader) ([]netip.AddrPort, error) {
	var servers []netip.AddrPort
	s := bufio.NewScanner(r)
	for s.Scan() && len(servers) < maxServers {
		fields := strings.Fields(s.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(fields[1]); err == nil {
			servers = append(servers, netip.AddrPortFrom(a, dnsPort))
		}
	}
	if len(servers) == 0 {
		servers = append(servers, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), dnsPort))
	}
	return servers, s.Err()
}

// resolver asks a name server from inside the namespace, or, for the zero
// address, the machine's own. It is Go's own resolver, since the C library's
// would open its sockets on a thread of its choice.
func (o Options) resolver(server netip.AddrPort) *net.Resolver {
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
			if server.IsValid() {
				address = server.String()
			}
			err = o.in(func() error {
				var d net.Dialer
				conn, err = d.DialContext(ctx, network, address)
				return err
			})
			return conn, err
		},
	}
}

// ask calls fn for one name server after the other until one answers, possibly
// that the name does not exist.
func (o Options) ask(fn func(r *net.Resolver, own bool) error) error {
	servers, err := o.nameServers()
	if err != nil {
		return err
	}
	if len(servers) == 0 {
		return fn(o.resolver(netip.AddrPort{}), false)
	}
	for _, s := range servers {
		var dns *net.DNSError
		if err = fn(o.resolver(s), true); err == nil || errors.As(err, &dns) && dns.IsNotFound {
			return err
		}
	}
	return err
}

// lookup asks name servers for the addresses of a name.
func (o Options) lookup(ctx context.Context, name string) (addrs []netip.Addr, err error) {
	err = o.ask(func(r *net.Resolver, own bool) (err error) {
		full := name
		if own {
			full = strings.TrimSuffix(name, ".") + "." // do not use the machine's search list
		}
		addrs, err = r.LookupNetIP(ctx, "ip", full)
		return err
	})
	return addrs, err
}

// lookupReverse asks name servers for the names of an address.
func (o Options) lookupReverse(ctx context.Context, a netip.Addr) (names []string, err error) {
	err = o.ask(func(r *net.Resolver, _ bool) (err error) {
		names, err = r.LookupAddr(ctx, a.String())
		return err
	})
	return names, err
}
