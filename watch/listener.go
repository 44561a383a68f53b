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

// A listener hears many namespaces through one socket. It has its own network
// namespace, in which nothing happens and which ends with it. There each
// namespace that it should hear gets an id, with which the kernel marks the
// namespace's notifications (NETLINK_LISTEN_ALL_NSID). An id does not keep a
// namespace alive; when the namespace ends, the kernel removes the id and says
// so.
type listener struct {
	changes *rtnl.Monitor // hears changes in the namespaces with an id
	ends    *rtnl.Monitor // hears the removal of ids
	ids     *rtnl.Conn
	next    int32 // the id of the next namespace; ids are not reused
	fds     []int32
}

// ownPort is the port of the listening socket. If a request has NLM_F_ECHO, the
// kernel does not send the notification to sockets with the requester's port
// number, in any namespace (nlmsg_notify and do_one_broadcast in
// net/netlink/af_netlink.c). So the port must differ from all others. No
// program's port ends in 22 zero bits by itself: the kernel assigns process
// ids, which are smaller, or negative numbers (netlink_autobind), and libnl
// puts the process id into the lower 22 bits.
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
		// Routes change with nexthop objects. The group exists since Linux 5.3.
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

// listenerName is the label of the listener's own namespace in errors and for
// the Observer.
const listenerName = "watch"

// nameOf returns the label of the namespace with an id, for the Observer.
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

// add adds a namespace to those that are heard, and returns its id.
func (l *listener) add(ctx context.Context, h *nsfs.Handle) (int32, error) {
	ns := rtnl.NetNSFD(h.FD())
	err := l.ids.Do(ctx, &rtnl.NSIDSet{NetNS: ns, ID: l.next})
	if errors.Is(err, fs.ErrExist) {
		return l.ids.NSID(ctx, rtnl.NSIDGet{NetNS: ns}) // it has had a name before
	}
	if err != nil {
		return 0, err
	}
	l.next++
	return l.next - 1, nil
}

// mayBroadcast returns an error if the calling thread may not listen to other
// namespaces, because the kernel would just be silent.
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

// receive takes the notifications received so far. It ends even if changes
// never stop, because after an overrun the kernel drops everything until the
// buffer is empty.
func (w *watcher) receive() error {
	for {
		n, ok, err := w.listener.changes.TryReceive()
		switch {
		case errors.Is(err, rtnl.ErrLost):
			err = w.overrun()
		case errors.Is(err, rtnl.ErrMalformed):
			// It is not known which namespace it came from.
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

// ended takes the notifications about namespaces that have ended. Their names
// are looked at in the next turn.
//
// The kernel removes a namespace's id before its inode number can be reused
// (unhash_nsid and ns_common_free, from cleanup_net in
// net/core/net_namespace.c). So after looking at a name and then calling ended,
// the inode identifies the namespace.
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

// endedSilently asks which namespaces exist.
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

// end handles the end of a namespace; nil stands for one that is not watched.
func (w *watcher) end(s *space) {
	if s == nil || s.ended {
		return
	}
	s.ended = true
	delete(w.byInode, s.inode)
	w.doubt(s)
}
