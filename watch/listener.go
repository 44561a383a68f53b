package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A listener hears many namespaces through one socket. It has a network namespace of its
// own, in which nothing happens and that ends with it: there each namespace that it is to
// hear gets an id, with which the kernel marks what comes from it
// (NETLINK_LISTEN_ALL_NSID). An id keeps no namespace alive; the kernel removes it, and says
// so, when the namespace ends.
type listener struct {
	changes *rtnl.Monitor // of the namespaces that have an id
	ends    *rtnl.Monitor // of ids
	ids     *rtnl.Conn
	next    int32 // the id of the next namespace: none is used twice
	fds     []int32
}

// ownPort is the port of the socket that listens. The kernel does not tell a port of what
// was asked for with NLM_F_ECHO through one of the same number, in whichever namespace
// (nlmsg_notify and do_one_broadcast in net/netlink/af_netlink.c). No program's port ends in
// 22 zeros by itself: the kernel gives process ids, which are less, or negative numbers
// (netlink_autobind), and libnl puts the process id into the lower 22 bits.
const ownPort = 1 << 30

// listen opens the listener.
func (w *watcher) listen() (err error) {
	if err := mayBroadcast(); err != nil {
		return err
	}
	own, err := nsfs.New()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	l := &w.listener
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	size := w.cfg.Buffer
	if size == 0 {
		size = DefaultBuffer
	}
	l.changes, err = rtnl.Listen(&rtnl.MonitorConfig{
		NetNS: rtnl.NetNSFD(own.FD()), Name: listenerName, Observer: w.cfg.Observer, ReceiveBuffer: size,
		AllNSIDs: true, NSIDName: w.nameOf, PortID: ownPort, Groups: w.kinds.groups(),
	})
	if err != nil {
		return err
	}
	if w.kinds.Has(Route) {
		// Routes change with nexthop objects. The group is there since Linux 5.3.
		if err := l.changes.Join(unix.RTNLGRP_NEXTHOP); err != nil && !errors.Is(err, unix.EINVAL) {
			return err
		}
	}
	l.ends, err = rtnl.Listen(&rtnl.MonitorConfig{
		NetNS: rtnl.NetNSFD(own.FD()), Name: listenerName, Observer: w.cfg.Observer, Groups: []uint32{unix.RTNLGRP_NSID},
	})
	if err != nil {
		return err
	}
	l.ids, err = rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(own.FD()), Name: listenerName, Observer: w.cfg.Observer})
	if err != nil {
		return err
	}
	for _, m := range []*rtnl.Monitor{l.changes, l.ends} {
		rc, err := m.SyscallConn()
		if err != nil {
			return err
		}
		if err := rc.Control(func(fd uintptr) { l.fds = append(l.fds, int32(fd)) }); err != nil {
			return err
		}
	}
	return nil
}

// listenerName labels the listener's own namespace in errors and for the Observer.
const listenerName = "watch"

// nameOf labels the namespace with an id for the Observer.
func (w *watcher) nameOf(id int32) string {
	if s := w.spaces[id]; s != nil {
		return s.NetNS
	}
	return ""
}

func (l *listener) close() error {
	var errs []error
	if l.changes != nil {
		errs = append(errs, l.changes.Close())
	}
	if l.ends != nil {
		errs = append(errs, l.ends.Close())
	}
	if l.ids != nil {
		errs = append(errs, l.ids.Close())
	}
	return errors.Join(errs...)
}

// add makes a namespace be heard, and returns its id.
func (l *listener) add(ctx context.Context, h *nsfs.Handle) (int32, error) {
	ns := rtnl.NetNSFD(h.FD())
	err := l.ids.Do(ctx, &rtnl.NSIDSet{NetNS: ns, ID: l.next})
	if errors.Is(err, fs.ErrExist) {
		return l.ids.NSID(ctx, rtnl.NSIDGet{NetNS: ns}) // it had a name before
	}
	if err != nil {
		return 0, err
	}
	l.next++
	return l.next - 1, nil
}

// mayBroadcast returns an error if the calling thread may not listen to other namespaces: the
// kernel says nothing then.
func mayBroadcast() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	if data[0].Effective&(1<<unix.CAP_NET_BROADCAST) == 0 {
		return fmt.Errorf("listening in many namespaces: %w: CAP_NET_BROADCAST is needed", unix.EPERM)
	}
	return nil
}

// receive takes what the kernel has told of the namespaces so far. It comes to an end however
// much changes: when the buffer overruns, the kernel tells of nothing until all that is in
// it was taken.
func (w *watcher) receive() error {
	for {
		n, ok, err := w.listener.changes.TryReceive()
		switch {
		case errors.Is(err, rtnl.ErrLost):
			err = w.overrun()
		case errors.Is(err, rtnl.ErrMalformed):
			// Of which namespace it was is not known.
			if err = w.tell(Event{Kind: NetNS, Action: Problem, Err: err}); err == nil {
				err = w.overrun()
			}
		case err != nil || !ok:
			return err
		default:
			if id, other := n.NSID.Get(); other {
				if s := w.spaces[id]; s != nil {
					err = s.notification(n)
				}
			}
		}
		if err != nil {
			return err
		}
	}
}

// ended takes what the kernel has told of namespaces that ended. What their names stand
// for now is looked at in the next turn.
//
// The kernel removes a namespace's id before the number of its inode can be another's
// (unhash_nsid and ns_common_free, from cleanup_net in net/core/net_namespace.c). So whoever
// looks at a name and calls ended then knows by the inode which namespace it was.
func (w *watcher) ended() error {
	lost := false
	for {
		n, ok, err := w.listener.ends.TryReceive()
		switch {
		case errors.Is(err, rtnl.ErrLost) || errors.Is(err, rtnl.ErrMalformed):
			lost = true
		case err != nil:
			return err
		case !ok && lost:
			return w.endedSilently()
		case !ok:
			return nil
		case n.Type == unix.RTM_DELNSID:
			id, err := rtnl.DecodeNSID(n.Message)
			if err != nil {
				return err
			}
			w.end(w.spaces[id.ID])
		}
	}
}

// endedSilently asks which namespaces there are.
func (w *watcher) endedSilently() error {
	list, err := w.listener.ids.NSIDs(w.ctx, rtnl.NSIDDump{})
	if err != nil {
		return err
	}
	alive := make(map[int32]bool, len(list))
	for _, n := range list {
		alive[n.ID] = true
	}
	for id, s := range w.spaces {
		if !alive[id] {
			w.end(s)
		}
	}
	return nil
}

// end is told that a namespace has ended; nil is one that is not watched.
func (w *watcher) end(s *space) {
	if s == nil || s.ended {
		return
	}
	s.ended = true
	delete(w.byInode, s.inode)
	w.doubt(s)
}
