package engine

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
)

// An Engine carries out operations. Set its fields before you use it. The zero Engine
// works on /run/netns. Several goroutines may call its methods.
type Engine struct {
	// Dir is where namespaces have their names.
	Dir nsfs.Dir
	// Observer sees the netlink traffic of every socket.
	Observer nlspec.Observer
	// OnWarning gets warnings that the kernel sends with a success.
	OnWarning func(rtnl.Warning)
	// OnInterrupted, if set, gets tables that kept changing while they were read.
	// The last reading is then used (see rtnl.Config).
	OnInterrupted func(*rtnl.InterruptedDump)
	// ReceiveBuffer is rtnl.Config's.
	ReceiveBuffer int

	mu     sync.Mutex
	places map[string]*place
	// used are the places, the one used last in front.
	used list.List
	proc sysctl.Proc
}

// A place is a namespace with the engine's socket in it.
type place struct {
	name string
	id   nsfs.ID // zero for the caller's own namespace
	conn *rtnl.Conn
	// handle is open on a namespace that [Engine.RunAll] has made and still
	// works with: meanwhile its name is not looked up.
	handle *nsfs.Handle
	at     *list.Element // in Engine.used
}

func (p *place) close() error {
	err := p.conn.Close()
	if p.handle != nil {
		err = errors.Join(err, p.handle.Close())
	}
	return err
}

// MaxSockets is how many sockets RunAll keeps open, and enough for whoever goes
// through namespaces: the limit on open files may be lower than their number.
const MaxSockets = 256

// Conn returns the engine's socket in a namespace, "" being that of the thread that
// asks for it first. Conn opens the socket on the first call, and again if the name
// has come to refer to another namespace.
func (e *Engine) Conn(netns string) (*rtnl.Conn, error) {
	c, _, err := e.conn(netns)
	return c, err
}

// conn is Conn, and says which namespace the socket is in; not so of the caller's
// own, which is not looked for.
func (e *Engine) conn(netns string) (*rtnl.Conn, nsfs.ID, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.places[netns]
	if p != nil && (netns == "" || p.handle != nil) {
		e.used.MoveToFront(p.at)
		return p.conn, p.id, nil
	}
	if netns == "" {
		c, err := rtnl.Dial(e.config(&rtnl.Config{}))
		if err == nil {
			e.keep(&place{conn: c})
		}
		return c, nsfs.ID{}, err
	}
	h, err := e.Dir.Open(netns)
	if err != nil {
		return nil, nsfs.ID{}, err
	}
	defer h.Close()
	if p != nil {
		// The socket keeps the namespace and so its inode number: equality
		// is proof.
		if p.id == h.ID() {
			e.used.MoveToFront(p.at)
			return p.conn, p.id, nil
		}
		if err := e.forget(netns); err != nil {
			return nil, nsfs.ID{}, err
		}
	}
	c, err := rtnl.Dial(e.config(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: netns}))
	if err != nil {
		return nil, nsfs.ID{}, err
	}
	e.keep(&place{name: netns, id: h.ID(), conn: c})
	return c, h.ID(), nil
}

func (e *Engine) config(cfg *rtnl.Config) *rtnl.Config {
	cfg.Observer, cfg.OnWarning, cfg.ReceiveBuffer = e.Observer, e.OnWarning, e.ReceiveBuffer
	cfg.OnInterrupted, cfg.OpenNetNS = e.OnInterrupted, e.openNetNS
	return cfg
}

func (e *Engine) keep(p *place) {
	if e.places == nil {
		e.places = make(map[string]*place)
	}
	e.places[p.name] = p
	p.at = e.used.PushFront(p)
}

// adopt adds a place that RunAll has made.
func (e *Engine) adopt(p *place) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.forget(p.name)
	e.keep(p)
	return err
}

// release closes the handles of places that RunAll has made: from now on their
// names are looked up.
func (e *Engine) release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.places {
		if p.handle != nil {
			p.handle.Close() //nolint:errcheck // it is open
			p.handle = nil
		}
	}
}

// Trim closes the least recently used sockets until at most the given number is open.
// Code that goes through thousands of namespaces calls it on the way. It may close
// sockets that Conn returned earlier.
func (e *Engine) Trim(most int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for len(e.places) > most {
		errs = append(errs, e.forget(e.used.Back().Value.(*place).name))
	}
	return errors.Join(errs...)
}

// Forget closes the engine's socket in a namespace, if there is one.
func (e *Engine) Forget(netns string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.forget(netns)
}

func (e *Engine) forget(netns string) error {
	p := e.places[netns]
	if p == nil {
		return nil
	}
	delete(e.places, netns)
	e.used.Remove(p.at)
	return p.close()
}

// Close closes all sockets. The engine may be used again.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for name := range e.places {
		errs = append(errs, e.forget(name))
	}
	e.proc.Close()
	return errors.Join(errs...)
}

// made returns the handle of a namespace that RunAll works with, nil of any other.
func (e *Engine) made(name string) *nsfs.Handle {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.places[name]; p != nil {
		return p.handle
	}
	return nil
}

// openNetNS opens a namespace that a request refers to by name, for rtnl.Config.
func (e *Engine) openNetNS(n rtnl.NetNS) (fd int, release func(), err error) {
	h, own, err := e.open(n)
	if err != nil {
		return 0, nil, err
	}
	if !own {
		return h.FD(), func() {}, nil
	}
	return h.FD(), func() { h.Close() }, nil //nolint:errcheck // it is open
}

// open opens a namespace that a request refers to by name, as iproute2 has it for the
// word after "netns". The caller closes it if it is its own.
func (e *Engine) open(n rtnl.NetNS) (h *nsfs.Handle, own bool, err error) {
	name := n.Name()
	if h := e.made(name); h != nil {
		return h, false, nil
	}
	if strings.Contains(name, "/") {
		if h, err = nsfs.OpenPath(name); err != nil {
			return nil, false, &NoNetNSError{Name: name, Err: err}
		}
		return h, true, nil
	}
	h, err = e.Dir.Open(name)
	if err == nil {
		return h, true, nil
	}
	pid, perr := strconv.Atoi(name)
	process := n.MayBePID() && perr == nil && isNotExist(err)
	if process {
		h, err = nsfs.OpenPID(pid)
	}
	if err != nil {
		return nil, false, &NoNetNSError{Name: name, Process: process, Err: err}
	}
	return h, true, nil
}

// ids returns the namespaces that a request has to do with, but for the one that it is
// sent in.
func (e *Engine) ids(r *Request) (ids []nsfs.ID, err error) {
	for n := range rtnl.NetNSs(r.Req) {
		if n.Name() == "" {
			continue // given by who knows what it is
		}
		h, own, err := e.open(n)
		if err != nil {
			return nil, err
		}
		ids = append(ids, h.ID())
		if own {
			h.Close() //nolint:errcheck // it is open
		}
	}
	for _, name := range r.Touches {
		_, id, err := e.conn(name)
		if err != nil && !isNotExist(err) {
			return nil, err
		}
		if err == nil { // else there is nothing there to keep an order with
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// Do carries out one operation. When it returns, the kernel has acknowledged
// what it did.
func (e *Engine) Do(ctx context.Context, op Op) error {
	if op.Action == nil {
		return fmt.Errorf("%w: the operation is empty", rtnl.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return op.Action.Do(ctx, e, op.NetNS)
}
