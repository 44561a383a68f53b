package plan

import (
	"context"
	"errors"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// bindNode makes the namespace of a node again when its removal is undone. A
// file without a namespace on it, which that removal may have left, is in the
// way and is the lab's own.
type bindNode struct{ name string }

// Do implements engine.Action.
func (a *bindNode) Do(ctx context.Context, e *engine.Engine, _ string) error {
	h, err := e.Dir.Create(ctx, a.name)
	if errors.Is(err, nsfs.ErrNotNamespace) {
		if err := e.Dir.Delete(ctx, a.name); err != nil {
			return err
		}
		h, err = e.Dir.Create(ctx, a.name)
	}
	if err != nil {
		return err
	}
	return h.Close()
}

// dropLink deletes a link unless it is gone.
type dropLink struct {
	*engine.Request
	nothing bool // it was gone
}

// Do implements engine.Action.
func (a *dropLink) Do(ctx context.Context, e *engine.Engine, node string) error {
	err := a.Request.Do(ctx, e, node)
	if a.nothing = errors.Is(err, unix.ENODEV); a.nothing {
		return nil
	}
	return err
}

// DidNothing reports whether Do has found nothing to do.
func (a *dropLink) DidNothing() bool { return a.nothing }

// deletion is what deletes an end of a veth pair. If the other end is in none
// of the lab's namespaces, that one may have been deleted, and the kernel
// delete both at any time.
func deletion(l *live.Link) engine.Action {
	del := delLink(l.Name, l.Index)
	if l.PeerNode == "" {
		return &dropLink{Request: del}
	}
	del.Touches = []string{l.PeerNode}
	return del
}
