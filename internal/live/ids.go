package live

import (
	"fmt"

	"github.com/nslab/nslab/internal/mountinfo"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// namespaceIDs checks that each node is a namespace of its own. If another
// node's namespace is mounted over a node's, a plan for one would change the
// other.
type namespaceIDs struct {
	dir  nsfs.Dir
	node map[nsfs.ID]string
	// machine is the namespace of process 1, or zero if it is unknown.
	machine nsfs.ID
}

func newNamespaceIDs(dir nsfs.Dir) *namespaceIDs {
	ids := &namespaceIDs{dir: dir, node: make(map[nsfs.ID]string)}
	var st unix.Stat_t
	if unix.Stat("/proc/1/ns/net", &st) == nil {
		ids.machine = nsfs.ID{Dev: st.Dev, Ino: st.Ino}
	}
	return ids
}

// add returns an error if the namespace of a node is already another node's.
func (ids *namespaceIDs) add(node string, id nsfs.ID) error {
	other, ok := ids.node[id]
	ids.node[id] = node
	what := fmt.Sprintf("node %q", other)
	switch {
	case id == ids.machine:
		what = "the machine"
	case !ok:
		return nil
	case !covered(ids.dir.File(node)) && covered(ids.dir.File(other)):
		node, what = other, fmt.Sprintf("node %q", node)
	}
	at := ids.dir.File(node)
	return fmt.Errorf("node %q: %s stands for the network namespace of %s: run \"umount %s\", and up again", node, at, what, plain.ShellWord(at))
}

// covered reports whether something else is mounted on top of the mount on a
// path.
func covered(path string) bool {
	all, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		return false
	}
	mounts := 0
	for _, m := range all {
		if m.Path == path {
			mounts++
		}
	}
	return mounts > 1
}
