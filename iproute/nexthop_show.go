package iproute

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nslab/nslab/rtnl"
)

// A nexthopFilter selects nexthops.
type nexthopFilter struct {
	dump rtnl.NexthopDump
	id   uint32
	// dev, master and vrf are names of links, looked up later.
	dev, master, vrf string
	protocol         uint8
	all              bool // there is no selector
}

// nexthopFilterKeys are the parameters of a selector (ipnh_list_flush in
// ip/ipnexthop.c).
const nexthopFilterKeys keywords = "dev* groups* master* vrf* id protocol* fdb* help*"

// nexthopFilter takes a selector. It returns nil for "help".
func (c *Command) nexthopFilter(w *words) *nexthopFilter {
	f := &nexthopFilter{all: w.err == nil && !w.more()}
	f.dump.Family = c.Options.Family
	for w.more() {
		switch w.keyword(nexthopFilterKeys) {
		case "dev":
			f.dev = w.device("an interface")
		case "groups":
			f.dump.Groups = true
		case "master":
			f.master, f.vrf = w.device("a master"), ""
		case "vrf":
			f.master, f.vrf = "", w.device("a VRF")
		case "id":
			// iproute2 ignores all else.
			f.id = w.nexthopNumber()
			w.extra()
		case "protocol":
			w.peerWrong("Error: argument %q is wrong: invalid protocol value", func() { f.protocol = w.uint8("the number of a routing protocol") })
		case "fdb":
			f.dump.FDB = true
		case "help":
			c.usage(w, nexthopUsage)
			return nil
		default:
			w.next()
			w.bad(`a selector of nexthops, such as "id", "dev" or "groups"`)
		}
	}
	return f
}

// resolve looks up the links.
func (f *nexthopFilter) resolve(ctx context.Context, conn *rtnl.Conn) (err error) {
	if f.dev != "" {
		if f.dump.OIF, err = filterIndex(ctx, conn, "dev", f.dev); err != nil {
			return err
		}
	}
	switch {
	case f.vrf != "":
		f.dump.Master, err = vrfIndex(ctx, conn, f.vrf, peerNoVRF)
	case f.master != "":
		f.dump.Master, err = filterIndex(ctx, conn, "master", f.master)
	}
	return err
}

func parseNexthopShow(c *Command, w *words) {
	if f := c.nexthopFilter(w); f != nil {
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.showNexthops(ctx, o, *f) }
	}
}

func parseNexthopGet(c *Command, w *words) {
	if id, ok := c.nexthopID(w, "get", statusUsage); ok {
		c.do = func(ctx context.Context, s *Session, o *Options) error {
			return s.showNexthops(ctx, o, nexthopFilter{id: id})
		}
	}
}

// showNexthops writes the nexthops that a filter selects.
func (s *Session) showNexthops(ctx context.Context, o *Options, f nexthopFilter) error {
	conn, err := s.conn(o)
	if err == nil {
		err = f.resolve(ctx, conn)
	}
	if err != nil {
		return err
	}
	var all []rtnl.NexthopObject
	if f.id != 0 {
		one, err := conn.Nexthop(ctx, rtnl.NexthopGet{ID: f.id})
		if err != nil {
			return err
		}
		all = append(all, one)
	} else if all, err = conn.Nexthops(ctx, f.dump); err != nil {
		return err
	}
	p := &nexthopPrinter{newPrinter(s.Stdout, o), o, s.linkMap(conn)}
	for i := range all {
		if f.protocol != 0 && f.protocol != all[i].Protocol {
			continue
		}
		if err := p.write(ctx, &all[i]); err != nil {
			return errors.Join(err, p.close())
		}
	}
	return p.close()
}

func parseNexthopFlush(c *Command, w *words) {
	if f := c.nexthopFilter(w); f != nil {
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.flushNexthops(ctx, o, *f) }
	}
}

// flushNexthops deletes the nexthops that a filter selects. Without a selector
// it deletes groups first, since those go with their members.
func (s *Session) flushNexthops(ctx context.Context, o *Options, f nexthopFilter) error {
	conn, err := s.conn(o)
	if err == nil {
		err = f.resolve(ctx, conn)
	}
	if err != nil {
		return err
	}
	if f.id != 0 {
		return conn.Do(ctx, &rtnl.NexthopDel{ID: f.id})
	}
	flushed := 0
	rounds := []bool{f.dump.Groups}
	if f.all {
		rounds = []bool{true, false}
	}
	for _, f.dump.Groups = range rounds {
		all, err := conn.Nexthops(ctx, f.dump)
		if err != nil {
			return err
		}
		for i := range all {
			if f.protocol != 0 && f.protocol != all[i].Protocol {
				continue
			}
			err := conn.Do(ctx, &rtnl.NexthopDel{ID: all[i].ID})
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if err == nil {
				flushed++
			}
		}
	}
	text := "Nothing to flush"
	if flushed > 0 {
		text = fmt.Sprintf("Flushed %d nexthops", flushed)
	}
	_, err = fmt.Fprintln(s.Stdout, text)
	return failed(err)
}
