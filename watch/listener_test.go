package watch

import (
	"errors"
	"runtime"
	"slices"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Without CAP_NET_BROADCAST the kernel would be silent.
func TestMayBroadcast(t *testing.T) {
	must(t, mayBroadcast())
	err := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		if e := unix.Capget(&header, &data[0]); e != nil {
			err <- e
			return
		}
		data[0].Effective &^= 1 << unix.CAP_NET_BROADCAST
		if e := unix.Capset(&header, &data[0]); e != nil {
			err <- e
			return
		}
		err <- mayBroadcast()
	}()
	if e := <-err; !errors.Is(e, unix.EPERM) {
		t.Errorf("got %v", e)
	}
}

// listening returns a watcher that listens, and does nothing by itself.
func listening(t *testing.T, event func(*Event) error) *watcher {
	t.Helper()
	w := newWatcher(t.Context(), Config{Event: event})
	must(t, w.listen())
	t.Cleanup(func() { must(t, w.listener.close()) })
	return w
}

// Namespaces end while nobody receives the removals of their ids, and that
// buffer overruns.
func TestIntegrationEndsOverrun(t *testing.T) {
	h, _ := namespace(t, "watch-stays")
	w := listening(t, func(*Event) error { return nil })
	must(t, w.look("watch-stays"))
	ended, err := nsfs.New()
	must(t, err)
	id, err := w.listener.add(t.Context(), ended)
	must(t, err)
	w.spaces[id] = &space{w: w, id: id, names: []*name{{Space: Space{NetNS: "watch-ended"}}}}
	rc, err := w.listener.ends.SyscallConn()
	must(t, err)
	must(t, rc.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 1) }), err)
	for range 10 { // more than the buffer holds
		other, err := nsfs.New()
		must(t, err)
		_, err = w.listener.add(t.Context(), other)
		must(t, err, other.Close())
	}
	must(t, ended.Close())
	for alive := true; alive; {
		ids, err := w.listener.ids.NSIDs(t.Context(), rtnl.NSIDDump{})
		must(t, err)
		alive = slices.ContainsFunc(ids, func(n rtnl.NSID) bool { return n.ID == id })
	}
	must(t, w.ended())
	if !w.spaces[id].ended || !slices.Equal(w.doubted, []string{"watch-ended"}) {
		t.Errorf("its end was missed; to look at: %q", w.doubted)
	}
	if s := w.byInode[h.ID()]; s == nil || s.ended {
		t.Errorf("got %+v", s)
	}
}

// A name is deleted and created again between two looks, and the kernel gives
// the new namespace the inode number of the one that ended.
func TestIntegrationNumberUsedAgain(t *testing.T) {
	var told []string
	w := listening(t, func(e *Event) error {
		told = append(told, e.String())
		return nil
	})
	w.ready = true
	ended := anonymous(t, "v0")
	must(t, nsfs.Dir{}.Bind(t.Context(), "watch-again", ended), w.look("watch-again"))
	was := w.names["watch-again"].space
	must(t, w.appeared(was), ended.Close(), nsfs.Dir{}.Delete(t.Context(), "watch-again"))
	linkGone(t, "v0")
	h, _ := namespace(t, "watch-again")
	// Other programs may have taken the number meanwhile, so give the old
	// namespace the new one's number.
	delete(w.byInode, was.inode)
	was.inode = h.ID()
	w.byInode[was.inode] = was
	must(t, w.look("watch-again"))
	now := w.names["watch-again"].space
	must(t, w.appeared(now))
	want := []string{"watch-again: namespace appeared", "watch-again: namespace is gone", "watch-again: namespace appeared"}
	if now == was || now.id == was.id || !slices.Equal(told, want) {
		t.Errorf("ids %d and %d, told %q", was.id, now.id, told)
	}
}
