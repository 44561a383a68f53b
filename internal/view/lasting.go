package view

import (
	"errors"
	"fmt"
	"slices"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// Overlays and tmpfs with a size are mounted once, by up, in the node's
// directory in the lab's tmpfs, and stay as long as the node is there.

// errNotMounted is about what up mounts for a node.
var errNotMounted = errors.New(`it is not mounted any more; run "nslab up" with the lab's file again`)

// Mount mounts what stays mounted for the nodes, overlays and tmpfs with a size,
// unless it is there. The lab's tmpfs has to be mounted, and the lab locked.
func (v *View) Mount() error {
	if !slices.ContainsFunc(v.t.Nodes, func(n topology.Node) bool { return hasLasting(&n) }) {
		return nil
	}
	user, err := inUserNamespace()
	if err != nil {
		return err
	}
	for i := range v.t.Nodes {
		n := &v.t.Nodes[i]
		if !hasLasting(n) {
			continue
		}
		m := &mounter{own: v.own, node: n.Name, oldRoot: -1}
		if m.dir, err = m.open(); err != nil {
			return err
		}
		for _, target := range n.Overlays {
			if err = m.mountOverlay(target, user, "nslab:"+v.t.Name); err != nil {
				err = overlayError{fmt.Errorf("node %q: overlay %s: %w", n.Name, plain.Name(target), err)}
				break
			}
		}
		for k := range n.Tmpfs {
			if t := &n.Tmpfs[k]; err == nil && t.Size != "" {
				if err = m.mountSized(t, "nslab:"+v.t.Name); err != nil {
					err = fmt.Errorf("node %q: tmpfs %s: %w", n.Name, plain.Name(t.Target), err)
				}
			}
		}
		if err == nil && hasEtc(n) {
			err = m.layerFiles(n, v.etcFiles(i))
		}
		unix.Close(m.dir)
		if err != nil {
			return err
		}
	}
	return nil
}

// hasLasting reports whether something stays mounted for a node.
func hasLasting(n *topology.Node) bool {
	return len(n.Overlays) > 0 || slices.ContainsFunc(n.Tmpfs, func(t topology.Tmpfs) bool { return t.Size != "" })
}

// openMounted opens what up has mounted for a node at a path in its directory.
func (m *mounter) openMounted(what *mount, path string) (int, error) {
	fd, err := openPath(m.dir, path)
	if errors.Is(err, unix.ENOENT) {
		return -1, errNotMounted
	}
	if err != nil {
		return -1, called("open", what.target, err)
	}
	is, err := m.isMounted(fd)
	switch {
	case err == nil && !is:
		err = errNotMounted
	case err == nil:
		err = m.addDevice(fd)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// isMounted reports whether something is mounted on a directory in the node's
// own, which a descriptor was opened on: it is in another file system then.
func (m *mounter) isMounted(fd int) (bool, error) {
	var own, st unix.Stat_t
	err := errors.Join(called("stat", m.own, unix.Fstat(m.dir, &own)), called("stat", m.own, unix.Fstat(fd, &st)))
	return own.Dev != st.Dev, err
}
