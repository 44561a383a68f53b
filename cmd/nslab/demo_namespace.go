package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/nslab/nslab/internal/firewall"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// apart are the kinds of things that a namespace has of its own. Each has the
// ip line that creates one, or a function if ip(8) has no words for it, and a
// function that counts them.
var apart = []struct {
	what  string
	line  string
	add   func(ctx context.Context, h *nsfs.Handle, d *demoPlay) error
	count func(ctx context.Context, c *rtnl.Conn, h *nsfs.Handle) (int, error)
}{
	{what: "links", line: "ip -n net0 link add demo0 type bridge",
		count: func(ctx context.Context, c *rtnl.Conn, _ *nsfs.Handle) (int, error) {
			l, err := c.Links(ctx, rtnl.LinkDump{})
			return len(l), err
		}},
	{what: "addresses", line: "ip -n net0 addr add 192.0.2.1/24 dev demo0",
		count: func(ctx context.Context, c *rtnl.Conn, _ *nsfs.Handle) (int, error) {
			a, err := c.Addrs(ctx, rtnl.AddrDump{Family: unix.AF_INET})
			return len(a), err
		}},
	{what: "routes", line: "ip -n net0 route add 198.51.100.0/24 via 192.0.2.9 dev demo0 onlink",
		count: func(ctx context.Context, c *rtnl.Conn, _ *nsfs.Handle) (n int, err error) {
			routes, err := c.Routes(ctx, rtnl.RouteDump{Family: unix.AF_INET})
			for _, r := range routes {
				if r.Table == unix.RT_TABLE_MAIN {
					n++
				}
			}
			return n, err
		}},
	{what: "ARP entries", line: "ip -n net0 neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev demo0",
		count: func(ctx context.Context, c *rtnl.Conn, _ *nsfs.Handle) (n int, err error) {
			entries, err := c.Neighs(ctx, rtnl.NeighDump{Family: unix.AF_INET})
			for _, e := range entries {
				if e.State&unix.NUD_NOARP == 0 { // multicast entries do not count
					n++
				}
			}
			return n, err
		}},
	{what: "iptables rules", line: "nft: table ip demo, a chain, a rule", add: addFirewallRule(firewall.FamilyIP), count: countFirewallRules(firewall.FamilyIP)},
	{what: "ebtables rules", line: "nft: table bridge demo, a chain, a rule", add: addFirewallRule(firewall.Bridge), count: countFirewallRules(firewall.Bridge)},
}

func addFirewallRule(family firewall.Family) func(context.Context, *nsfs.Handle, *demoPlay) error {
	return func(ctx context.Context, h *nsfs.Handle, d *demoPlay) error {
		return firewall.AddRules(ctx, h, family, "demo", "chain", 1, "net0", d.e.Observer)
	}
}

func countFirewallRules(family firewall.Family) func(context.Context, *rtnl.Conn, *nsfs.Handle) (int, error) {
	return func(ctx context.Context, _ *rtnl.Conn, h *nsfs.Handle) (int, error) {
		return firewall.CountNFTables(ctx, h, family, "", nil)
	}
}

// demoNamespace plays the tutorial's first section: a namespace, a program in
// it, and what it has of its own.
func (a *app) demoNamespace(ctx context.Context, w io.Writer) (err error) {
	d := a.newDemoPlay(w)
	defer func() { err = errors.Join(err, d.end(ctx)) }()

	d.out.printf("A network namespace, and what belongs to it alone:\n")
	if err := d.ip(ctx, "ip netns add net0"); err != nil {
		return err
	}
	names, err := d.e.Dir.List()
	if err != nil {
		return err
	}
	d.out.printf("\n  ip netns list\n      %s\n", strings.Join(names, " "))

	h, err := d.e.Dir.Open("net0")
	if err != nil {
		return err
	}
	defer h.Close()
	outside, err := nsfs.Current()
	if err != nil {
		return err
	}
	defer outside.Close()
	d.out.printf("\n  ip netns exec net0 nslab ip address    (another process, in the namespace)\n")
	if err := d.program(ctx, h, "ip", "address"); err != nil {
		return err
	}

	d.out.printf("\nCreate one of each inside:\n")
	before, err := d.counts(ctx, h, outside)
	if err != nil {
		return err
	}
	refused := make([]error, len(apart))
	for i := range apart {
		if k := &apart[i]; k.add == nil {
			err = d.ip(ctx, k.line)
		} else {
			err = d.line(k.line, func() error {
				refused[i] = k.add(ctx, h, d)
				return nil
			})
		}
		if err != nil {
			return err
		}
		if refused[i] != nil {
			d.out.printf("      this kernel refuses: %v\n", refused[i])
		}
		if k := &apart[i]; k.what == "links" {
			if err := d.ip(ctx, "ip -n net0 link set demo0 up"); err != nil {
				return err
			}
		}
	}
	after, err := d.counts(ctx, h, outside)
	if err != nil {
		return err
	}
	d.out.printf("\nThe result:\n\n")
	return showApart(w, before, after, refused)
}

// program runs this program again in a namespace, as nslab, and indents its
// output.
func (d *demoPlay) program(ctx context.Context, h *nsfs.Handle, args ...string) error {
	cmd := h.Command(ctx, "/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("demo: a program in the namespace: %w\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		d.out.folded(line, messageLines)
	}
	return nil
}

// inOut is how many there are of something inside and outside of the namespace.
type inOut struct {
	in, out int
	err     error
}

func (d *demoPlay) counts(ctx context.Context, h, outside *nsfs.Handle) ([]inOut, error) {
	inside, err := d.e.Conn("net0")
	if err != nil {
		return nil, err
	}
	mine, err := d.e.Conn("")
	if err != nil {
		return nil, err
	}
	all := make([]inOut, len(apart))
	for i := range apart {
		n := &all[i]
		var ierr, oerr error
		n.in, ierr = apart[i].count(ctx, inside, h)
		n.out, oerr = apart[i].count(ctx, mine, outside)
		if n.err = errors.Join(ierr, oerr); n.err != nil && apart[i].add == nil {
			return nil, fmt.Errorf("demo: count %s: %w", apart[i].what, n.err)
		}
	}
	return all, nil
}

// showApart prints how many of each kind there were and are. It returns an
// error if something created inside is missing there, or is visible outside.
func showApart(w io.Writer, before, after []inOut, refused []error) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  \tIN net0\tOUTSIDE\t")
	var errs []error
	for i := range apart {
		b, a := before[i], after[i]
		switch {
		case refused[i] != nil || b.err != nil || a.err != nil:
			fmt.Fprintf(t, "  %s\trefused\t\t\n", apart[i].what)
		default:
			fmt.Fprintf(t, "  %s\t%d -> %d\t%d -> %d\t\n", apart[i].what, b.in, a.in, b.out, a.out)
			if a.in <= b.in || a.out != b.out {
				errs = append(errs, fmt.Errorf("demo: %s do not belong to the namespace alone", apart[i].what))
			}
		}
	}
	return errors.Join(append(errs, t.Flush())...)
}
