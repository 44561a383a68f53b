package nsfs

import (
	"context"
	"os"
	"sync"
)

// Locked is a directory whose lock is held, for giving and removing many names:
// each then costs neither the lock nor the directory's preparation, which takes the
// kernel longer the more namespaces are there. Meanwhile `ip netns add` and the
// methods of a [Dir] on the same directory wait. Its methods may be called by
// several goroutines, and take turns.
type Locked struct {
	mu sync.Mutex
	s  *session // nil after Unlock
}

// Lock makes the directory where it is missing, prepares it as [Dir.Create] does,
// and holds its lock until Unlock. A cancelled ctx ends the wait for the lock.
func (d Dir) Lock(ctx context.Context) (*Locked, error) {
	s, err := d.setup(ctx, nil)
	if err != nil {
		return nil, &Error{Op: "lock the directory of network namespaces", Path: d.path(), Err: err}
	}
	return &Locked{s: s}, nil
}

// Bind gives a name to an open namespace, as [Dir.Bind] does.
func (l *Locked) Bind(name string, h *Handle) error {
	return l.do(opBind, name, func() error {
		if err := CheckName(name); err != nil {
			return err
		}
		return l.s.bind(name, h)
	})
}

// Delete removes a name, as [Dir.Delete] does.
func (l *Locked) Delete(name string) error {
	return l.do(opDelete, name, func() error {
		if err := checkFileName(name); err != nil {
			return err
		}
		return l.s.remove(name, nil)
	})
}

func (l *Locked) do(op, name string, fn func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.s == nil {
		return &Error{Op: op, Name: name, Err: os.ErrClosed}
	}
	if err := fn(); err != nil {
		return l.s.d.fail(op, name, err)
	}
	return nil
}

// Unlock gives the lock back. A second Unlock returns an error that matches
// os.ErrClosed, as the other methods do from then on.
func (l *Locked) Unlock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.s == nil {
		return os.ErrClosed
	}
	l.s.end()
	l.s = nil
	return nil
}
