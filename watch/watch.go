package watch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
)

// Config says what to watch.
type Config struct {
	// Dir is the directory with the names of the namespaces; the zero Dir is
	// that of ip-netns(8).
	Dir nsfs.Dir
	// Which says whether to watch the namespace with a name, and what to call
	// it. Nil watches all, under their names. It may be called again when a
	// name comes back.
	Which func(name string) (Space, bool)
	// Kinds are the kinds of objects to watch. The zero Kinds means all.
	Kinds Kinds
	// Buffer is the size of the receive buffer in bytes, for all namespaces
	// together, as in rtnl.MonitorConfig. It limits how much the kernel keeps
	// for a slow reader, and is not allocated in advance. 0 means
	// DefaultBuffer. Without CAP_NET_ADMIN in the initial user namespace,
	// net.core.rmem_max limits it.
	Buffer int
	// Repeated asks for notifications that change nothing as well.
	Repeated bool
	// Observer sees all netlink traffic.
	Observer nlspec.Observer
	// Event is called for each event, one after another; events of one
	// namespace come in order. If it returns an error, Run ends with it. While
	// Event runs, Run receives nothing.
	Event func(*Event) error
}

// DefaultBuffer is the default size of the receive buffer in bytes. The kernel
// doubles it, and counts about a KiB for each notification, so there is room
// for some 100,000.
const DefaultBuffer = 64 << 20

// watcher is the state of one Run. All of it belongs to Run's goroutine, except
// done and processes.
type watcher struct {
	ctx       context.Context // of Run
	cfg       Config
	kinds     Kinds // the kinds that are listened to
	tellLinks bool  // links are reported too; they are always listened to, for their names
	processes processes

	listener listener
	dir      *directory
	wake     *waker

	// spaces are the watched namespaces by their ids in the listener, and
	// byInode by their identities. names are all names that are watched or may
	// come to be.
	spaces  map[int32]*space
	byInode map[nsfs.ID]*space
	names   map[string]*name
	unbound map[string]*name // the names that lead to no namespace
	doubted []string         // names to look at in the next turn
	mounts  patrol           // looks at all names after something was mounted or unmounted
	silent  patrol           // looks at what may change without an event

	queue    queue // namespaces to be read
	reading  int   // number of namespaces being read
	awaited  int   // number of first readings that Ready waits for
	running  sync.WaitGroup
	done     finished
	shortage shortage

	ready  bool // Ready has been reported
	unread map[*space]bool
	lost   bool // Lost has been reported, and Reread has not
	missed int  // number of differences reported since
}

// Run watches until the context ends, which is not an error, or until something
// fails. First it reads all existing namespaces; then it sends Ready. It needs
// CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_BROADCAST.
func Run(ctx context.Context, cfg Config) (err error) {
	ctx, stop := context.WithCancel(ctx)
	w := newWatcher(ctx, cfg)
	if w.wake, err = newWaker(); err != nil {
		stop()
		return err
	}
	defer func() { err = errors.Join(err, w.wake.Close()) }()
	if w.dir, err = openDirectory(cfg.Dir); err != nil {
		stop()
		return err
	}
	defer w.dir.close()
	if err := w.listen(); err != nil {
		stop()
		return err
	}
	defer func() { err = errors.Join(err, w.listener.close()) }()
	defer w.running.Wait()
	defer stop()
	defer context.AfterFunc(ctx, w.wake.wake)()
	if err = w.run(); ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		err = nil
	}
	return err
}

func newWatcher(ctx context.Context, cfg Config) *watcher {
	w := &watcher{
		ctx: ctx, cfg: cfg, kinds: cfg.Kinds, tellLinks: cfg.Kinds.Has(Link),
		spaces: make(map[int32]*space), byInode: make(map[nsfs.ID]*space),
		names: make(map[string]*name), unbound: make(map[string]*name), unread: make(map[*space]bool),
		mounts: patrol{factor: restFactor},
		silent: patrol{factor: silentFactor, pause: silentPause, due: time.Now()},
	}
	if w.kinds != 0 {
		w.kinds |= 1 << Link
	}
	return w
}

func (w *watcher) run() error {
	if err := w.list(); err != nil {
		return err
	}
	for w.ctx.Err() == nil {
		if err := w.lookAround(); err != nil {
			return err
		}
		if err := w.turn(); err != nil {
			return err
		}
		if w.awaited == 0 && !w.ready {
			if err := w.tellReady(); err != nil {
				return err
			}
		}
		if err := w.wait(); err != nil {
			return err
		}
	}
	return w.receive() // what was sent before the end
}

// turn handles everything that came, except names.
func (w *watcher) turn() error {
	if err := w.ended(); err != nil {
		return err
	}
	// Notifications from before the end of a reading come before its results.
	done := w.done.take()
	if err := w.receive(); err != nil {
		return err
	}
	for i := range done {
		if err := w.finish(&done[i]); err != nil {
			return err
		}
	}
	return w.read()
}

// wait waits until there is something to do.
func (w *watcher) wait() error {
	if len(w.doubted) > 0 {
		return nil
	}
	due := w.silent.due
	for _, other := range []time.Time{w.mounts.due, w.shortage.due, w.readDue()} {
		if !other.IsZero() && other.Before(due) {
			due = other
		}
	}
	return w.wake.wait(time.Until(due), w.dir, &w.listener)
}

func (w *watcher) tellReady() error {
	n := 0
	for _, s := range w.spaces {
		if s.watched {
			n++
			s.told = true
		}
	}
	w.ready = true
	return w.tell(Event{Kind: NetNS, Action: Ready, Count: n})
}

// tell hands over an event.
func (w *watcher) tell(e Event) error {
	e.Time = time.Now()
	return w.cfg.Event(&e)
}
