package engine

import (
	"context"
	"errors"
	"io/fs"

	"github.com/nslab/nslab/rtnl"
)

// An Op is one operation in one namespace.
type Op struct {
	// NetNS is the name of the namespace to work in, "" for the caller's own.
	NetNS string
	// Action is what to do.
	Action Action
}

// Send returns the operation that sends a request in a namespace.
func Send(netns string, r rtnl.Request) Op { return Op{NetNS: netns, Action: &Request{Req: r}} }

// An Action is what an Op does: a *Request, *NetNSAdd, *NetNSDel, *NetNSAttach,
// *SysctlSet, or one of the caller's own.
type Action interface {
	// Do carries out the action in a namespace, given by its name in e.Dir.
	Do(ctx context.Context, e *Engine, netns string) error
}

// A Request is a message. It may refer to links and namespaces by name
// (rtnl.LinkRef, rtnl.NetNSName); the names are looked up when it is sent.
type Request struct {
	// Req is the message.
	Req rtnl.Request
	// Touches are the names of namespaces that the request changes without
	// referring to them. An example is the namespace of a veth's peer, when the
	// veth is deleted.
	Touches []string
	// Settles means that later requests must not be carried out if this one is
	// refused, because the link indices that they use might then belong to
	// other links. A batch does not stop at an error, so it ends with this
	// request.
	Settles bool
}

// A NoNetNSError says that a request refers to a namespace that cannot be
// opened.
type NoNetNSError struct {
	// Name is the name in the request.
	Name string
	// Process says that the name is a process id.
	Process bool
	// Err says why, an *nsfs.Error.
	Err error
}

func (e *NoNetNSError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *NoNetNSError) Unwrap() error { return e.Err }

// Do sends the request and waits for its acknowledgement.
func (r *Request) Do(ctx context.Context, e *Engine, netns string) error {
	c, err := e.Conn(netns)
	if err != nil {
		return err
	}
	return c.Do(ctx, r.Req)
}

// Echo does what Do does and returns what the kernel reports as changed, if it
// reports anything (see rtnl.Conn.Echo).
func (r *Request) Echo(ctx context.Context, e *Engine, netns string) (*rtnl.Messages, error) {
	c, err := e.Conn(netns)
	if err != nil {
		return nil, err
	}
	return c.Echo(ctx, r.Req)
}

// NetNSAdd creates a namespace with a name. The error is that of
// [nsfs.Dir.Create].
type NetNSAdd struct{ Name string }

// Do implements Action.
func (a *NetNSAdd) Do(ctx context.Context, e *Engine, _ string) error {
	h, err := e.Dir.Create(ctx, a.Name)
	if err != nil {
		return err
	}
	return h.Close()
}

// NetNSAttach gives a name to the namespace of a process. The error is that of
// [nsfs.Dir.Attach].
type NetNSAttach struct {
	Name string // of the namespace
	PID  int    // of the process, as /proc has it
}

// Do implements Action.
func (a *NetNSAttach) Do(ctx context.Context, e *Engine, _ string) error {
	h, err := e.Dir.Attach(ctx, a.Name, a.PID)
	if err != nil {
		return err
	}
	return h.Close()
}

// NetNSDel removes the name of a namespace. The error is that of
// [nsfs.Dir.Delete].
type NetNSDel struct {
	Name    string
	nothing bool // there was none
}

// Do implements Action.
func (a *NetNSDel) Do(ctx context.Context, e *Engine, _ string) error {
	// The engine's own socket would keep the namespace alive.
	if err := e.Forget(a.Name); err != nil {
		return err
	}
	err := e.Dir.Delete(ctx, a.Name)
	a.nothing = errors.Is(err, fs.ErrNotExist)
	return err
}

// DidNothing reports whether Do failed because there was no such namespace.
func (a *NetNSDel) DidNothing() bool { return a.nothing }
