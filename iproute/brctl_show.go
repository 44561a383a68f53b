package iproute

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func brctlShow(c *Command, w *words) {
	var names []string
	for w.more() {
		names = append(names, w.brctlDev("the name of a bridge"))
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		conn, err := s.conn(o)
		if err != nil {
			return failed(err)
		}
		out := &brctlTable{w: bufio.NewWriter(s.Stdout)}
		if len(names) == 0 {
			all, err := bridge.List(ctx, conn)
			if err != nil {
				return failed(err)
			}
			slices.SortFunc(all, func(a, b bridge.Bridge) int { return cmp.Compare(a.Link.Name, b.Link.Name) })
			for i := range all {
				out.bridge(&all[i])
			}
			return failed(out.w.Flush())
		}
		bad := false
		for _, name := range names {
			b, err := bridge.Get(ctx, conn, name)
			if err != nil {
				s.tell("brctl", brctlSays(err, "", name, ""))
				bad = true
				continue
			}
			out.bridge(b)
		}
		if err := out.w.Flush(); err != nil {
			return failed(err)
		}
		if bad {
			return &Error{Status: statusFailed}
		}
		return nil
	}
}

// A brctlTable prints bridges, with a header line before the first.
type brctlTable struct {
	w     *bufio.Writer
	begun bool
}

func (t *brctlTable) bridge(b *bridge.Bridge) {
	if !t.begun {
		t.w.WriteString("bridge name\tbridge id\t\tSTP enabled\tinterfaces\n")
		t.begun = true
	}
	stp := "no"
	if b.Info.STPState.Or(0) != 0 {
		stp = "yes"
	}
	fmt.Fprintf(t.w, "%s\t\t%s\t%s\t\t", plain.Text(b.Link.Name), brctlID(b.Info.BridgeID), stp)
	for i, p := range byName(b.Ports) {
		if i > 0 {
			t.w.WriteString("\n\t\t\t\t\t\t\t")
		}
		t.w.WriteString(plain.Text(p.Link.Name))
	}
	t.w.WriteByte('\n')
}

// byName returns ports sorted by name. brctl reads them from a directory, which
// has that order.
func byName(ports []bridge.Port) []bridge.Port {
	sorted := slices.Clone(ports)
	slices.SortFunc(sorted, func(a, b bridge.Port) int { return cmp.Compare(a.Link.Name, b.Link.Name) })
	return sorted
}

// brctlID writes a bridge identifier as brctl does: "8000.020000000001".
func brctlID(id [8]byte) string { return fmt.Sprintf("%x.%x", id[:2], id[2:]) }

// brctlTimer writes a time as brctl does, in seconds with two decimals.
func brctlTimer(d time.Duration) string {
	return fmt.Sprintf("%4d.%02d", d/time.Second, d%time.Second/(time.Second/100))
}

func brctlShowSTP(c *Command, w *words) {
	name := w.brctlDev("the name of a bridge")
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		conn, err := s.conn(o)
		if err != nil {
			return failed(err)
		}
		b, err := bridge.Get(ctx, conn, name)
		if err != nil {
			return failed(brctlSays(err, "", name, ""))
		}
		out := bufio.NewWriter(s.Stdout)
		stpBridge(out, b)
		for _, p := range byName(b.Ports) {
			stpPort(out, &p)
		}
		return failed(out.Flush())
	}
}

// flagWords returns the words of the flags that are set, each followed by a
// space.
func flagWords(aSet bool, a string, bSet bool, b string) string {
	s := ""
	if aSet {
		s += a + " "
	}
	if bSet {
		s += b + " "
	}
	return s
}

func stpBridge(w io.Writer, b *bridge.Bridge) {
	i := b.Info
	fd, hello, age := brctlTimer(i.ForwardDelay.Or(0)), brctlTimer(i.HelloTime.Or(0)), brctlTimer(i.MaxAge.Or(0))
	fmt.Fprintf(w, "%s\n bridge id\t\t%s\n designated root\t%s\n", plain.Text(b.Link.Name), brctlID(i.BridgeID), brctlID(i.RootID))
	fmt.Fprintf(w, " root port\t\t%4d\t\t\tpath cost\t\t%4d\n", i.RootPort, i.RootPathCost)
	fmt.Fprintf(w, " max age\t\t%s\t\t\tbridge max age\t\t%s\n", age, age)
	fmt.Fprintf(w, " hello time\t\t%s\t\t\tbridge hello time\t%s\n", hello, hello)
	fmt.Fprintf(w, " forward delay\t\t%s\t\t\tbridge forward delay\t%s\n", fd, fd)
	fmt.Fprintf(w, " ageing time\t\t%s\n", brctlTimer(i.AgeingTime.Or(0)))
	fmt.Fprintf(w, " hello timer\t\t%s\t\t\ttcn timer\t\t%s\n", brctlTimer(i.HelloTimer), brctlTimer(i.TCNTimer))
	fmt.Fprintf(w, " topology change timer\t%s\t\t\tgc timer\t\t%s\n", brctlTimer(i.TopologyChangeTimer), brctlTimer(i.GCTimer))
	fmt.Fprintf(w, " flags\t\t\t%s\n\n\n", flagWords(i.TopologyChange != 0, "TOPOLOGY_CHANGE",
		i.TopologyChangeDetected != 0, "TOPOLOGY_CHANGE_DETECTED"))
}

func stpPort(w io.Writer, p *bridge.Port) {
	fmt.Fprintf(w, "%s (%d)\n", plain.Text(p.Link.Name), p.Number)
	fmt.Fprintf(w, " port id\t\t%.4x\t\t\tstate\t\t%15s\n", p.ID, p.State.Or(bridge.Disabled))
	fmt.Fprintf(w, " designated root\t%s\tpath cost\t\t%4d\n", brctlID(p.DesignatedRoot), p.PathCost.Or(0))
	fmt.Fprintf(w, " designated bridge\t%s\tmessage age timer\t%s\n", brctlID(p.DesignatedBridge), brctlTimer(p.MessageAgeTimer))
	fmt.Fprintf(w, " designated port\t%.4x\t\t\tforward delay timer\t%s\n", p.DesignatedPort, brctlTimer(p.ForwardDelayTimer))
	fmt.Fprintf(w, " designated cost\t%4d\t\t\thold timer\t\t%s\n", p.DesignatedCost, brctlTimer(p.HoldTimer))
	fmt.Fprintf(w, " flags\t\t\t%s\n", flagWords(p.ConfigPending, "CONFIG_PENDING", p.TopologyChangeAck, "TOPOLOGY_CHANGE_ACK"))
	if p.Hairpin.Or(false) {
		fmt.Fprintf(w, " hairpin mode\t\t%4d\n", 1)
	}
	fmt.Fprintln(w)
}

func brctlShowMACs(c *Command, w *words) {
	name := w.brctlDev("the name of a bridge")
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		conn, err := s.conn(o)
		if err != nil {
			return failed(err)
		}
		b, err := bridge.Get(ctx, conn, name)
		if err != nil {
			return failed(brctlCannot(err, "read of forward table failed"))
		}
		number := make(map[uint32]uint16)
		for _, p := range b.Ports {
			number[p.Link.Index] = p.Number
		}
		entries, err := bridge.FDB(ctx, conn, bridge.FDBFilter{Bridge: b.Link.Index})
		if err != nil {
			return failed(err)
		}
		out := bufio.NewWriter(s.Stdout)
		fmt.Fprintln(out, "port no\tmac addr\t\tis local?\tageing timer")
		slices.SortStableFunc(entries, func(a, b rtnl.Neigh) int { return bytes.Compare(a.LLAddr, b.LLAddr) })
		for _, e := range entries {
			// The bridge's own address is not on a port. An entry with NTF_SELF
			// belongs to the device, not to the bridge.
			no, onPort := number[e.Link.Index]
			if !onPort || e.Flags&unix.NTF_SELF != 0 {
				continue
			}
			local, age := "no", time.Duration(0)
			if e.State&unix.NUD_PERMANENT != 0 {
				local = "yes"
			}
			if ci, ok := e.CacheInfo.Get(); ok && e.State&(unix.NUD_PERMANENT|unix.NUD_NOARP) == 0 {
				age = ci.Updated
			}
			fmt.Fprintf(out, "%3d\t%s\t%s\t\t%s\n", no, e.LLAddr, local, brctlTimer(age))
		}
		return failed(out.Flush())
	}
}
