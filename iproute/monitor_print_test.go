package iproute

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func TestMonitorWordsWrong(t *testing.T) {
	const objects = `expected an object to watch, "label", "all-nsid" or "dev"; see "ip monitor help"`
	wrongLines(t, map[string]string{
		"monitor nosuch":       `ip: word 2, "nosuch": ` + objects,
		"monitor link ''":      `ip: word 3, "": ` + objects,
		"monitor stat":         `ip: word 2, "stat": ` + objects,
		"monitor file x":       `ip: word 2, "file": expected an object that nslab watches; it does not support "file" of ip monitor`,
		"monitor mr":           `ip: word 2, "mr": expected an object that nslab watches; it does not support "mroute" of ip monitor`,
		"monitor link nexthop": `ip: word 3, "nexthop": expected an object that nslab watches; it does not support "nexthop" of ip monitor`,
		"monitor dev":          `ip: word 3 is missing: expected a link`,
	})
}

func TestMonitorGroups(t *testing.T) {
	for line, want := range map[string][]string{
		"monitor link":       {"link"},
		"monitor li n r ru":  {"link", "neigh", "route", "rule"},
		"monitor a all-nsid": {"address"},
		"monitor label":      {"link", "address", "route", "prefix", "neigh", "netconf", "rule", "nsid"},
	} {
		var groups []uint32
		for _, o := range monitorWords {
			if slices.Contains(want, o.word) {
				for _, g := range o.groups {
					groups = append(groups, g.group)
				}
			}
		}
		seen := joined(t, strings.Fields(line))
		slices.Sort(groups)
		slices.Sort(seen)
		if d := cmp.Diff(groups, seen); d != "" {
			t.Errorf("%s (-want +got):\n%s", line, d)
		}
	}
	want := []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_NEIGH, unix.RTNLGRP_IPV6_IFADDR, unix.RTNLGRP_IPV6_ROUTE}
	seen := joined(t, strings.Fields("-6 monitor link address neigh route"))
	slices.Sort(seen)
	if d := cmp.Diff(want, seen); d != "" {
		t.Errorf("-6 (-want +got):\n%s", d)
	}
}

// joined returns the groups that a command line joins.
func joined(t *testing.T, args []string) []uint32 {
	t.Helper()
	c := &Command{}
	w := &words{all: args, at: 1}
	c.Options.parse(w, ipOptions, nil)
	w.next()
	m := readMonitor(c, w)
	if w.err != nil || m == nil {
		t.Fatalf("%q: %v", args, w.err)
	}
	return m.groups
}

// message is a netlink message of a notification.
func message(typ uint16, data ...[]byte) rtnl.Message {
	return rtnl.Message{Type: typ, Data: slices.Concat(data...)}
}

func attr32(typ uint16, v uint32) []byte {
	return attrOf(typ, binary.NativeEndian.AppendUint32(nil, v))
}

func attrOf(typ uint16, payload []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(payload)))
	b = append(binary.NativeEndian.AppendUint16(b, typ), payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// oddMessages are notifications that are hard to produce.
func oddMessages() []rtnl.Message {
	inet, inet6 := []byte{unix.AF_INET, 0, 0, 0}, []byte{unix.AF_INET6, 0, 0, 0}
	prefix := func(flags byte) []byte { return []byte{unix.AF_INET6, 0, 0, 0, 1, 0, 0, 0, 3, 64, flags, 0} }
	addr6 := attrOf(prefixAddress, []byte{0x20, 1, 0xd, 0xb8, 15: 0})
	lo := []byte{unix.AF_INET, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}
	dst := attrOf(unix.NDA_DST, []byte{10, 0, 0, 9})
	return []rtnl.Message{
		message(unix.RTM_NEWPREFIX, prefix(3), addr6, attrOf(prefixCacheinfo, []byte{7, 0, 0, 0, 9, 0, 0, 0})),
		message(unix.RTM_NEWPREFIX, prefix(0), addr6),
		message(unix.RTM_NEWPREFIX, prefix(1)),
		message(unix.RTM_GETNEIGH, lo, dst),
		message(unix.RTM_DELNEIGH, lo, dst, attrOf(unix.NDA_LLADDR, []byte{1, 2, 3, 4})),
		message(unix.RTM_NEWNETCONF, inet, attr32(netconfaIfindex, 1), attr32(netconfaRPFilter, 7), attr32(netconfaInput, 1)),
		message(unix.RTM_NEWNETCONF, inet6, attr32(netconfaIfindex, netconfaIfindexAll), attr32(netconfaForwarding, 1)),
		message(unix.RTM_DELNETCONF, inet, attr32(netconfaIfindex, netconfaIfindexDefault), attr32(netconfaProxyNeigh, 0)),
		message(unix.RTM_DELNETCONF, inet, attr32(netconfaIfindex, 4711)),
		message(unix.RTM_NEWNETCONF, []byte{unix.AF_MPLS, 0, 0, 0}, attr32(netconfaIfindex, 1), attr32(netconfaInput, 0)),
		message(unix.RTM_NEWNETCONF, inet),
		message(unix.RTM_DELNSID, []byte{0, 0, 0, 0}, attr32(unix.NETNSA_NSID, 77)),
		message(unix.RTM_NEWRULE, []byte{unix.AF_INET, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0}),
		message(unix.NLMSG_NOOP, []byte{0, 0, 0, 0}),
	}
}

// newMonitorPrinter returns a printer for the test's own namespace.
func newMonitorPrinter(t testing.TB, o Options, stdout, stderr io.Writer) *monitorPrinter {
	t.Helper()
	s := &Session{Engine: &engine.Engine{}, Stdout: stdout, Stderr: stderr}
	conn, err := s.Engine.Conn("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Engine.Close() })
	return &monitorPrinter{s: s, m: &monitor{label: true}, o: o, conn: conn, links: make(map[int32]*linkMap)}
}

// TestIntegrationMonitorOddMessages passes messages to iproute2 in a file, and
// to the printer.
func TestIntegrationMonitorOddMessages(t *testing.T) {
	testenv.NeedTool(t, "ip")
	file := filepath.Join(t.TempDir(), "messages")
	var all, ours, errs bytes.Buffer
	p := newMonitorPrinter(t, Options{Numeric: true}, &ours, &errs)
	for _, m := range oddMessages() {
		header := binary.NativeEndian.AppendUint32(nil, uint32(16+len(m.Data)))
		header = binary.NativeEndian.AppendUint16(header, m.Type)
		all.Write(append(header, make([]byte, 10)...))
		all.Write(m.Data)
		if err := p.event(t.Context(), rtnl.Notification{Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, all.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	theirs := testenv.Run(t, "ip", "-N", "monitor", "file", file, "label")
	if d := cmp.Diff(strings.Split(theirs, "\n"), strings.Split(ours.String(), "\n")); d != "" {
		t.Errorf("iproute2 (-) and nslab (+):\n%s", d)
	}
	if errs.Len() > 0 {
		t.Errorf("on standard error: %s", errs.String())
	}
}

// TestIntegrationMonitorBadMessages has messages that cannot be printed. Each
// is reported, and the monitor goes on.
func TestIntegrationMonitorBadMessages(t *testing.T) {
	for want, m := range map[string]rtnl.Message{
		"monitor: malformed netlink message: settings of 3 bytes\n":               message(unix.RTM_NEWNETCONF, []byte{2, 0, 0}),
		"monitor: malformed netlink message: a prefix of 4 bytes\n":               message(unix.RTM_NEWPREFIX, []byte{10, 0, 0, 0}),
		"monitor: a prefix of family 2 and type 0, which nslab does not know\n":   message(unix.RTM_NEWPREFIX, []byte{2, 11: 0}),
		"monitor: malformed netlink message: a rule of 1 bytes\n":                 message(unix.RTM_NEWRULE, []byte{2}),
		"monitor: a message of type 999, which nslab does not know\n":             message(999),
		"monitor: malformed netlink message: attribute of length 99 in 4 bytes\n": message(unix.RTM_NEWNETCONF, []byte{2, 0, 0, 0, 99, 0, 1, 0}),
		"monitor: malformed netlink message: an nsid without its id\n":            message(unix.RTM_NEWNSID, []byte{0, 0, 0, 0}),
		"monitor: malformed netlink message: a neighbour of 0 bytes\n":            message(unix.RTM_NEWNEIGH),
	} {
		var out, errs bytes.Buffer
		p := newMonitorPrinter(t, Options{}, &out, &errs)
		if err := p.event(t.Context(), rtnl.Notification{Message: m}); err != nil {
			t.Errorf("%d: %v", m.Type, err)
		}
		if errs.String() != want || out.Len() > 0 {
			t.Errorf("type %d: told %q, want %q; printed %q", m.Type, errs.String(), want, out.String())
		}
	}
}

func FuzzMonitorEvent(f *testing.F) {
	for _, m := range oddMessages() {
		f.Add(m.Type, m.Data)
	}
	f.Add(uint16(unix.RTM_NEWLINK), []byte{0, 0, 1, 0, 1, 0, 0, 0, 73, 0, 1, 0, 0, 0, 0, 0, 7, 0, 3, 0, 'l', 'o', 0})
	f.Add(uint16(unix.RTM_NEWADDR), []byte{2, 8, 128, 254, 1, 0, 0, 0, 8, 0, 1, 0, 127, 0, 0, 1})
	f.Add(uint16(unix.RTM_DELROUTE), []byte{2, 8, 0, 0, 254, 3, 253, 1, 0, 0, 0, 0, 8, 0, 1, 0, 10, 0, 0, 0})
	p := newMonitorPrinter(f, Options{Details: 1, Stats: 1}, io.Discard, io.Discard)
	f.Fuzz(func(t *testing.T, typ uint16, data []byte) {
		if err := p.event(t.Context(), rtnl.Notification{Message: rtnl.Message{Type: typ, Data: data}}); err != nil {
			t.Error(err)
		}
	})
}
