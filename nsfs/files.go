package nsfs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// filesAt is where the tmpfs with a program's own files is mounted for a moment: a
// directory that is there, since a sysfs is mounted on it next.
const filesAt = "/sys"

// growth is how many bytes a program may add to its own files.
const growth = 1 << 20

// putFiles puts files over others, from a tmpfs that nothing but these mounts keeps.
// What cannot be put is returned as warnings.
func putFiles(files []File) (warnings []error) {
	if len(files) == 0 {
		return nil
	}
	size := growth
	for _, f := range files {
		size += (len(f.Content) + os.Getpagesize() - 1) / os.Getpagesize() * os.Getpagesize()
	}
	data := fmt.Sprintf("mode=0755,size=%d,nr_inodes=%d", size, len(files)+2)
	err := retry(func() error { return unix.Mount("nslab", filesAt, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, data) })
	if err != nil {
		for _, f := range files {
			warnings = append(warnings, called(err, "mount a tmpfs to put a file over", f.Target))
		}
		return warnings
	}
	for i, f := range files {
		if err := putFile(filepath.Join(filesAt, strconv.Itoa(i)), f); err != nil {
			warnings = append(warnings, err)
		}
	}
	if err := unix.Unmount(filesAt, unix.MNT_DETACH); err != nil {
		warnings = append(warnings, called(err, "umount", filesAt))
	}
	return warnings
}

func putFile(at string, f File) error {
	// Whatever the umask is, /etc/hosts is for all to read.
	err := os.WriteFile(at, f.Content, 0o644)
	if err == nil {
		err = os.Chmod(at, 0o644)
	}
	if err != nil {
		return err
	}
	err = retry(func() error { return unix.Mount(at, f.Target, "none", unix.MS_BIND, "") })
	return called(err, "put a file over", f.Target)
}
