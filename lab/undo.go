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

// What the kernel has refused has done nothing, and is not taken back: what it names
// was there before, and is somebody else's. Where nobody knows whether something has
// been done, it is looked up.

// undoSockets is how many sockets are kept open while something is undone.
const undoSockets = 8

// undoFiles is how many files are opened before anything changes, so that undoing can open
// as many: undoSockets, in a namespace of another link end each, the processes that package processes watches
// at a time, and a few.
const undoFiles = 32

// reserveFiles opens them.
func (s *session) reserveFiles() error {
	if err := s.Reserve(undoFiles); err != nil {
		return fmt.Errorf("%w; run \"ulimit -Hn %d\" before, as root", err, descriptors)
	}
	return nil
}

// undo takes back what has been done of steps, the last operation first, and what was
// written down last of all.
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
	if len(errs) > 0 {
		return few.Errors(append(errs, s.restorePrograms(ctx)))
	}
	return errors.Join(s.disagree(), s.restorePrograms(ctx))
}

// wasDone reports whether an operation has done anything, where that is what came of
// it.
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

// takeBack carries out an operation of undoing. What is gone already need not be
// deleted, and what is there already need not be made. Of several routes that the kernel
// takes for one, as they come of "ip route append", each goes behind those before it.
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

// isThere reports whether what an operation makes is there. Of one that makes
// nothing, but sets or deletes something, it reports true: taking that back does no
// harm where it has not been done.
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
