package sysctl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A State says what exists at the name of a setting.
type State uint8

const (
	// Writable is a setting that can be written.
	Writable State = iota
	// ReadOnly is a setting that nobody may write, such as a machine-wide
	// setting seen from any network namespace but the first.
	ReadOnly
	// Directory is a directory of settings.
	Directory
	// Missing means that the directory exists but not the setting. NoDirectory
	// means that the directory is missing too, perhaps because a module is not
	// loaded.
	Missing
	NoDirectory
)

// LookUp returns the state of each setting in an open namespace. If h is nil,
// it uses the caller's own namespace, which needs no privilege.
func LookUp(h *nsfs.Handle, keys []string) ([]State, error) {
	states := make([]State, len(keys))
	look := func() (err error) {
		for i, key := range keys {
			if states[i], err = lookUp("/proc/" + File(key)); err != nil {
				return fmt.Errorf("look up %s: %w", key, err)
			}
		}
		return nil
	}
	if h == nil {
		return states, look()
	}
	return states, h.Do(look)
}

func lookUp(path string) (State, error) {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR):
		if fi, err := os.Stat(filepath.Dir(path)); err != nil || !fi.IsDir() {
			return NoDirectory, nil
		}
		return Missing, nil
	case err != nil:
		return 0, err
	case fi.IsDir():
		return Directory, nil
	case fi.Mode().Perm()&0o222 == 0:
		return ReadOnly, nil
	}
	return Writable, nil
}
