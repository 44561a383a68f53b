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

// An Engine carries out operations. Set its fields before you use it. The zero
// Engine works on /run/netns. Several goroutines may call its methods.
type Engine struct {
	// Dir is the directory of the namespaces' names.
	Dir nsfs.Dir
	// Observer sees the netlink traffic of every socket.
	Observer nlspec.Observer
	// OnWarning gets warnings that the kernel sends with a success.
	OnWarning func(rtnl.Warning)
	// OnInterrupted, if set, gets tables that kept changing while they were
	// read. The last reading is then used (see rtnl.Config).
	OnInterrupted func(*rtnl.InterruptedDump)
	// ReceiveBuffer is rtnl.Config's.
	ReceiveBuffer int
	// Peer, if set, takes the kernel's place for every socket (package
	// rtnltest). Then no namespace is opened: the Peer knows it by its name
	// alone. What is not netlink still needs the kernel: NetNSAdd, NetNSAttach,
	// NetNSDel, SysctlSet and VisitEach.
	Peer rtnl.Peer

	mu      sync.Mutex
	sockets map[string]*socket
	// used holds the sockets, the most recently used first.
	used list.List
	proc sysctl.Proc
}

// A socket is the engine's Conn in one namespace.
type socket struct {
	name string
	id   nsfs.ID // zero for the caller's own namespace, and with Engine.Peer
	conn *rtnl.Conn
	// handle is set while [Engine.RunAll] works with a namespace that it
	// created. Until then its name is not looked up.
	handle *nsfs.Handle
	at     *list.Element // in Engine.used
}

func (s *socket) close() error {
	err := s.conn.Close()
	if s.handle != nil {
		err = errors.Join(err, s.handle.Close())
	}
	return err
}

// MaxSockets is how many sockets RunAll keeps open. It is enough for code that
// goes through namespaces, whose number may exceed the limit on open files.
const MaxSockets = 256

// Conn returns the engine's socket in a namespace. "" is the namespace of the
// thread that asks for it first. Conn opens the socket on the first call, and
// again if the name now refers to another namespace.
func (e *Engine) Conn(netns string) (*rtnl.Conn, error) {
	c, _, err := e.conn(netns)
	return c, err
}

// conn does what Conn does and also returns the id of the namespace. The id is
// zero for the caller's own, which is not looked up, and with a Peer.
func (e *Engine) conn(netns string) (*rtnl.Conn, nsfs.ID, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.sockets[netns]
	if s != nil && (netns == "" || s.handle != nil || e.Peer != nil) {
		e.used.MoveToFront(s.at)
		return s.conn, s.id, nil
	}
	if netns == "" || e.Peer != nil {
		c, err := rtnl.Dial(e.config(&rtnl.Config{Name: netns}))
		if err == nil {
			e.keep(&socket{name: netns, conn: c})
		}
		return c, nsfs.ID{}, err
	}
	h, err := e.Dir.Open(netns)
	if err != nil {
		return nil, nsfs.ID{}, err
	}
	defer h.Close()
	if s != nil {
		// The socket keeps the namespace alive, so its inode number is not
		// reused.
		if s.id == h.ID() {
			e.used.MoveToFront(s.at)
			return s.conn, s.id, nil
		}
		if err := e.forget(netns); err != nil {
			return nil, nsfs.ID{}, err
		}
	}
	c, err := rtnl.Dial(e.config(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: netns}))
	if err != nil {
		return nil, nsfs.ID{}, err
	}
	e.keep(&socket{name: netns, id: h.ID(), conn: c})
	return c, h.ID(), nil
}

func (e *Engine) config(cfg *rtnl.Config) *rtnl.Config {
	cfg.Observer, cfg.OnWarning, cfg.ReceiveBuffer = e.Observer, e.OnWarning, e.ReceiveBuffer
	cfg.OnInterrupted, cfg.Peer = e.OnInterrupted, e.Peer
	if e.Peer == nil {
		cfg.OpenNetNS = e.openNetNS
	}
	return cfg
}

func (e *Engine) keep(s *socket) {
	if e.sockets == nil {
		e.sockets = make(map[string]*socket)
	}
	e.sockets[s.name] = s
	s.at = e.used.PushFront(s)
}

// adopt adds a socket that RunAll opened.
func (e *Engine) adopt(s *socket) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.forget(s.name)
	e.keep(s)
	return err
}

// release closes the handles of namespaces that RunAll created. From then on
// their names are looked up.
func (e *Engine) release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.sockets {
		if s.handle != nil {
			s.handle.Close() //nolint:errcheck // it is open
			s.handle = nil
		}
	}
}

// Trim closes the least recently used sockets until at most the given number is
// open. Code that goes through thousands of namespaces calls it on the way. It
// may close sockets that Conn returned earlier.
func (e *Engine) Trim(most int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for len(e.sockets) > most {
		errs = append(errs, e.forget(e.used.Back().Value.(*socket).name))
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
	s := e.sockets[netns]
	if s == nil {
		return nil
	}
	delete(e.sockets, netns)
	e.used.Remove(s.at)
	return s.close()
}

// Close closes all sockets. The engine may be used again.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for name := range e.sockets {
		errs = append(errs, e.forget(name))
	}
	e.proc.Close()
	return errors.Join(errs...)
}

// made returns the handle of a namespace that RunAll created and still works
// with, or nil.
func (e *Engine) made(name string) *nsfs.Handle {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.sockets[name]; s != nil {
		return s.handle
	}
	return nil
}

// openNetNS opens a namespace that a request refers to by name, for
// rtnl.Config.
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

// open opens a namespace that a request names, by iproute2's rules for the word
// after "netns". If own is true, the caller must close it.
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

// ids returns the namespaces that a request affects, except the one it is sent
// in.
func (e *Engine) ids(r *Request) (ids []nsfs.ID, err error) {
	if e.Peer != nil {
		return nil, nil // ids are all zero, so that the queue keeps the order
	}
	for n := range rtnl.NetNSs(r.Req) {
		if n.Name() == "" {
			continue // an id or a descriptor, which the caller knows
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
		if err == nil { // otherwise there is nothing to keep an order with
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// Do carries out one operation. When it returns, the kernel has acknowledged
// it.
func (e *Engine) Do(ctx context.Context, op Op) error {
	if op.Action == nil {
		return fmt.Errorf("%w: the operation is empty", rtnl.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return op.Action.Do(ctx, e, op.NetNS)
}
