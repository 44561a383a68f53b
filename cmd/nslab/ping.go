package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/ping"
	"github.com/spf13/cobra"
)

// pingFlags are the flags of ping as they were given.
type pingFlags struct {
	netns, lab                string
	count                     int
	interval, timeout, size   string
	iface                     string
	only4, only6, quiet, nums bool
}

func (a *app) ping() *cobra.Command {
	var f pingFlags
	cmd := &cobra.Command{
		Use:   "ping [NODE] DEST",
		Short: "Send ICMP echo requests from a node or a network namespace",
		Long: `Send ICMP echo requests and print what comes back, in the words of iputils'
ping. From a NODE of a lab, DEST is an address, the name of another node, or a
name that the node's name servers know. With --netns, names are looked up in the
namespace's own hosts file and by its own name servers (/etc/netns/NS/hosts and
resolv.conf). With neither, requests are sent from where nslab runs.

Exit status: 0 if there was a reply, 1 if there was none, 2 for any other error.`,
		Example: `  nslab ping seed/net0 net1
  nslab ping --netns net0 -c 3 10.0.1.2
  nslab ping --netns net0 -I net0-bridge -6 fd00::2`,
		Args:              arguments(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: a.nodeThen(a.otherNodes),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.runPing(cmd, &f, args) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.netns, "netns", "", "the named network `NS`pace to send from; without it, this one")
	a.labFlag(cmd, &f.lab)
	fl.IntVarP(&f.count, "count", "c", 0, "stop after `N` requests; without it, at Ctrl-C")
	fl.StringVarP(&f.interval, "interval", "i", "", "`SECONDS` between two requests (default 1)")
	fl.StringVarP(&f.timeout, "timeout", "W", "", "`SECONDS` to wait for a first reply (default 10)")
	fl.StringVarP(&f.size, "size", "s", "", "payload `BYTES` (default 56)")
	fl.StringVarP(&f.iface, "interface", "I", "", "`IFACE` to send through, or address to send from")
	fl.BoolVarP(&f.only4, "ipv4", "4", false, "IPv4 only")
	fl.BoolVarP(&f.only6, "ipv6", "6", false, "IPv6 only")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print only the first line and the statistics")
	fl.BoolVarP(&f.nums, "numeric", "n", false, "print addresses, look up no names for them")
	cmd.MarkFlagsMutuallyExclusive("ipv4", "ipv6")
	offers(cmd, "netns", namespaces)
	offers(cmd, "interface", a.interfacesOf)
	return cmd
}

// options checks the flags and makes Options of them.
func (f *pingFlags) options(cmd *cobra.Command, dest string) (o ping.Options, err error) {
	o = ping.Options{Dest: dest, Count: f.count, Quiet: f.quiet, Numeric: f.nums, ErrOut: cmd.ErrOrStderr()}
	if cmd.Flags().Changed("count") && f.count < 1 {
		return o, fmt.Errorf("-c %d: at least 1 is needed", f.count)
	}
	if f.interval != "" {
		if o.Interval, err = ping.ParseInterval(f.interval); err != nil {
			return o, fmt.Errorf("-i: %w", err)
		}
	}
	if f.timeout != "" {
		if o.Timeout, err = ping.ParseTimeout(f.timeout); err != nil {
			return o, fmt.Errorf("-W: %w", err)
		}
	}
	if f.size != "" {
		if o.Size, err = ping.ParseSize(f.size); err != nil {
			return o, fmt.Errorf("-s: %w", err)
		}
	}
	if f.iface != "" {
		if o.Interface, o.Source, err = ping.ParseInterface(f.iface); err != nil {
			return o, fmt.Errorf("-I: %w", err)
		}
	}
	switch {
	case f.only4:
		o.Family = ping.IPv4
	case f.only6:
		o.Family = ping.IPv6
	}
	return o, nil
}

func (a *app) runPing(cmd *cobra.Command, f *pingFlags, args []string) error {
	o, err := f.options(cmd, args[len(args)-1])
	if err != nil {
		return usage(fmt.Errorf("ping: %w", err))
	}
	switch {
	case len(args) == 2 && f.netns != "":
		return usage(errors.New("ping: a node or --netns, not both"))
	case len(args) == 2:
		n, err := a.findNode(args[0], f.lab)
		if err != nil {
			return err
		}
		defer n.Lab().Close() // nothing was asked through its sockets
		h, err := n.Open()
		if err != nil {
			return usage(fmt.Errorf("ping: %w", err))
		}
		defer h.Close()
		o.In = h.Do
		o.Hosts, o.NameServers = n.Hosts(), n.DNS
		if etc := n.EtcDir(); etc != "" {
			o.ResolvFile = filepath.Join(etc, "resolv.conf")
			if o.Hosts == nil {
				o.HostsFiles = []string{filepath.Join(etc, "hosts")}
			}
		}
	case f.netns != "":
		h, err := nsfs.Dir{}.Open(f.netns)
		if err != nil {
			return usage(fmt.Errorf("ping: %w", err))
		}
		defer h.Close()
		o.In = h.Do
		o.HostsFiles = []string{filepath.Join(nsfs.DefaultEtc, f.netns, "hosts")}
		o.ResolvFile = filepath.Join(nsfs.DefaultEtc, f.netns, "resolv.conf")
	}
	s, err := ping.Run(cmd.Context(), o, cmd.OutOrStdout())
	status := ping.ExitStatus(o, s, err)
	switch {
	case err != nil:
		return &statusError{status: status, err: fmt.Errorf("ping: %w", err)}
	case status != 0:
		return &statusError{status: status}
	}
	return nil
}
