package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// showNamespaces prints the interfaces of namespaces as the kernel reports
// them, with one address a line, the MAC address first.
func showNamespaces(ctx context.Context, w io.Writer, e *engine.Engine, names []string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  NAMESPACE\tINTERFACE\tKIND\tSTATE\tBRIDGE\tADDRESSES")
	for _, ns := range names {
		c, err := e.Conn(ns)
		if err != nil {
			return err
		}
		links, err := c.Links(ctx, rtnl.LinkDump{})
		if err != nil {
			return err
		}
		addrs, err := c.Addrs(ctx, rtnl.AddrDump{})
		if err != nil {
			return err
		}
		byIndex := make(map[uint32]string)
		for _, l := range links {
			byIndex[l.Index] = l.Name
		}
		for _, l := range links {
			if l.Flags&unix.IFF_LOOPBACK != 0 {
				continue
			}
			own := []string{l.Address.String()}
			for _, a := range addrs {
				if a.Link.Index == l.Index {
					own = append(own, a.Prefix.String())
				}
			}
			state := "down"
			if l.Up() {
				state = "up"
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\n", ns, l.Name, l.Kind, state, byIndex[l.Master], own[0])
			for _, a := range own[1:] {
				fmt.Fprintf(t, "  \t\t\t\t\t%s\n", a)
			}
		}
	}
	return t.Flush()
}
