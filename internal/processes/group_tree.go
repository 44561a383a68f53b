package processes

import (
	"errors"

	"github.com/nslab/nslab/internal/cgroup2"
	"golang.org/x/sys/unix"
)

// openTree opens the tree of cgroups, unless it is open.
func (g *Group) openTree() error {
	g.opening.Lock()
	defer g.opening.Unlock()
	if g.tree != nil {
		return nil
	}
	tree, err := cgroup2.Open()
	if err != nil {
		return err
	}
	g.tree = tree
	return nil
}

// lacksTree reports whether an error of openTree says that there are no cgroups
// for this user, so that nothing can have made one: in a user namespace, or with
// a kernel without cgroup2.
func lacksTree(err error) bool {
	return errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENOSYS)
}
