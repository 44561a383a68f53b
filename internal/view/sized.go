package view

import (
	"fmt"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A directory of a node with a size of its own is in a tmpfs of its own.

// sized is the directory of these tmpfs, within the node's own.
const sized = "sized"

// tmpfsFor opens the directory that what a node has for a tmpfs is in.
func (m *mounter) tmpfsFor(what *mount) (int, error) {
	if what.tmpfs.Size == "" {
		return makeDir(m.dir, "tmpfs", 0o700)
	}
	return m.openMounted(what, sized+"/"+what.id())
}

// mountSized mounts the tmpfs of a size, unless it is there.
func (m *mounter) mountSized(t *topology.Tmpfs, source string) error {
	all, err := makeDir(m.dir, sized, 0o700)
	if err != nil {
		return err
	}
	defer unix.Close(all)
	what := mount{kind: isTmpfs, target: t.Target, dir: true, tmpfs: *t}
	dir, err := makeDir(all, what.id(), 0o700)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	if is, err := m.isMounted(dir); is || err != nil {
		return err
	}
	err = unix.Mount(source, fdPath(dir), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0700,size="+t.Size)
	if err == unix.EINVAL {
		return fmt.Errorf("the kernel refuses size=%s: %w", plain.Name(t.Size), named(err))
	}
	return called("mount -t tmpfs on", strings.TrimSpace(t.Target), err)
}
