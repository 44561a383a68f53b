package watch

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
)

// Config says what is watched.
type Config struct {
	// Dir has the names of the namespaces; the zero Dir is that of ip-netns(8).
	Dir nsfs.Dir
	// Which says whether the namespace of a name is watched, and what it is called. Nil
	// watches all, under their names. It may be called again when a name comes back.
	Which func(name string) (Space, bool)
	// Kinds are watched. The zero Kinds is all.
	Kinds Kinds
	// Buffer is the size of each socket's receive buffer in bytes, as in
	// rtnl.MonitorConfig. It bounds how much the kernel keeps for a reader that is
	// late, and is not taken in advance. 0 asks for 1 MiB.
	Buffer int
	// Repeated asks for notifications that change nothing, too.
	Repeated bool
	// Observer sees all netlink traffic.
	Observer nlspec.Observer
	// Event gets each event, one after the other, those of one namespace in order.
	// Run ends with its error. While it runs nothing is received.
	Event func(*Event) error
}

// watcher is one Run.
type watcher struct {
	cfg       Config
	kinds     Kinds // what is listened to
	tellLinks bool  // links are listened to for their names in any case
	processes processes
	fail      context.CancelCauseFunc

	telling sync.Mutex
	ready   bool // Ready was told

	// spaces are those that are watched, by their identities and by their names.
	spaces map[nsfs.ID]*space
	byName map[string]*space
	// unbound are names that no namespace has been mounted on yet.
	unbound map[string]bool
	opening chan struct{} // bounds how many are opened at a time
	first   sync.WaitGroup
	running sync.WaitGroup
}

// Run watches until the context ends, which is no error, or until something fails. First it
// reads all namespaces that are there; then it sends Ready.
func Run(ctx context.Context, cfg Config) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	w := &watcher{
		cfg: cfg, kinds: cfg.Kinds, tellLinks: cfg.Kinds.Has(Link), fail: fail,
		spaces: make(map[nsfs.ID]*space), byName: make(map[string]*space), unbound: make(map[string]bool),
		opening: make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
	}
	if w.kinds != 0 {
		w.kinds |= 1 << Link
	}
	err := w.run(ctx)
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		err = cause
	}
	fail(nil)
	w.running.Wait()
	return err
}

func (w *watcher) run(ctx context.Context) error {
	names, err := openNames(w.cfg.Dir)
	if err != nil {
		return err
	}
	defer names.close()
	defer context.AfterFunc(ctx, names.wake)()
	if err := w.list(ctx); err != nil {
		return err
	}
	w.first.Wait()
	if ctx.Err() != nil {
		return nil
	}
	if err := w.tell(Event{Kind: NetNS, Action: Ready, Count: len(w.spaces)}); err != nil {
		return err
	}
	w.ready = true
	for {
		changed, all, err := names.wait(len(w.unbound) > 0)
		if err != nil || ctx.Err() != nil {
			return err
		}
		if all {
			if err := w.list(ctx); err != nil {
				return err
			}
			continue
		}
		for name := range w.unbound {
			changed = append(changed, name)
		}
		for _, name := range changed {
			if err := w.look(ctx, name); err != nil {
				return err
			}
		}
	}
}

// list looks at all names: at those that are there, and at those that were.
func (w *watcher) list(ctx context.Context) error {
	names, err := w.cfg.Dir.List()
	if err != nil {
		return err
	}
	for name := range w.byName {
		names = append(names, name)
	}
	for _, name := range names {
		if err := w.look(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// tell hands an event over.
func (w *watcher) tell(e Event) error {
	e.Time = time.Now()
	w.telling.Lock()
	defer w.telling.Unlock()
	return w.cfg.Event(&e)
}
