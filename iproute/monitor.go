package iproute

import (
	"context"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var monitorObject = object{name: "monitor", parse: parseMonitor, usage: monitorUsage}

const monitorUsage = `What changes, as it happens:
  ip [-timestamp | -tshort] monitor [all | OBJECT ...] [label] [all-nsid]
     [dev LINK]
OBJECT: link, address, route, neigh, rule, nsid, netconf, prefix; without one,
        all of these
  label     begin each line with its object; "all" does so too
  all-nsid  also in the namespaces that have an id here
`

// monitorWords are the words of ip monitor, in the order in which iproute2 6.1
// looks for a match (do_ipmonitor in ip/ipmonitor.c). They may be abbreviated
// because they are names of objects.
var monitorWords = []struct {
	word   string
	exact  bool
	groups []monitorGroup // nil for a word that is not an object
}{
	{word: "file"},
	{word: "label"},
	{word: "link", groups: []monitorGroup{{unix.AF_UNSPEC, unix.RTNLGRP_LINK}}},
	{word: "address", groups: []monitorGroup{{unix.AF_INET, unix.RTNLGRP_IPV4_IFADDR}, {unix.AF_INET6, unix.RTNLGRP_IPV6_IFADDR}}},
	{word: "route", groups: []monitorGroup{{unix.AF_INET, unix.RTNLGRP_IPV4_ROUTE}, {unix.AF_INET6, unix.RTNLGRP_IPV6_ROUTE}}},
	{word: "mroute"},
	{word: "prefix", groups: []monitorGroup{{unix.AF_INET6, unix.RTNLGRP_IPV6_PREFIX}}},
	{word: "neigh", groups: []monitorGroup{{unix.AF_UNSPEC, unix.RTNLGRP_NEIGH}}},
	{word: "netconf", groups: []monitorGroup{
		{unix.AF_INET, unix.RTNLGRP_IPV4_NETCONF}, {unix.AF_INET6, unix.RTNLGRP_IPV6_NETCONF}, {unix.AF_MPLS, unix.RTNLGRP_MPLS_NETCONF}}},
	{word: "rule", groups: []monitorGroup{{unix.AF_INET, unix.RTNLGRP_IPV4_RULE}, {unix.AF_INET6, unix.RTNLGRP_IPV6_RULE}}},
	{word: "nsid", groups: []monitorGroup{{unix.AF_UNSPEC, unix.RTNLGRP_NSID}}},
	{word: "nexthop"},
	{word: "stats", exact: true},
	{word: "all", exact: true},
	{word: "all-nsid"},
	{word: "help"},
	{word: "dev", exact: true},
}

// monitorGroup is a multicast group and its family.
type monitorGroup struct {
	family uint8 // AF_UNSPEC for all
	group  uint32
}

// monitorWord returns the full form of a word, and its groups.
func monitorWord(s string) (word string, groups []monitorGroup) {
	for _, m := range monitorWords {
		if s == m.word || !m.exact && s != "" && strings.HasPrefix(m.word, s) {
			return m.word, m.groups
		}
	}
	return "", nil
}

// monitor says what ip monitor prints, and how.
type monitor struct {
	groups  []uint32
	label   bool
	allNSID bool
	dev     string
	index   uint32 // of dev
}

func parseMonitor(c *Command, w *words) {
	if m := readMonitor(c, w); m != nil {
		c.Endless = true
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.monitor(ctx, o, *m) }
	}
}

// readMonitor takes the words of ip monitor. It returns nil if they ask for
// help.
func readMonitor(c *Command, w *words) *monitor {
	m := &monitor{}
	var groups []monitorGroup
	for w.more() {
		s := w.next()
		switch word, g := monitorWord(s); word {
		case "label", "all":
			m.label = true
		case "all-nsid":
			m.allNSID = true
		case "dev":
			m.dev = w.device("a link")
		case "help":
			w.rest()
			c.do = printUsage(monitorUsage)
			return nil
		case "file", "mroute", "nexthop", "stats":
			w.bad("an object that nslab watches; it does not support %q of ip monitor", word)
		case "":
			w.bad(`an object to watch, "label", "all-nsid" or "dev"; see "ip monitor help"`)
			w.peer("Argument %q is unknown, try \"ip monitor help\".", w.all[w.i-1])
		default:
			groups = append(groups, g...)
		}
	}
	if len(groups) == 0 {
		for _, o := range monitorWords {
			groups = append(groups, o.groups...)
		}
	}
	f := c.Options.Family
	for _, g := range groups {
		if f == unix.AF_UNSPEC || g.family == unix.AF_UNSPEC || g.family == f {
			m.groups = append(m.groups, g.group)
		}
	}
	return m
}

// monitor prints until the context ends.
func (s *Session) monitor(ctx context.Context, o *Options, m monitor) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if m.dev != "" {
		if m.index, err = filterIndex(ctx, conn, "dev", m.dev); err != nil {
			return err
		}
	}
	l, err := s.listen(o, rtnl.MonitorConfig{Groups: m.groups, AllNSIDs: m.allNSID})
	if err != nil {
		return err
	}
	defer l.Close()
	p := &monitorPrinter{s: s, m: &m, o: *o, conn: conn, links: make(map[int32]*linkMap)}
	p.o.JSON = false // iproute2 6.1 has no JSON here
	if err := p.start(ctx); err != nil {
		return failed(err)
	}
	return s.watch(ctx, "ip", l, func(n rtnl.Notification) error { return p.event(ctx, n) })
}
