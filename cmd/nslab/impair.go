package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"github.com/spf13/cobra"
)

func (a *app) impair() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "impair set|show|reset LAB/NODE[:IFACE]",
		Short: "Delay, lose, reorder or slow down what an interface sends",
		Long: `Impair what an interface of a node sends, until the next "nslab up" or "nslab
impair reset" makes it what the lab's file says. It is the kernel's netem.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("impair: set, show or reset?"))
			}
			return usage(fmt.Errorf("impair: there is no %q, only set, show and reset", plain.Clip(args[0])))
		},
	}
	for _, verb := range []*cobra.Command{a.impairSet(), a.impairShow(), a.impairReset()} {
		verb.ValidArgsFunction = printable(verb.ValidArgsFunction)
		cmd.AddCommand(hinted(verb, exitUsage))
	}
	return cmd
}

// impairOption is an option of "impair set", which has the words of a lab file.
type impairOption struct{ name, usage string }

var impairOptions = []impairOption{
	{"delay", "delay each packet by `TIME`, such as 30ms"},
	{"jitter", "vary the delay by `TIME` to both sides"},
	{"correlation", "`PERCENT` to which a delay depends on the one before it"},
	{"distribution", "`NAME` of the distribution of delays: uniform, normal, pareto or paretonormal"},
	{"loss", "lose `PERCENT` of all packets; or \"PERCENT CORRELATION\", \"gemodel P [R [1-H [1-K]]]\", \"state P13 …\""},
	{"duplicate", "send `PERCENT` of all packets twice"},
	{"corrupt", "change a bit in `PERCENT` of all packets"},
	{"reorder", "send `PERCENT` of all packets at once, before those that are delayed"},
	{"gap", "--reorder applies to each `N`th packet only"},
	{"rate", "send at most `RATE`, such as 50mbit, or kbps for bytes"},
	{"queue", "hold at most `N` packets, also those that are delayed (default 1000)"},
	{"slot", "wait for slots: \"`MIN` [MAX] [packets N] [bytes N]\""},
	{"seed", "a `NUMBER` that makes it the same each time; since Linux 6.6"},
}

func (a *app) impairSet() *cobra.Command {
	var flag string
	var ecn bool
	var during time.Duration
	values := make([]string, len(impairOptions))
	cmd := &cobra.Command{
		Use:   "set LAB/NODE:IFACE",
		Short: "Impair what an interface sends",
		Long: `Impair what an interface sends, in place of what impairs it now. The options
are those of impair: in a lab file, with the words of tc-netem(8).

With --for, nslab waits that long and then makes it as it was; so it does at
Ctrl-C and when it is told to end.`,
		Example: `  nslab impair set wan/line:wan --delay 30ms --jitter 5ms --loss 0.1
  nslab impair set wan/line:wan --loss 100% --for 10s`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: a.nodeInterfaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := readImpairOptions(values, ecn)
			if err != nil {
				return usage(fmt.Errorf("impair set: %w", err))
			}
			if cmd.Flags().Changed("for") && during <= 0 {
				return usage(errors.New("impair set: --for takes a time, such as 10s"))
			}
			return a.withImpaired(cmd.Context(), "impair set", args[0], flag, func(i *impaired) error {
				return i.set(cmd.Context(), k, during)
			})
		},
	}
	a.labFlag(cmd, &flag)
	for i, o := range impairOptions {
		cmd.Flags().StringVar(&values[i], o.name, "", o.usage)
	}
	cmd.Flags().BoolVar(&ecn, "ecn", false, "mark packets that allow it instead of losing them")
	cmd.Flags().DurationVar(&during, "for", 0, "wait `TIME`, and make it as it was")
	offers(cmd, "distribution", func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		return slices.DeleteFunc([]string{"uniform", "normal", "pareto", "paretonormal"}, func(s string) bool { return !strings.HasPrefix(s, word) }), noFiles
	})
	return cmd
}

func (a *app) impairReset() *cobra.Command {
	var flag string
	cmd := &cobra.Command{
		Use:               "reset LAB/NODE:IFACE",
		Short:             "Make what an interface sends as the lab's file says",
		Long:              `Give an interface the impairment that the lab's file gives it, or none.`,
		Example:           `  nslab impair reset wan/line:wan`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: a.nodeInterfaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withImpaired(cmd.Context(), "impair reset", args[0], flag, func(i *impaired) error {
				return i.put(cmd.Context(), i.file)
			})
		},
	}
	a.labFlag(cmd, &flag)
	return cmd
}

func (a *app) impairShow() *cobra.Command {
	var flag string
	cmd := &cobra.Command{
		Use:   "show LAB/NODE[:IFACE]",
		Short: "Show what impairs the interfaces of a node",
		Long: `Show the queueing disciplines of a node's interfaces, in the words of tc(8), as
far as the kernel has not made them by itself, with the packets that they have
dropped. The kernel does not tell distributions.`,
		Example:           `  nslab impair show wan/line`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: a.nodeInterfaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withNodeConn("impair show", args[0], flag, func(_ *lab.LabNode, c *rtnl.Conn, iface string) error {
				return showImpairments(cmd.Context(), c, iface, cmd.OutOrStdout())
			})
		},
	}
	a.labFlag(cmd, &flag)
	return cmd
}

// nodeInterfaces offers nodes, and behind a colon their interfaces.
func (a *app) nodeInterfaces(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	flag := cmd.Flag("lab").Value.String()
	node, iface, at := strings.Cut(word, ":")
	if !at {
		names, what := a.nodeNames(within(flag), word)
		return names, what | cobra.ShellCompDirectiveNoSpace
	}
	n, err := a.findNode(node, flag)
	if err != nil {
		return nil, noFiles
	}
	defer n.Lab().Close() // it has no open sockets
	names := linkNames(cmd.Context(), n.NetNS(), iface)
	for i := range names {
		names[i] = node + ":" + names[i]
	}
	return names, noFiles
}

// readImpairOptions reads the options of "impair set".
func readImpairOptions(values []string, ecn bool) (*rtnl.Netem, error) {
	k := &rtnl.Netem{ECN: ecn}
	any := ecn
	for i, o := range impairOptions {
		v := values[i]
		if v == "" {
			continue
		}
		any = true
		wrong := func(right string) error { return fmt.Errorf("--%s is %q; %s", o.name, plain.Clip(v), right) }
		switch o.name {
		case "delay", "jitter":
			d, err := time.ParseDuration(v)
			if err != nil || d < 0 {
				return nil, wrong("write a number and a unit, such as 30ms")
			}
			if o.name == "delay" {
				k.Latency = d
			} else {
				k.Jitter = d
			}
		case "distribution":
			if k.Distribution = iproute.NetemDistribution(v); k.Distribution == nil && v != "uniform" {
				return nil, wrong("write uniform, normal, pareto or paretonormal")
			}
		case "gap", "queue":
			n, err := strconv.ParseUint(v, 10, 32)
			if err != nil || n == 0 {
				return nil, wrong("write a number from 1 to 4294967295")
			}
			if o.name == "gap" {
				k.Gap = uint32(n)
			} else {
				k.Limit = uint32(n)
			}
		case "seed":
			n, err := strconv.ParseUint(v, 10, 64)
			if err != nil {
				return nil, wrong("write a number")
			}
			k.Seed = rtnl.Some(n)
		default:
			if right := topology.ReadImpairmentWords(k, o.name, v); right != "" {
				return nil, wrong(right)
			}
		}
	}
	if !any {
		return nil, errors.New("which impairment? for example --delay 30ms; \"nslab impair reset\" takes it away")
	}
	return k, rtnl.CheckNetem(k)
}

// withNodeConn finds the node and the interface in NODE[:IFACE], and calls a
// function with a socket in the node.
func (a *app) withNodeConn(verb, word, flag string, do func(n *lab.LabNode, c *rtnl.Conn, iface string) error) error {
	node, iface, at := strings.Cut(word, ":")
	if at && iface == "" {
		return usage(fmt.Errorf("%s: %q does not name an interface", verb, plain.Clip(word)))
	}
	n, err := a.findNode(node, flag)
	if err != nil {
		return err
	}
	c, err := n.Conn()
	if err == nil {
		err = do(n, c, iface)
	}
	if err = errors.Join(err, n.Lab().Close()); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}

// impaired is an interface of a node, with what impairs it.
type impaired struct {
	conn *rtnl.Conn
	link rtnl.LinkRef
	file *rtnl.Netem // what the file says, or nil
	now  *rtnl.Qdisc // what is there, nil for the kernel's default
}

func (a *app) withImpaired(ctx context.Context, verb, word, flag string, do func(*impaired) error) error {
	return a.withNodeConn(verb, word, flag, func(n *lab.LabNode, c *rtnl.Conn, iface string) error {
		if iface == "" {
			return usage(fmt.Errorf("which interface? write %s:IFACE", plain.Clip(word)))
		}
		index, err := c.LinkIndex(ctx, iface)
		if err != nil {
			return err
		}
		i := &impaired{conn: c, link: rtnl.LinkRef{Index: index, Name: iface}}
		t := n.Lab().Topology()
		if e, _ := t.Endpoint(t.NodeIndex(n.Name), iface); e != nil {
			i.file = e.Impair
		}
		if i.now, err = rootOf(ctx, c, index); err != nil {
			return err
		}
		if q := i.now; q != nil && q.Kind != "netem" && q.Kind != "tbf" {
			return fmt.Errorf("%q has the qdisc %s, which somebody has made; it is not replaced (tc qdisc del dev %s root takes it away)", iface, q.Kind, iface)
		}
		return do(i)
	})
}

// rootOf returns what a link sends through, nil for the kernel's default.
func rootOf(ctx context.Context, c *rtnl.Conn, index uint32) (*rtnl.Qdisc, error) {
	all, err := c.Qdiscs(ctx, rtnl.QdiscDump{Index: index})
	for i := range all {
		if all[i].Parent == rtnl.TCRoot && !all[i].IsDefault() {
			return &all[i], nil
		}
	}
	return nil, err
}

// set impairs the interface; for a time, if during is not 0.
func (i *impaired) set(ctx context.Context, k *rtnl.Netem, during time.Duration) error {
	var was rtnl.QdiscKind
	if i.now != nil {
		var err error
		if was, err = i.decode(); err != nil {
			return err
		}
	}
	// Each change is complete, though nslab is told to end in the middle.
	whole, before := context.WithoutCancel(ctx), i.now
	if err := i.put(whole, k); err != nil {
		if i.now != before {
			err = errors.Join(err, i.put(whole, was))
		}
		return err
	}
	if during == 0 {
		return nil
	}
	timer := time.NewTimer(during)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return errors.Join(i.put(whole, was), context.Cause(ctx))
}

// decode returns the present qdisc as it can be made again: with the
// distribution of the file, since the kernel does not tell one.
func (i *impaired) decode() (rtnl.QdiscKind, error) {
	if i.now.Kind == "tbf" {
		return rtnl.DecodeTBF(i.now.Options)
	}
	k, err := rtnl.DecodeNetem(i.now.Options)
	if err == nil && i.file != nil && k.Latency != 0 && k.Jitter != 0 {
		k.Distribution = i.file.Distribution
	}
	return k, err
}

// put makes a new qdisc in the place of the present one, or none.
func (i *impaired) put(ctx context.Context, k rtnl.QdiscKind) error {
	if n, ok := k.(*rtnl.Netem); k == nil || ok && n == nil {
		if i.now == nil {
			return nil
		}
		err := i.conn.Do(ctx, &rtnl.QdiscDel{Link: i.link})
		if err == nil {
			i.now = nil
		}
		return err
	}
	add := &rtnl.QdiscAdd{Link: i.link, Kind: k, Mode: rtnl.ModeReplace, Handle: rtnl.NewTCHandle(1, 0)}
	if i.now != nil && i.now.Handle == add.Handle {
		add.Handle = rtnl.NewTCHandle(2, 0) // another one: options that are not given are not kept
	}
	if err := i.conn.Do(ctx, add); err != nil {
		return err
	}
	i.now = &rtnl.Qdisc{Handle: add.Handle, Kind: k.Kind()}
	q, err := rootOf(ctx, i.conn, i.link.Index)
	if err != nil || q == nil {
		return err
	}
	i.now = q
	if n, ok := k.(*rtnl.Netem); !ok || !n.Seed.IsSet() {
		return nil
	}
	if got, err := rtnl.DecodeNetem(q.Options); err != nil || got.Seed.IsSet() {
		return err
	}
	return fmt.Errorf("seed: this kernel's netem takes none (%w); it came with Linux 6.6", rtnl.ErrNotSupported)
}

// showImpairments writes a table of qdiscs that somebody has made, of one
// interface or of all.
func showImpairments(ctx context.Context, c *rtnl.Conn, iface string, to io.Writer) error {
	links, err := c.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return err
	}
	var only uint32
	if iface != "" {
		if only, err = c.LinkIndex(ctx, iface); err != nil {
			return err
		}
	}
	all, err := c.Qdiscs(ctx, rtnl.QdiscDump{Index: only})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "IFACE\tDROPPED\tQDISC")
	for i := range all {
		q := &all[i]
		at := slices.IndexFunc(links, func(l rtnl.Link) bool { return l.Index == q.Link.Index })
		if q.Parent != rtnl.TCRoot || q.IsDefault() || at < 0 {
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t%s\n", plain.Text(links[at].Name), q.Stats.Drops, plain.Text(topology.QdiscText(q)))
	}
	return w.Flush()
}
