package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/ping"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// pingFlags are the flags of ping as given. Package ping parses their values,
// so that its errors are those of iputils.
type pingFlags struct {
	netns, lab   string
	values       []*pingValue
	only4, only6 bool
	o            ping.Options
}

// pingValue is a flag of ping with a value.
type pingValue struct {
	letter, name, usage string
	read                func(o *ping.Options, arg string) error
	given               []string
}

// pingValues are the flags of ping with a value.
func pingValues() []*pingValue {
	return []*pingValue{
		{letter: "c", name: "count", usage: "stop after `N` requests; without it, at Ctrl-C",
			read: func(o *ping.Options, arg string) (err error) { o.Count, err = ping.ParseCount(arg); return err }},
		{letter: "i", name: "interval", usage: "`SECONDS` between two requests (default 1)",
			read: func(o *ping.Options, arg string) (err error) { o.Interval, err = ping.ParseInterval(arg); return err }},
		{letter: "W", name: "timeout", usage: "`SECONDS` to wait for a first reply (default 10)",
			read: func(o *ping.Options, arg string) (err error) { o.Timeout, err = ping.ParseTimeout(arg); return err }},
		{letter: "w", name: "deadline", usage: "stop after `SECONDS`, whatever replies came",
			read: func(o *ping.Options, arg string) (err error) { o.Deadline, err = ping.ParseDeadline(arg); return err }},
		{letter: "s", name: "size", usage: "payload `BYTES` (default 56)",
			read: func(o *ping.Options, arg string) (err error) { o.Size, err = ping.ParseSize(arg); return err }},
		{letter: "I", name: "interface", usage: "`IFACE` to send through, or address to send from",
			read: func(o *ping.Options, arg string) error {
				// As in iputils, if there are two, one may be a device and the
				// other an address.
				device, source, err := ping.ParseInterface(arg)
				if device != "" {
					o.Interface = device
				}
				if source.IsValid() {
					o.Source = source
				}
				return err
			}},
		{letter: "M", name: "pmtudisc", usage: "fragments of requests: `HOW` is do (none), want (made here) or dont (no DF flag)",
			read: func(o *ping.Options, arg string) (err error) { o.Discovery, err = ping.ParseDiscovery(arg); return err }},
		{letter: "p", name: "pattern", usage: "fill the payload with up to 16 bytes, in `HEX`adecimal digits",
			read: func(o *ping.Options, arg string) (err error) { o.Pattern, err = ping.ParsePattern(arg); return err }},
		{letter: "Q", name: "tos", usage: "type of service or traffic class, a `NUMBER` or 0xHEX",
			read: func(o *ping.Options, arg string) (err error) { o.TOS, err = ping.ParseTOS(arg); return err }},
		{letter: "S", name: "sndbuf", usage: "`BYTES` of the socket's send buffer",
			read: func(o *ping.Options, arg string) (err error) {
				o.SendBuffer, err = ping.ParseSendBuffer(arg)
				return err
			}},
		{letter: "t", name: "ttl", usage: "time to live, or hop limit, a `NUMBER` to 255",
			read: func(o *ping.Options, arg string) (err error) { o.TTL, err = ping.ParseTTL(arg); return err }},
	}
}

func (a *app) ping() *cobra.Command {
	var f pingFlags
	cmd := &cobra.Command{
		Use:   "ping [NODE] DEST",
		Short: "Send ICMP echo requests from a node or a network namespace",
		Long: `Send ICMP echo requests and print the replies, in the format of iputils' ping.
From a NODE of a lab, DEST is an address, the name of another node, or a name
that the node's name servers know. With --netns, names are looked up in the
namespace's own hosts file and by its own name servers (/etc/netns/NS/hosts and
resolv.conf). Without NODE and --netns, ping sends from the namespace that nslab
runs in.

Exit status: 0 if there was a reply, 1 if there was none, 2 for any other error.`,
		Example: `  nslab ping seed/net0 net1
  nslab ping --netns net0 -c 3 10.0.1.2
  nslab ping --netns net0 -I net0-bridge -6 fd00::2`,
		Args:              arguments(between(1, 2)),
		ValidArgsFunction: a.nodeThen(a.otherNodes),
		RunE: func(cmd *cobra.Command, args []string) error {
			defer endless(a.interrupt)()
			return a.runPing(cmd, &f, args)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.netns, "netns", "", "send from the network namespace `NS`")
	a.labFlag(cmd, &f.lab)
	f.values = pingValues()
	for _, v := range f.values {
		fl.StringArrayVarP(&v.given, v.name, v.letter, nil, v.usage)
	}
	fl.BoolVarP(&f.only4, "ipv4", "4", false, "IPv4 only")
	fl.BoolVarP(&f.only6, "ipv6", "6", false, "IPv6 only")
	fl.BoolVarP(&f.o.Adaptive, "adaptive", "A", false, "send the next request when a reply arrives")
	fl.BoolVarP(&f.o.Broadcast, "broadcast", "b", false, "allow an IPv4 broadcast address")
	fl.BoolVarP(&f.o.Timestamps, "timestamps", "D", false, "begin each line with the time, in seconds since 1970")
	fl.BoolVarP(&f.o.Flood, "flood", "f", false, "without -i, send as fast as replies arrive; print a dot for each request and erase it for each reply")
	fl.BoolVarP(&f.o.Numeric, "numeric", "n", false, "print addresses, without looking up their names")
	fl.BoolVarP(&f.o.Outstanding, "outstanding", "O", false, "report each request without a reply when the next is sent")
	fl.BoolVarP(&f.o.Quiet, "quiet", "q", false, "print only the first line and the statistics")
	offers(cmd, "netns", namespaces)
	offers(cmd, "interface", a.interfacesOf)
	offers(cmd, "pmtudisc", discoveries)
	return cmd
}

// discoveries offers the values of -M.
func discoveries(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for d := ping.DiscoveryDo; d <= ping.DiscoveryDont; d++ {
		if strings.HasPrefix(d.String(), word) {
			words = append(words, d.String())
		}
	}
	return words, noFiles
}

// options checks the flags and converts them to Options.
func (f *pingFlags) options(cmd *cobra.Command, dest string) (ping.Options, error) {
	o := f.o
	o.Dest, o.ErrOut = dest, cmd.ErrOrStderr()
	for _, v := range f.values {
		for _, arg := range v.given {
			if err := v.read(&o, arg); err != nil {
				return o, fmt.Errorf("-%s: %w", v.letter, err)
			}
		}
	}
	switch {
	case f.only4 && f.only6:
		return o, errors.New("only one of -4 and -6 may be given")
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
	case len(args) == 1 && f.lab != "":
		return usage(errors.New("ping: --lab is for a node: write the node before the destination"))
	case len(args) == 2 && f.netns != "":
		return usage(errors.New("ping: a node or --netns, not both"))
	case len(args) == 2:
		n, err := a.findNode(args[0], f.lab)
		if err != nil {
			return usage(asRoot(err)) // every error of ping has status 2
		}
		defer n.Lab().Close() // it has no open sockets
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
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, unix.SIGQUIT)
	defer signal.Stop(quit)
	o.Ask = quit
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
