package ping

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"strings"
)

// A host is a line of a hosts file: an address, its canonical name, its
// aliases.
type host struct {
	addr  netip.Addr
	names []string
}

// scanHosts calls fn for each line of r, in the format of hosts(5), until fn
// returns false. Like the C library, it skips lines without a valid address.
func scanHosts(r io.Reader, fn func(host) bool) error {
	s := bufio.NewScanner(r)
	for s.Scan() {
		text, _, _ := strings.Cut(s.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		if !fn(host{addr.Unmap(), fields[1:]}) {
			return nil
		}
	}
	return s.Err()
}

// scanHosts does the same for Hosts and HostsFiles. Any of these may be
// missing.
func (o Options) scanHosts(fn func(host) bool) error {
	more := true
	err := scanHosts(bytes.NewReader(o.Hosts), func(h host) bool {
		more = fn(h)
		return more
	})
	if err != nil {
		return fmt.Errorf("hosts: %w", err)
	}
	if !more {
		return nil
	}
	for _, path := range o.HostsFiles {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("hosts file: %w", err)
		}
		err = scanHosts(f, func(h host) bool {
			more = fn(h)
			return more
		})
		f.Close() // read-only, so nothing can be lost
		if err != nil {
			return fmt.Errorf("hosts file %s: %w", path, err)
		}
		if !more {
			return nil
		}
	}
	return nil
}

// sameName compares host names. It ignores case and a final dot.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}
