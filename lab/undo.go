package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/rtnl"
)

// An operation that the kernel has refused has done nothing and is not undone:
// what it names was there before and belongs to somebody else. If it is not
// known whether an operation was done, the kernel is asked.

// undoSockets is how many sockets are kept open while something is undone.
const undoSockets = 8

// undoFiles is how many files are opened before anything changes, so that
// undoing can open as many: undoSockets, each with the namespace of a link's
// other end, the processes that package processes watches at a time, and a few
// more.
const undoFiles = 32

// reserveFiles opens undoFiles files.
func (s *session) reserveFiles() error {
	if err := s.Reserve(undoFiles); err != nil {
		return fmt.Errorf("%w; run \"ulimit -Hn %d\" before, as root", err, descriptors)
	}
	return nil
}

// undo undoes what has been done of the steps, from the last operation to the
// first, and finally what has been written to the lab's directory.
func (s *session) undo(ctx context.Context, steps []Step, ran *engine.Progress) error {
	var errs []error
	// The limit of open files may be what has failed.
	if err := s.engine.Close(); err != nil {
		errs = append(errs, err)
	}
	s.Release()
	if err := s.spoilLines(steps, ran); err != nil {
		errs = append(errs, err)
	}
	if err := s.endPrograms(ctx, steps); err != nil {
		errs = append(errs, fmt.Errorf("end what the file has started: %w", err))
	}
	if s.createsLab {
		return few.Errors(append(errs, s.tearDown(ctx)))
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if !ran.Begun(i) {
			continue
		}
		step := &steps[i]
		ops := step.Ops()
		for k := len(ops) - 1; k >= 0; k-- {
			done, err := s.wasDone(ctx, ops[k], ran.Outcome(i, k))
			if err != nil {
				errs = append(errs, fmt.Errorf("undo %q: %w", step.String(), err))
			}
			if !done {
				continue
			}
			s.lost = append(s.lost, plan.Lost(step)...)
			for _, op := range plan.Back(step, k) {
				if err := errors.Join(s.takeBack(ctx, op), s.engine.Trim(undoSockets)); err != nil {
					errs = append(errs, fmt.Errorf("undo %q: %w", step.String(), err))
				}
			}
		}
	}
	if err := s.cfg.places().RemoveEtc(); err != nil {
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return few.Errors(append(errs, s.restorePrograms(ctx)))
	}
	return errors.Join(s.disagree(), s.restorePrograms(ctx))
}

// wasDone reports whether an operation with this outcome has done anything.
func (s *session) wasDone(ctx context.Context, op engine.Op, outcome rtnl.Status) (bool, error) {
	if a, ok := op.Action.(interface{ DidNothing() bool }); ok && a.DidNothing() {
		return false, nil
	}
	switch outcome {
	case rtnl.Done:
		return true, nil
	case rtnl.Unknown:
		return s.isThere(ctx, op)
	}
	return false, nil
}

// takeBack carries out an operation of undoing. What is already gone need not be
// deleted, and what is already there need not be made. Several routes that the
// kernel identifies by the same key, as "ip route append" makes them, are added
// in their order.
func (s *session) takeBack(ctx context.Context, op engine.Op) error {
	err := s.engine.Do(ctx, op)
	switch {
	case err == nil, deletes(op) && errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, fs.ErrExist):
		if there, lerr := s.isThere(ctx, op); lerr != nil || there {
			return lerr
		}
		if r, ok := op.Action.(*engine.Request); ok {
			if add, ok := r.Req.(*rtnl.RouteAdd); ok && add.Mode == rtnl.ModeAdd {
				behind := *r
				behind.Req = &rtnl.RouteAdd{Route: add.Route, Mode: rtnl.ModeAppend}
				return s.engine.Do(ctx, engine.Op{NetNS: op.NetNS, Action: &behind})
			}
		}
	}
	return err
}

// deletes reports whether an operation of undoing deletes something.
func deletes(op engine.Op) bool {
	switch a := op.Action.(type) {
	case *engine.NetNSDel, *nodename.Removal:
		return true
	case *engine.Request:
		switch a.Req.(type) {
		case *rtnl.LinkDel, *rtnl.AddrDel, *rtnl.RouteDel:
			return true
		}
	}
	return false
}

// isThere reports whether what an operation makes is there. It is true of an
// operation that sets or deletes something: undoing that does no harm if it was
// not done.
func (s *session) isThere(ctx context.Context, op engine.Op) (bool, error) {
	switch a := op.Action.(type) {
	case *nodename.Name:
		return a.Done(), nil
	case *nodename.Again:
		return a.Done(), nil
	case *engine.Request:
		there, err := s.hasObject(ctx, op.NetNS, a.Req)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil // its namespace or its link is gone
		}
		return there, err
	}
	return true, nil
}

// hasObject reports whether the object that a request makes is there.
func (s *session) hasObject(ctx context.Context, node string, r rtnl.Request) (bool, error) {
	var look func(c *rtnl.Conn) (bool, error)
	switch r := r.(type) {
	case *rtnl.LinkAdd:
		look = func(c *rtnl.Conn) (bool, error) {
			l, err := c.Link(ctx, rtnl.LinkIndex(r.Index))
			return err == nil && l.Name == r.Name && l.Kind == r.Kind.Kind(), err
		}
	case *rtnl.AddrAdd:
		look = func(c *rtnl.Conn) (bool, error) {
			addrs, err := c.Addrs(ctx, rtnl.AddrDump{Index: r.Link.Index})
			for i := range addrs {
				if addrs[i].Link.Index == r.Link.Index && addrs[i].Prefix == r.Prefix && addrs[i].Peer == r.Peer {
					return true, err
				}
			}
			return false, err
		}
	case *rtnl.RouteAdd:
		look = func(c *rtnl.Conn) (bool, error) {
			want := r.Route.Normal()
			routes, err := c.Routes(ctx, rtnl.RouteDump{Family: want.Family, Table: want.Table})
			for i := range routes {
				if live.SameRoute(&want, &routes[i]) {
					return true, err
				}
			}
			return false, err
		}
	default:
		return true, nil
	}
	c, err := s.engine.Conn(node)
	if err != nil {
		return false, err
	}
	return look(c)
}
