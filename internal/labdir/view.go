package labdir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ViewDir is the tmpfs with what programs in the nodes see instead of the
// machine's files, in a directory for each node. Package view fills it.
const ViewDir = "view"

// viewOptions bound what all nodes of a lab together can store there: half of
// the memory, which is the kernel's own default.
const viewOptions = "mode=0700,size=50%,nr_inodes=1m"

// MountView mounts that tmpfs if it is missing. mounted says whether it was.
func (p *Dir) MountView() (mounted bool, err error) {
	fd, err := p.mountedOn(ViewDir)
	if err != nil {
		return false, err
	}
	if fd >= 0 {
		return false, unix.Close(fd)
	}
	return true, p.mountWith(ViewDir, viewOptions, unix.MS_NOSUID|unix.MS_NODEV)
}

// ForgetViews removes what nodes have there, because they are new. A program
// may have made its directories as deep as it liked.
func (p *Dir) ForgetViews(nodes []string) error {
	fd, err := p.mountedOn(ViewDir)
	if err != nil || fd < 0 {
		return err
	}
	defer unix.Close(fd)
	views, err := os.OpenRoot(p.Path(ViewDir))
	if err != nil {
		return err
	}
	for _, node := range nodes {
		err = errors.Join(err, views.RemoveAll(node))
	}
	return errors.Join(err, views.Close())
}
