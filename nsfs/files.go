package nsfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// filesAt is where the tmpfs with a program's own files is mounted for a
// moment. The directory exists, and a sysfs is mounted on it next.
const filesAt = "/sys"

// growth is how many bytes a program may add to its own files.
const growth = 1 << 20

// putFiles mounts files over others, from a tmpfs that exists only through
// these mounts. A file whose target is not an existing file is returned as a
// warning.
func putFiles(files []File) (warnings []error, err error) {
	if len(files) == 0 {
		return nil, nil
	}
	size := growth
	for _, f := range files {
		size += (len(f.Content) + os.Getpagesize() - 1) / os.Getpagesize() * os.Getpagesize()
	}
	data := fmt.Sprintf("mode=0755,size=%d,nr_inodes=%d", size, len(files)+2)
	err = retry(func() error { return unix.Mount("nslab", filesAt, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, data) })
	if err != nil {
		return nil, called(err, "mount -t tmpfs", filesAt)
	}
	for i, f := range files {
		err := putFile(filepath.Join(filesAt, strconv.Itoa(i)), f)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR):
			warnings = append(warnings, err)
		case err != nil:
			return nil, err
		}
	}
	return warnings, called(unix.Unmount(filesAt, unix.MNT_DETACH), "umount", filesAt)
}

func putFile(at string, f File) error {
	// Whatever the umask is, everybody must be able to read /etc/hosts.
	err := os.WriteFile(at, f.Content, 0o644)
	if err == nil {
		err = os.Chmod(at, 0o644)
	}
	if err == nil {
		err = retry(func() error { return unix.Mount(at, f.Target, "none", unix.MS_BIND, "") })
	}
	return called(err, "mount a file on", f.Target)
}
