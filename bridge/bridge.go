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
	// ErrNotBridge says that a link is no bridge.
	ErrNotBridge = errors.New("not a bridge")
	// ErrUp says that a bridge is up and so is not deleted.
	ErrUp = errors.New("the bridge is up; take it down first")
	// ErrBusy says that a link is a port already.
	ErrBusy = errors.New("already a port")
	// ErrNotPort says that a link is no port of the bridge.
	ErrNotPort = errors.New("not a port of the bridge")
)

// An Error is about something that the kernel refused, with the names, or that
// brctl and so this package refuse, though the kernel would do it over netlink.
type Error struct {
	// Op is what was being done, "delete bridge".
	Op string
	// Bridge and Port are the names given; Port may be "".
	Bridge, Port string
	// NetNS is the label of the Conn's namespace.
	NetNS string
	// Detail says more, such as the bridge that the port belongs to.
	Detail string
	// Err is one of the package's errors, or the kernel's.
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

// Is matches the errno that brctl's ioctl gives for the same.
func (e *Error) Is(target error) bool {
	switch e.Err {
	case ErrUp, ErrBusy:
		return target == unix.EBUSY
	case ErrNotPort, ErrNotBridge:
		return target == unix.EINVAL
	}
	return false
}

// named adds the names to an error of a request that has indices. The namespace is
// in that error.
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
	// Info are its options and STP's state.
	Info *rtnl.BridgeInfo
	// Ports are its ports in ascending order of their port numbers.
	Ports []Port
}

// Add creates a bridge. The zero rtnl.Bridge leaves all options to the kernel,
// as brctl addbr does. It fails with fs.ErrExist if the name is taken.
func Add(ctx context.Context, c *rtnl.Conn, name string, opts rtnl.Bridge) error {
	if name == "" {
		return fmt.Errorf("create bridge: %w: no name given", rtnl.ErrInvalid)
	}
	return c.Do(ctx, &rtnl.LinkAdd{Kind: &opts, Name: name})
}

// Set changes options of a bridge: STP, its timers, priorities, snooping, and
// flushing learned entries. Options that are absent in opts stay as they are. The
// kernel refuses a device that is not a bridge with EOPNOTSUPP.
func Set(ctx context.Context, c *rtnl.Conn, name string, opts rtnl.Bridge) error {
	return c.Do(ctx, &rtnl.LinkSet{Link: rtnl.LinkName(name), Kind: &opts})
}

// Delete deletes a bridge that is down, and leaves its ports without a master.
// One that is up is refused with ErrUp, another device with ErrNotBridge.
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

// find returns the link with a name, which must be a bridge.
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
