package engine

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// AllSysctls reads all settings of the namespace below net. that can be both written and
// read, by their keys.
func (v *Visit) AllSysctls() (map[string]string, error) {
	values, err := allSysctls()
	if err != nil {
		return nil, fmt.Errorf("namespace %q: %w", v.Name, err)
	}
	return values, nil
}

// AllSysctls does for an open namespace what [Visit.AllSysctls] does.
func AllSysctls(h *nsfs.Handle) (values map[string]string, err error) {
	err = h.Do(func() error {
		values, err = allSysctls()
		return err
	})
	return values, err
}

// allSysctls reads the settings of the calling thread's namespace.
func allSysctls() (map[string]string, error) {
	const root = "/proc/sys/"
	values := make(map[string]string)
	buf := make([]byte, 4096) // a setting is read whole or not at all
	err := filepath.WalkDir(root+"net", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if isNotExist(err) {
				return nil // an interface that is gone by now
			}
			return err
		}
		if d.IsDir() {
			return nil
		}
		// An os.File would cost three more calls.
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil // it is gone, or can be written only
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
		key := sysctlFile(strings.TrimPrefix(path, root))[len("sys/"):]
		values[key] = strings.TrimSpace(string(buf[:n]))
		return nil
	})
	return values, err
}
