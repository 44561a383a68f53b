package iproute

import (
	"context"
	"errors"
	"fmt"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// parseVRFShow takes "ip vrf show [NAME]".
func parseVRFShow(c *Command, w *words) {
	name := ""
	if w.more() {
		name = w.device("the name of a VRF")
	}
	if w.more() {
		w.next()
		w.bad("the end of the command: it shows one VRF, or all")
		w.err = &peerError{text: "Usage:\tip vrf show [NAME] ...", err: w.err}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		if name != "" {
			return s.showVRF(ctx, o, name)
		}
		return s.showVRFs(ctx, o)
	}
}

// showVRF writes the table of a VRF, as text even with -json, as iproute2 does.
func (s *Session) showVRF(ctx context.Context, o *Options, name string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	table, err := vrfTable(ctx, conn, name)
	if err != nil {
		return &Error{Status: statusUsage, Err: &peerError{text: "Invalid VRF", err: err}}
	}
	_, err = fmt.Fprintf(s.Stdout, "%s %d\n", plain.Text(name), table)
	return failed(err)
}

// showVRFs writes the VRFs of a namespace.
func (s *Session) showVRFs(ctx context.Context, o *Options) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	links, err := conn.Links(ctx, rtnl.LinkDump{Kind: "vrf", ExtMask: rtextFilterSkipStats})
	if err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, o)
	p.text("%-16s  %5s", "Name", "Table")
	p.endLine()
	p.text("-----------------------")
	p.endLine()
	none := true
	for i := range links {
		if links[i].Kind != "vrf" {
			continue // the kernel does not filter
		}
		k, err := rtnl.DecodeVRF(links[i].Data)
		if err != nil {
			return errors.Join(failed(err), p.close())
		}
		none = false
		p.open("")
		p.str("name", "%-16s", links[i].Name)
		p.num("table", " %5d", uint64(k.Table.Or(0)))
		p.endLine()
		p.end()
	}
	if none {
		p.text("No VRF has been configured")
		p.endLine()
	}
	return p.close()
}
