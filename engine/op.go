package engine

import (
	"context"

	"github.com/nslab/nslab/rtnl"
)

// An Op is one operation in one namespace.
type Op struct {
	// NetNS is the name of the namespace that it happens in, "" for the
	// caller's own.
	NetNS string
	// Action is what is done.
	Action Action
}

// An Action is what an Op does: a *Request, *NetNSAdd, *NetNSDel, *NetNSAttach,
// *SysctlSet, or one of the caller's own.
type Action interface {
	// Do carries it out in a namespace of e's, by name.
	Do(ctx context.Context, e *Engine, netns string) error
}

// A Request is a message, which may refer to links and namespaces by name
// (rtnl.LinkRef, rtnl.NetNSName). They are looked up when it is sent.
type Request struct {
	Req rtnl.Request
	// Touches are the names of namespaces that it changes without referring to
	// them, for example that of the other end of a veth pair that it deletes.
	Touches []string
	// Settles says that later requests must not be carried out if this one is
	// refused: the link indices that they use might then belong to other links.
	// A batch would carry them out all the same, so it ends with this request.
	Settles bool
}

// A NoNetNSError says that a request refers to a namespace that cannot be opened.
type NoNetNSError struct {
	// Name is what the request has.
	Name string
	// Process says that it is the id of a process.
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

// Echo does what Do does, and returns what the kernel reports that the request has
// changed, if it reports anything (see rtnl.Conn.Echo).
func (r *Request) Echo(ctx context.Context, e *Engine, netns string) (*rtnl.Messages, error) {
	c, err := e.Conn(netns)
	if err != nil {
		return nil, err
	}
	return c.Echo(ctx, r.Req)
}

// NetNSAdd makes a namespace and gives it a name.
type NetNSAdd struct{ Name string }

// Do implements Action.
func (a *NetNSAdd) Do(ctx context.Context, e *Engine, _ string) error {
	h, err := e.Dir.Create(ctx, a.Name)
	if err != nil {
		return err
	}
	return h.Close()
}

// NetNSAttach gives a name to the namespace of a process.
type NetNSAttach struct {
	Name string
	PID  int
}

// Do implements Action.
func (a *NetNSAttach) Do(ctx context.Context, e *Engine, _ string) error {
	h, err := e.Dir.Attach(ctx, a.Name, a.PID)
	if err != nil {
		return err
	}
	return h.Close()
}

// NetNSDel removes the name of a namespace.
type NetNSDel struct{ Name string }

// Do implements Action.
func (a *NetNSDel) Do(ctx context.Context, e *Engine, _ string) error {
	// The engine's own socket would keep the namespace alive.
	if err := e.Forget(a.Name); err != nil {
		return err
	}
	return e.Dir.Delete(ctx, a.Name)
}
