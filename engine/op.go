package engine

import (
	"context"
	"fmt"
	"strconv"

	"github.com/nslab/nslab/nsfs"
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

// A Request is a message that may refer to links and namespaces by name. The names
// are looked up when it is sent.
type Request struct {
	Req rtnl.Request
	// Devs are the links whose indices the message needs.
	Devs []Dev
	// NetNSs are the namespaces that it refers to.
	NetNSs []NetNS
	// Touches are the names of namespaces that it changes without referring to
	// them, for example that of the other end of a veth pair that it deletes.
	Touches []string
	// Settles says that later requests must not be carried out if this one is
	// refused: the link indices that they use might then belong to other links.
	// A batch would carry them out all the same, so it ends with this request.
	Settles bool
}

// A Dev is a link that a request refers to by its name. One of the pointers is set
// and points into the request.
type Dev struct {
	Name  string
	Index *uint32
	Opt   *rtnl.Opt[uint32]
	// Known says that the index is set already: the name is for people.
	Known bool
}

// A NetNS is a namespace that a request refers to.
type NetNS struct {
	// Name is its name, a path of it such as /proc/PID/ns/net, which has a "/", or,
	// if no namespace has that name and it is a number, the id of a process in it.
	Name string
	Ref  *rtnl.NetNS
	// Named says that Name is a name and nothing else.
	Named bool
}

// Dev adds a link by name, and returns r.
func (r *Request) Dev(name string, index *uint32) *Request {
	r.Devs = append(r.Devs, Dev{Name: name, Index: index})
	return r
}

// DevOpt adds a link by name whose index may be absent, and returns r.
func (r *Request) DevOpt(name string, index *rtnl.Opt[uint32]) *Request {
	r.Devs = append(r.Devs, Dev{Name: name, Opt: index})
	return r
}

// Known tells the name of a link whose index the request has, and returns r.
func (r *Request) Known(name string, index *uint32) *Request {
	r.Devs = append(r.Devs, Dev{Name: name, Index: index, Known: true})
	return r
}

// KnownOpt is Known for an index that may be absent.
func (r *Request) KnownOpt(name string, index *rtnl.Opt[uint32]) *Request {
	r.Devs = append(r.Devs, Dev{Name: name, Opt: index, Known: true})
	return r
}

// NetNS adds a namespace by name, path or process id, and returns r.
func (r *Request) NetNS(name string, ref *rtnl.NetNS) *Request {
	r.NetNSs = append(r.NetNSs, NetNS{Name: name, Ref: ref})
	return r
}

// NamedNetNS adds a namespace by name, and returns r.
func (r *Request) NamedNetNS(name string, ref *rtnl.NetNS) *Request {
	r.NetNSs = append(r.NetNSs, NetNS{Name: name, Ref: ref, Named: true})
	return r
}

// DevName returns the name that the link behind a pointer into the request was
// given by, "" if it was not given by name.
func (r *Request) DevName(index *uint32, opt *rtnl.Opt[uint32]) string {
	for _, d := range r.Devs {
		if d.Index != nil && d.Index == index || d.Opt != nil && d.Opt == opt {
			return d.Name
		}
	}
	return ""
}

// NetNSName returns the name that the namespace behind a pointer into the
// request was given by, "" if it was not given by name.
func (r *Request) NetNSName(ref *rtnl.NetNS) string {
	for _, n := range r.NetNSs {
		if n.Ref == ref {
			return n.Name
		}
	}
	return ""
}

// A NoDeviceError says that a request names a link that does not exist. It matches
// what Err matches: fs.ErrNotExist.
type NoDeviceError struct {
	Name, NetNS string
	Err         error
}

func (e *NoDeviceError) Error() string {
	if e.NetNS == "" {
		return fmt.Sprintf("Cannot find device %q", e.Name)
	}
	return fmt.Sprintf("Cannot find device %q in namespace %q", e.Name, e.NetNS)
}

// Unwrap returns Err.
func (e *NoDeviceError) Unwrap() error { return e.Err }

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

// A ref is a namespace that a request refers to.
type ref struct {
	id nsfs.ID
	// handle is to be closed once the request has been sent, nil if it is not
	// the request's own.
	handle *nsfs.Handle
}

func release(refs []ref) {
	for _, r := range refs {
		if r.handle != nil {
			r.handle.Close()
		}
	}
}

// resolve looks up what the request refers to by name. It returns the namespaces
// among that, to be released once the request has been sent.
func (r *Request) resolve(ctx context.Context, e *Engine, c *rtnl.Conn) ([]ref, error) {
	for _, d := range r.Devs {
		if d.Known {
			continue
		}
		index, err := Lookup(ctx, c, d.Name)
		if err != nil {
			return nil, err
		}
		if d.Opt != nil {
			*d.Opt = rtnl.Some(index)
		} else {
			*d.Index = index
		}
	}
	var refs []ref
	for _, n := range r.NetNSs {
		h, own := e.made(n.Name), false
		if h == nil {
			var err error
			if h, err = e.open(n); err != nil {
				release(refs)
				return nil, err
			}
			own = true
		}
		*n.Ref = rtnl.NetNSFD(h.FD())
		refs = append(refs, ref{id: h.ID()})
		if own {
			refs[len(refs)-1].handle = h
		}
	}
	for _, name := range r.Touches {
		_, id, err := e.conn(name)
		if err != nil && !isNotExist(err) {
			release(refs)
			return nil, err
		}
		if err == nil { // else there is nothing there to keep an order with
			refs = append(refs, ref{id: id})
		}
	}
	return refs, nil
}

// Lookup returns the index of a link, given by its name or an alternative name. As in
// iproute2, "ifN" stands for index N. If there is no such link, the error is a
// *NoDeviceError.
func Lookup(ctx context.Context, c *rtnl.Conn, name string) (uint32, error) {
	index, err := c.LinkIndex(ctx, name)
	if err == nil {
		return index, nil
	}
	if !isNotExist(err) {
		return 0, err
	}
	if len(name) > 2 && name[:2] == "if" {
		if n, perr := strconv.ParseUint(name[2:], 10, 31); perr == nil && n > 0 {
			if _, lerr := c.Link(ctx, rtnl.LinkIndex(uint32(n))); lerr == nil {
				return uint32(n), nil
			}
		}
	}
	return 0, &NoDeviceError{Name: name, NetNS: c.Name(), Err: err}
}

// Do sends the request and waits for its acknowledgement.
func (r *Request) Do(ctx context.Context, e *Engine, netns string) error {
	return r.send(ctx, e, netns, func(c *rtnl.Conn) error { return c.Do(ctx, r.Req) })
}

// Echo does what Do does, and returns what the kernel reports that the request has
// changed, if it reports anything (see rtnl.Conn.Echo).
func (r *Request) Echo(ctx context.Context, e *Engine, netns string) (m *rtnl.Messages, err error) {
	err = r.send(ctx, e, netns, func(c *rtnl.Conn) (err error) {
		m, err = c.Echo(ctx, r.Req)
		return err
	})
	return m, err
}

// send looks up what the request refers to by name and has it sent.
func (r *Request) send(ctx context.Context, e *Engine, netns string, do func(*rtnl.Conn) error) error {
	c, err := e.Conn(netns)
	if err != nil {
		return err
	}
	refs, err := r.resolve(ctx, e, c)
	if err != nil {
		return err
	}
	defer release(refs)
	return r.named(do(c))
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
