package bridge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/nslab/nslab/rtnl"
)

// State is the STP state of a port (enum in include/uapi/linux/if_bridge.h).
type State uint8

// The states of a port.
const (
	Disabled State = iota
	Listening
	Learning
	Forwarding
	Blocking
)

func (s State) String() string {
	names := [...]string{"disabled", "listening", "learning", "forwarding", "blocking"}
	if int(s) < len(names) {
		return names[s]
	}
	return "state " + strconv.Itoa(int(s))
}

// A Port is a link that is a port of a bridge.
type Port struct {
	// Link is the port's device.
	Link rtnl.Link
	PortInfo
}

// AddPort makes a link a port of a bridge, as brctl addif does. If the link is
// already a port, even of the same bridge, the error matches ErrBusy.
func AddPort(ctx context.Context, c *rtnl.Conn, name, port string) error {
	const op = "add to bridge"
	b, err := find(ctx, c, op, name)
	if err != nil {
		return err
	}
	p, err := c.Link(ctx, rtnl.LinkName(port))
	if err != nil {
		return err
	}
	if p.Master != 0 {
		return &Error{Op: op, Bridge: name, Port: port, NetNS: c.Name(), Err: ErrBusy, Detail: "of " + masterName(ctx, c, p.Master)}
	}
	err = c.Do(ctx, &rtnl.LinkSet{Link: rtnl.LinkIndex(p.Index), LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkIndex(b.Index))}})
	return named(err, op, name, port)
}

// masterName returns a master's name, or its index if the name cannot be read.
func masterName(ctx context.Context, c *rtnl.Conn, index uint32) string {
	m, err := c.Link(ctx, rtnl.LinkIndex(index))
	if err != nil {
		return "index " + strconv.FormatUint(uint64(index), 10)
	}
	return strconv.Quote(m.Name)
}

// findPort returns a port of a bridge for an operation.
func findPort(ctx context.Context, c *rtnl.Conn, op, name, port string) (rtnl.Link, error) {
	b, err := find(ctx, c, op, name)
	if err != nil {
		return rtnl.Link{}, err
	}
	p, err := c.Link(ctx, rtnl.LinkName(port))
	if err == nil && p.Master != b.Index {
		err = &Error{Op: op, Bridge: name, Port: port, NetNS: c.Name(), Err: ErrNotPort}
	}
	return p, err
}

// RemovePort removes a port from a bridge, as brctl delif does. If the link is
// not a port of this bridge, the error matches ErrNotPort.
func RemovePort(ctx context.Context, c *rtnl.Conn, name, port string) error {
	const op = "remove from bridge"
	p, err := findPort(ctx, c, op, name, port)
	if err != nil {
		return err
	}
	err = c.Do(ctx, &rtnl.LinkSet{Link: rtnl.LinkIndex(p.Index), LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkRef{})}})
	return named(err, op, name, port)
}

// SetPort changes options of a port, as brctl setpathcost, setportprio and
// hairpin do. If the link is not a port of this bridge, the error matches
// ErrNotPort.
func SetPort(ctx context.Context, c *rtnl.Conn, name, port string, opts PortOptions) error {
	const op = "set options on bridge"
	p, err := findPort(ctx, c, op, name, port)
	if err != nil {
		return err
	}
	return named(c.Do(ctx, &rtnl.LinkSet{Link: rtnl.LinkIndex(p.Index), Port: &opts}), op, name, port)
}

// collect finds the bridges among links and gives each its ports among them.
func collect(links []rtnl.Link) ([]Bridge, error) {
	var bridges []Bridge
	for _, l := range links {
		if l.Kind != kind {
			continue
		}
		info, err := rtnl.DecodeBridge(l.Data)
		if err != nil {
			return nil, fmt.Errorf("bridge %q: %w", l.Name, err)
		}
		bridges = append(bridges, Bridge{Link: l, Info: info})
	}
	slices.SortFunc(bridges, func(a, b Bridge) int { return cmp.Compare(a.Link.Index, b.Link.Index) })
	for _, l := range links {
		i, ok := slices.BinarySearchFunc(bridges, l.Master, func(b Bridge, index uint32) int { return cmp.Compare(b.Link.Index, index) })
		if !ok {
			continue
		}
		info, err := DecodePort(l.PortData)
		if err != nil {
			return nil, fmt.Errorf("bridge port %q: %w", l.Name, err)
		}
		bridges[i].Ports = append(bridges[i].Ports, Port{Link: l, PortInfo: info})
	}
	for i := range bridges {
		slices.SortFunc(bridges[i].Ports, func(a, b Port) int { return cmp.Compare(a.Number, b.Number) })
	}
	return bridges, nil
}
