package lab

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nslab/nslab/internal/plain"
)

// WriteText writes tables for people: the nodes with the numbers of what they
// have, and their interfaces. With short names they fit into 80 columns; an
// interface with several addresses takes several lines.
func (in *Inspection) WriteText(w io.Writer) error {
	t := &table{w: w}
	in.nodes(t)
	t.section("NODE", "INTERFACE", "STATE", "MTU", "ADDRESS", "PEER", "MASTER")
	for i := range in.Nodes {
		n := &in.Nodes[i]
		for k := range n.Interfaces {
			f := &n.Interfaces[k]
			first := ""
			if len(f.Addresses) > 0 {
				first = f.Addresses[0].Address.String()
			}
			t.row(n.Name, f.Name, f.state(), f.MTU, first, f.Peer.text(), f.Master)
			for _, a := range f.Addresses[min(1, len(f.Addresses)):] {
				t.row("", "", "", "", a.Address, "", "")
			}
		}
	}
	in.qdiscs(t)
	return t.flush()
}

// WriteWide writes the whole inspection as tables for people.
func (in *Inspection) WriteWide(w io.Writer) error {
	t := &table{w: w}
	in.nodes(t)
	t.section("NODE", "INTERFACE", "INDEX", "KIND", "STATE", "MAC", "MTU", "ADDRESSES", "PEER", "MASTER", "PORT", "PORT STATE",
		"RX PACKETS", "RX BYTES", "RX DROPPED", "TX PACKETS", "TX BYTES", "TX DROPPED")
	each := func(fn func(n *NodeInfo)) {
		for i := range in.Nodes {
			fn(&in.Nodes[i])
		}
	}
	each(func(n *NodeInfo) {
		for k := range n.Interfaces {
			f, c := &n.Interfaces[k], &n.Interfaces[k].Counters
			port, state := "", ""
			if f.Port != nil {
				port, state = strconv.Itoa(int(f.Port.Number)), f.Port.State
			}
			t.row(n.Name, f.Name, f.Index, f.Kind, f.state(), f.MAC, f.MTU, f.addresses(), f.Peer.text(), f.Master, port, state,
				c.RxPackets, c.RxBytes, c.RxDropped, c.TxPackets, c.TxBytes, c.TxDropped)
		}
	})
	t.section("NODE", "BRIDGE", "ID", "ROOT", "STP", "VLAN FILTERING", "AGEING TIME", "PORTS")
	each(func(n *NodeInfo) {
		for k := range n.Interfaces {
			if b := n.Interfaces[k].Bridge; b != nil {
				t.row(n.Name, n.Interfaces[k].Name, b.ID, b.Root, onOff(b.STP), onOff(b.VLANFiltering), fmt.Sprintf("%gs", b.AgeingTime), b.Ports)
			}
		}
	})
	in.qdiscs(t)
	t.section("NODE", "ROUTE", "VIA", "DEVICE", "SOURCE", "METRIC", "PROTOCOL", "TABLE")
	each(func(n *NodeInfo) {
		for k := range n.Routes {
			r := &n.Routes[k]
			dst := r.Dst
			if r.Type != "unicast" {
				dst = r.Type + " " + dst
			}
			via, dev := r.Gateway, r.Dev
			for _, h := range r.Nexthops {
				via, dev = joinWord(via, orNone(h.Gateway)), joinWord(dev, orNone(h.Dev))
			}
			t.row(n.Name, dst, via, dev, r.PrefSrc, r.Metric, r.Protocol, r.Table)
		}
	})
	t.section("NODE", "NEIGHBOUR", "DEVICE", "MAC", "STATE")
	each(func(n *NodeInfo) {
		for _, e := range n.Neighbours {
			t.row(n.Name, e.Dst, e.Dev, e.MAC, e.State)
		}
	})
	t.section("NODE", "FDB ENTRY", "PORT", "BRIDGE", "VLAN", "STATE", "FLAGS")
	each(func(n *NodeInfo) {
		for _, e := range n.FDB {
			vlan := ""
			if e.VLAN != 0 {
				vlan = strconv.Itoa(int(e.VLAN))
			}
			t.row(n.Name, e.MAC, e.Dev, e.Bridge, vlan, e.State, strings.Join(e.Flags, " "))
		}
	})
	return t.flush()
}

// qdiscs writes the table of what interfaces send through, if there is any.
func (in *Inspection) qdiscs(t *table) {
	any := false
	for i := range in.Nodes {
		for _, f := range in.Nodes[i].Interfaces {
			if f.Qdisc == "" {
				continue
			}
			if !any {
				t.section("NODE", "INTERFACE", "QDISC")
			}
			any = true
			t.row(in.Nodes[i].Name, f.Name, f.Qdisc)
		}
	}
}

// nodes writes the table of nodes, and under it why something of them cannot be
// told.
func (in *Inspection) nodes(t *table) {
	t.section("NODE", "KIND", "NETNS", "FORWARDS", "LINKS", "ROUTES", "NEIGH", "FDB", "NFT", "LEGACY")
	var notes []string
	seen := make(map[string]bool)
	note := func(text string) {
		if !seen[text] {
			seen[text] = true
			notes = append(notes, text)
		}
	}
	for i := range in.Nodes {
		n := &in.Nodes[i]
		if n.Problem != "" {
			note(fmt.Sprintf("node %q: %s", n.Name, n.Problem))
			t.row(n.Name, n.Kind, n.NetNS+" (gone)")
			continue
		}
		for _, r := range []struct {
			what string
			RuleCount
		}{{"nftables", n.Rules.NFTables}, {"iptables", n.Rules.IPTables}, {"ip6tables", n.Rules.IP6Tables},
			{"arptables", n.Rules.ARPTables}, {"ebtables", n.Rules.EBTables}} {
			if r.Problem != "" {
				note(r.what + " rules are not known: " + r.Problem)
			}
		}
		if n.Log != "" {
			note("the output of exec lines is in " + filepath.Dir(n.Log) + "/NODE")
		}
		legacy := n.Rules.legacy()
		t.row(n.Name, n.Kind, n.NetNS, n.Forwarding.text(), len(n.Interfaces), len(n.Routes), len(n.Neighbours), len(n.FDB), n.Rules.NFTables.text(), legacy.text())
	}
	t.notes = notes
}

// text names the families that are forwarded, in few letters.
func (f ForwardingInfo) text() string {
	switch {
	case f.IPv4 && f.IPv6:
		return "v4 v6"
	case f.IPv4:
		return "v4"
	case f.IPv6:
		return "v6"
	}
	return "-"
}

func (c RuleCount) text() string {
	if c.Rules < 0 {
		return "?"
	}
	return strconv.Itoa(c.Rules)
}

// state is "up", "down", or for a link that is up without a carrier what the
// kernel makes of that.
func (f *InterfaceInfo) state() string {
	switch {
	case !f.Up:
		return "down"
	case f.OperState == "up", f.OperState == "unknown":
		return "up"
	}
	return "up (" + f.OperState + ")"
}

func (f *InterfaceInfo) addresses() string {
	text := make([]string, len(f.Addresses))
	for i, a := range f.Addresses {
		text[i] = a.Address.String()
	}
	return strings.Join(text, " ")
}

func (p *PeerInfo) text() string {
	switch {
	case p == nil:
		return ""
	case p.Node != "":
		return p.Node + ":" + p.Name
	case p.NSID != nil:
		return fmt.Sprintf("ifindex %d in nsid %d", p.Index, *p.NSID)
	}
	return fmt.Sprintf("ifindex %d", p.Index)
}

func onOff(v bool) string {
	if v {
		return "on"
	}
	return "off"
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func joinWord(a, b string) string {
	if a == "" {
		return b
	}
	return a + "," + b
}

// A table writes sections of aligned columns. A section without rows is left
// out.
type table struct {
	w      io.Writer
	head   []string
	rows   [][]string
	notes  []string
	second bool // something is written
	err    error
}

func (t *table) section(head ...string) {
	t.end()
	t.head = head
}

func (t *table) row(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = plain.Text(fmt.Sprint(c))
	}
	t.rows = append(t.rows, row)
}

// end writes the section that there is.
func (t *table) end() {
	if len(t.rows) == 0 || t.err != nil {
		return
	}
	if t.second {
		_, t.err = fmt.Fprintln(t.w)
	}
	t.second = true
	rows := append([][]string{t.head}, t.rows...)
	width := make([]int, len(t.head))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s  ", width[i], cell)
		}
		if t.err == nil {
			_, t.err = fmt.Fprintln(t.w, strings.TrimRight(line.String(), " "))
		}
	}
	for _, n := range t.notes {
		if t.err == nil {
			_, t.err = fmt.Fprintln(t.w, plain.Text(n))
		}
	}
	t.rows, t.notes = nil, nil
}

func (t *table) flush() error {
	t.end()
	return t.err
}
