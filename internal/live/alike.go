package live

import (
	"context"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// An interface has some 130 settings, each of them a file. The kernel also
// tells the values of most of them in a few bytes. So for interfaces with equal
// bytes, the files of only one need to be read.

// untold are the settings of an interface that the kernel tells nowhere else.
var untold = []string{
	"net.ipv6.conf.%.ra_honor_pio_life", "net.ipv6.conf.%.ra_honor_pio_pflag", "net.ipv6.conf.%.regen_min_advance",
	"net.ipv6.conf.%.stable_secret", "net.mpls.conf.%.input",
}

// Settings reads the settings of an interface that can be both written and
// read, by key. The link is as [rtnl.Conn.Links] returned it.
func (m *More) Settings(node string, l *rtnl.Link) (map[string]string, error) {
	tables, err := m.neighTables(node)
	if err != nil {
		return nil, err
	}
	told := confOf(l) + tables[l.Index]
	part := sysctl.Part(l.Name)
	if values, known := m.alike[told]; known {
		return m.likewise(node, part, values)
	}
	h, err := m.engine.Dir.Open(node)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	values, err := sysctl.OfInterface(h, l.Name)
	if err != nil || len(values) == 0 {
		return values, err
	}
	if m.alike == nil {
		m.alike = make(map[string]map[string]string)
	}
	m.alike[told] = make(map[string]string, len(values))
	for key, value := range values {
		m.alike[told][forInterface(key, "%")] = value
	}
	return values, nil
}

// likewise returns the settings of an interface, given those of another one
// that is alike.
func (m *More) likewise(node, part string, others map[string]string) (map[string]string, error) {
	values := make(map[string]string, len(others))
	for key, value := range others {
		values[forInterface(key, part)] = value
	}
	var own []string
	for _, key := range untold {
		if _, there := others[key]; there {
			own = append(own, forInterface(key, part))
		}
	}
	read, err := m.Values(node, own)
	if err != nil {
		return nil, err
	}
	for i, key := range own {
		values[key] = read[i]
	}
	return values, nil
}

// forInterface turns the key of a setting of one interface into that of
// another.
func forInterface(key, part string) string {
	words := strings.SplitN(key, ".", 5) // net, ipv4, conf, IFACE, name
	words[3] = part
	return strings.Join(words, ".")
}

// confOf returns the bytes of IFLA_INET_CONF and IFLA_INET6_CONF, which say
// what is in net/ipv4/conf and net/ipv6/conf (inet_fill_link_af in
// net/ipv4/devinet.c, ipv6_store_devconf in net/ipv6/addrconf.c).
func confOf(l *rtnl.Link) string {
	conf := map[uint16]uint16{unix.AF_INET: unix.IFLA_INET_CONF, unix.AF_INET6: unix.IFLA_INET6_CONF}
	var all []byte
	for r := rtnl.NewAttrReader(l.AFSpec); r.Next(); {
		for n := r.Nested(); n.Next(); {
			if want, known := conf[r.Type()]; known && n.Type() == want {
				all = append(append(all, byte(r.Type())), n.Bytes()...)
			}
		}
	}
	return string(all)
}

// neighTables returns, by the index of an interface, the bytes of the settings
// of its neighbour tables, which say what is in net/ipv4/neigh and
// net/ipv6/neigh (neightbl_fill_parms in net/core/neighbour.c).
func (m *More) neighTables(node string) (map[uint32]string, error) {
	if tables, known := m.tables[node]; known {
		return tables, nil
	}
	tables := make(map[uint32]string)
	err := m.conn(node, func(c *rtnl.Conn) error { return readNeighTables(m.ctx, c, tables) })
	if err != nil {
		return nil, err
	}
	if m.tables == nil {
		m.tables = make(map[string]map[uint32]string)
	}
	m.tables[node] = tables
	return tables, nil
}

func readNeighTables(ctx context.Context, c *rtnl.Conn, tables map[uint32]string) error {
	all, err := c.Dump(ctx, neighTableDump{})
	if err != nil {
		return err
	}
	for msg := range all.All() {
		const sizeofNDTMsg = 4
		if len(msg.Data) < sizeofNDTMsg {
			continue
		}
		for r := rtnl.NewAttrReader(msg.Data[sizeofNDTMsg:]); r.Next(); {
			if r.Type() != ndtaParms {
				continue
			}
			var index uint32
			set := []byte{msg.Data[0]}
			for n := r.Nested(); n.Next(); {
				switch n.Type() {
				case ndtpaIfIndex:
					index = n.Uint32()
				case ndtpaRefCnt, ndtpaReachableTime, ndtpaPad:
					// The kernel chooses this time at random, from the base.
				default:
					set = append(append(set, byte(n.Type())), n.Bytes()...)
				}
			}
			tables[index] += string(set)
		}
	}
	return nil
}

// Numbers that x/sys/unix lacks (include/uapi/linux/neighbour.h).
const (
	ndtaParms          = 6
	ndtpaIfIndex       = 1
	ndtpaRefCnt        = 2
	ndtpaReachableTime = 3
	ndtpaPad           = 18
)

// neighTableDump is RTM_GETNEIGHTBL for all tables.
type neighTableDump struct{}

// Encode implements [rtnl.Request].
func (neighTableDump) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_GETNEIGHTBL, unix.NLM_F_DUMP)
	e.Header(unix.AF_UNSPEC, 0, 0, 0) // struct ndtmsg
}
