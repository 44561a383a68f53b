package labdir

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/mountinfo"
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
		unix.Close(fd)
	}
	return fd < 0, p.mountWith(ViewDir, viewOptions, unix.MS_NOSUID|unix.MS_NODEV)
}

// ForgetViews removes what nodes have there, because they are new: what is
// mounted there, and files. A program may have made its directories as deep as
// it liked.
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
	if len(nodes) > 0 {
		err = p.unmountViews(nodes)
	}
	for _, node := range nodes {
		err = errors.Join(err, views.RemoveAll(node))
	}
	return errors.Join(err, views.Close())
}

// unmountViews unmounts what is mounted in the directories of nodes.
func (p *Dir) unmountViews(nodes []string) error {
	mounts, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		return err
	}
	of := make(map[string]bool, len(nodes))
	for _, node := range nodes {
		of[node] = true
	}
	var errs []error
	for _, m := range slices.Backward(mounts) { // what is on top first
		below, ok := strings.CutPrefix(m.Path, p.Path(ViewDir)+"/")
		if node, _, in := strings.Cut(below, "/"); !ok || !in || !of[node] {
			continue
		}
		if err := unix.Unmount(m.Path, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil && err != unix.EINVAL {
			errs = append(errs, &fs.PathError{Op: "umount", Path: m.Path, Err: err})
		}
	}
	return errors.Join(errs...)
}
