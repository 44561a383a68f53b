package live

import (
	"context"
	"errors"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
)

// A Model shows what is new, before any file or person has changed it: links as
// nslab creates them, a port, and the rules of a namespace.
type Model struct {
	Lo, Veth, Bridge, Port *rtnl.Link
	Own                    map[string]*rtnl.Link // those without a far end, by type, if the kernel has it
	Rules                  []rtnl.Rule
}

// An OwnKind is a kind of interfaces without a far end, with options that one
// of it may have. Stacked says that it is on another interface.
type OwnKind struct {
	Kind    rtnl.Kind
	Stacked bool
}

// readModel creates a Model in the temporary namespace that n describes. own
// are the kinds of interfaces without a far end to create.
func (n *NewNode) readModel(ctx context.Context, h *nsfs.Handle, c *rtnl.Conn, own []OwnKind) error {
	all, err := sysctl.All(h)
	if err != nil {
		return err
	}
	for key, value := range all {
		n.Sysctls[key] = value
	}
	rest, err := readRest(ctx, c)
	if err != nil {
		return err
	}
	n.Model = &Model{Rules: rest.Rules, Own: make(map[string]*rtnl.Link)}
	if err := makePort(ctx, c); err != nil {
		return err
	}
	one := rtnl.LinkAttrs{TxQueues: 1, RxQueues: 1}
	for _, k := range own {
		kind, name := k.Kind, "own-"+k.Kind.Kind()
		add := &rtnl.LinkAdd{Name: name, Kind: kind}
		if k.Stacked {
			add.Link = rtnl.LinkName("on-" + kind.Kind())
			if err := c.Do(ctx, &rtnl.LinkAdd{Name: add.Link.Name, LinkAttrs: one, Kind: &rtnl.Veth{}}); err != nil {
				return err
			}
		}
		switch err := c.Do(ctx, add); {
		case errors.Is(err, rtnl.ErrNotSupported):
			continue // which the interface's own line of the file says
		case err != nil:
			return err
		}
		l, err := c.Link(ctx, rtnl.LinkName(name))
		if err != nil {
			return err
		}
		n.Model.Own[kind.Kind()] = &l
	}
	links, err := c.Links(ctx, rtnl.LinkDump{})
	for i := range links {
		switch l := &links[i]; l.Name {
		case "lo":
			n.Model.Lo = l
		case "br":
			n.Model.Bridge = l
		case "veth":
			n.Model.Veth = l
		case "port":
			n.Model.Port = l
		}
	}
	return err
}

// readPort reads the options of a new port.
func (n *NewNode) readPort(ctx context.Context, c *rtnl.Conn) error {
	var data []byte
	if n.Model != nil {
		data = n.Model.Port.PortData
	} else {
		if err := makePort(ctx, c); err != nil {
			return err
		}
		l, err := c.Link(ctx, rtnl.LinkName("port"))
		if err != nil {
			return err
		}
		data = l.PortData
	}
	port, err := bridge.DecodePort(data)
	n.Port = &port.PortOptions
	return err
}

// makePort creates a bridge "br", and a pair of "veth" and its port "port".
func makePort(ctx context.Context, c *rtnl.Conn) error {
	const br = 1000
	one := rtnl.LinkAttrs{TxQueues: 1, RxQueues: 1}
	for _, req := range []rtnl.Request{
		&rtnl.LinkAdd{Name: "br", Index: br, Kind: &rtnl.Bridge{}},
		&rtnl.LinkAdd{Name: "veth", LinkAttrs: one, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "port", LinkAttrs: one}}},
		&rtnl.LinkSet{Link: rtnl.LinkName("port"), LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkIndex(br))}},
	} {
		if err := c.Do(ctx, req); err != nil {
			return err
		}
	}
	return nil
}
