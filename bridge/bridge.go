package bridge

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// kind is the device type of a bridge in the kernel.
const kind = "bridge"

// Errors that an *Error wraps.
var (
	// ErrNotBridge means that a link is not a bridge.
	ErrNotBridge = errors.New("not a bridge")
	// ErrUp means that a bridge is not deleted because it is up.
	ErrUp = errors.New("the bridge is up; take it down first")
	// ErrBusy means that a link is already a port.
	ErrBusy = errors.New("already a port")
	// ErrNotPort means that a link is not a port of the bridge.
	ErrNotPort = errors.New("not a port of the bridge")
)

// An Error is a request that the kernel refused, with the names involved. It is
// also one that this package refuses because brctl does, although the kernel
// would accept it over netlink.
type Error struct {
	// Op is the operation, such as "delete bridge".
	Op string
	// Bridge and Port are the names given. Port may be "".
	Bridge, Port string
	// NetNS is the label of the Conn's namespace.
	NetNS string
	// Detail adds more, such as the bridge that the port belongs to.
	Detail string
	// Err is one of this package's errors, or the kernel's.
	Err error
}

func (e *Error) Error() string {
	s := e.Op + " " + strconv.Quote(e.Bridge)
	if e.Port != "" {
		s += " port " + strconv.Quote(e.Port)
	}
	if e.NetNS != "" {
		s += " in " + strconv.Quote(e.NetNS)
	}
	s += ": " + e.Err.Error()
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	return s
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the errno that brctl's ioctl returns in the same case.
func (e *Error) Is(target error) bool {
	switch e.Err {
	case ErrUp, ErrBusy:
		return target == unix.EBUSY
	case ErrNotPort, ErrNotBridge:
		return target == unix.EINVAL
	}
	return false
}

// named adds names to the error of a request that has indices. The error
// already names the namespace.
func named(err error, op, name, port string) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Bridge: name, Port: port, Err: err}
}

// A Bridge is a bridge and its ports.
type Bridge struct {
	// Link is the bridge's device.
	Link rtnl.Link
	// Info has the bridge's options and the state of STP.
	Info *rtnl.BridgeInfo
	// Ports are in ascending order of their port numbers.
	Ports []Port
}

// Add creates a bridge. The zero rtnl.Bridge leaves all options to the kernel,
// as brctl addbr does. If the name is taken, the error matches fs.ErrExist.
func Add(ctx context.Context, c *rtnl.Conn, name string, opts rtnl.Bridge) error {
	if name == "" {
		return fmt.Errorf("create bridge: %w: no name given", rtnl.ErrInvalid)
	}
	return c.Do(ctx, &rtnl.LinkAdd{Kind: &opts, Name: name})
}

// Set changes options of a bridge: STP, its timers, priorities, snooping, and
// flushing learned entries. Options that are absent in opts stay as they are.
// For a device that is not a bridge, the kernel returns EOPNOTSUPP.
func Set(ctx context.Context, c *rtnl.Conn, name string, opts rtnl.Bridge) error {
	return c.Do(ctx, &rtnl.LinkSet{Link: rtnl.LinkName(name), Kind: &opts})
}

// Delete deletes a bridge and leaves its ports without a master. If the bridge
// is up, the error matches ErrUp; if the device is not a bridge, ErrNotBridge.
func Delete(ctx context.Context, c *rtnl.Conn, name string) error {
	l, err := find(ctx, c, "delete bridge", name)
	if err != nil {
		return err
	}
	if l.Up() {
		return &Error{Op: "delete bridge", Bridge: name, NetNS: c.Name(), Err: ErrUp}
	}
	return named(c.Do(ctx, &rtnl.LinkDel{Link: rtnl.LinkIndex(l.Index)}), "delete bridge", name, "")
}

// List returns the bridges of the namespace with their ports, in ascending
// order of their indices.
func List(ctx context.Context, c *rtnl.Conn) ([]Bridge, error) {
	links, err := c.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return nil, err
	}
	return collect(links)
}

// Get returns one bridge with its ports.
func Get(ctx context.Context, c *rtnl.Conn, name string) (*Bridge, error) {
	l, err := find(ctx, c, "get bridge", name)
	if err != nil {
		return nil, err
	}
	ports, err := c.Links(ctx, rtnl.LinkDump{Master: l.Index})
	if err != nil {
		return nil, err
	}
	all, err := collect(append(ports, l))
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// find returns the link with a name if it is a bridge.
func find(ctx context.Context, c *rtnl.Conn, op, name string) (rtnl.Link, error) {
	l, err := c.Link(ctx, rtnl.LinkName(name))
	if err != nil {
		return l, err
	}
	if l.Kind != kind {
		return l, &Error{Op: op, Bridge: name, NetNS: c.Name(), Err: ErrNotBridge}
	}
	return l, nil
}
