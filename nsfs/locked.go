package nsfs

import (
	"context"
	"os"
	"sync"
)

// Locked is a directory whose lock is held, to create or remove many names.
// This saves taking the lock and preparing the directory for each name, which
// takes the kernel longer the more namespaces there are. Meanwhile, `ip netns
// add` and the methods of a [Dir] on the same directory wait. Several
// goroutines may call its methods, which take turns.
type Locked struct {
	mu   sync.Mutex
	lock *dirLock // nil after Unlock
}

// Lock creates the directory if it is missing, prepares it as [Dir.Create]
// does, and holds its lock until Unlock. Cancelling ctx ends the wait for the
// lock.
func (d Dir) Lock(ctx context.Context) (*Locked, error) {
	lk, err := d.setup(ctx, nil)
	if err != nil {
		return nil, &Error{Op: "lock the directory of network namespaces", Path: d.path(), Err: err}
	}
	return &Locked{lock: lk}, nil
}

// Bind gives a name to an open namespace, as [Dir.Bind] does.
func (l *Locked) Bind(name string, h *Handle) error {
	return l.do(opBind, name, func() error {
		if err := CheckName(name); err != nil {
			return err
		}
		return l.lock.bind(name, h)
	})
}

// Delete removes a name, as [Dir.Delete] does.
func (l *Locked) Delete(name string) error {
	return l.do(opDelete, name, func() error {
		if err := checkFileName(name); err != nil {
			return err
		}
		return l.lock.remove(name, nil)
	})
}

func (l *Locked) do(op, name string, fn func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lock == nil {
		return &Error{Op: op, Name: name, Err: os.ErrClosed}
	}
	if err := fn(); err != nil {
		return l.lock.d.fail(op, name, err)
	}
	return nil
}

// Unlock releases the lock. After that, all methods return an error that
// matches os.ErrClosed.
func (l *Locked) Unlock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lock == nil {
		return os.ErrClosed
	}
	l.lock.end()
	l.lock = nil
	return nil
}
