package sysctl

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// All reads every setting under net. in an open namespace that can be both written and
// read, by key.
func All(h *nsfs.Handle) (values map[string]string, err error) {
	err = h.Do(func() error {
		values, err = AllHere()
		return err
	})
	return values, err
}

// AllHere is [All] for the namespace that the calling thread is in.
func AllHere() (map[string]string, error) {
	const root = "/proc/sys/"
	values := make(map[string]string)
	buf := make([]byte, 4096) // a read returns the whole setting
	err := filepath.WalkDir(root+"net", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // the interface is gone by now
			}
			return err
		}
		if d.IsDir() {
			return nil
		}
		// An os.File would cost three more calls.
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil // gone by now, or write-only
		}
		defer unix.Close(fd) //nolint:errcheck // it is open
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Mode&0o222 == 0 {
			return err
		}
		n, err := unix.Read(fd, buf)
		if err != nil {
			n = 0
		}
		values[Swap(strings.TrimPrefix(path, root))] = strings.TrimSpace(string(buf[:n]))
		return nil
	})
	return values, err
}
