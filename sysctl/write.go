package sysctl

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A Setting is a key, as [ParseKey] returns it, and a value.
type Setting struct{ Key, Value string }

// A RefusedError means that a setting was not written and still has its old
// value. If a system call fails after it may have written the setting, the
// error is not a RefusedError.
type RefusedError struct {
	// Err is the reason.
	Err error
}

func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *RefusedError) Unwrap() error { return e.Err }

// Try writes a setting of an open namespace and returns the value read back.
func Try(h *nsfs.Handle, key, value string) (reading string, err error) {
	err = h.Do(func() error {
		p := shared()
		if err := p.Write(key, value); err != nil {
			return err
		}
		values, err := p.Read([]string{key})
		if err == nil {
			reading = values[0]
		}
		return err
	})
	return reading, err
}

// TryEach writes all the settings in an open namespace and returns the error of
// each.
func TryEach(h *nsfs.Handle, settings []Setting) (errs []error, err error) {
	errs = make([]error, len(settings))
	return errs, h.Do(func() error {
		p := shared()
		for i, s := range settings {
			errs[i] = p.Write(s.Key, s.Value)
		}
		return nil
	})
}

// Write writes a setting in the namespace of the calling thread. The error
// matches fs.ErrNotExist if the setting does not exist. It is a [RefusedError]
// if nothing was written for certain.
func (p *Proc) Write(key, value string) error {
	// O_TRUNC and O_CREAT would hide that a setting does not exist.
	f, err := p.open(File(key), os.O_WRONLY)
	if errors.Is(err, unix.EACCES) && p.readOnly(key) {
		return &RefusedError{fmt.Errorf("the kernel allows only reading of /proc/%s", File(key))}
	}
	if err != nil {
		return &RefusedError{err}
	}
	_, err = f.WriteString(value + "\n")
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EOPNOTSUPP) {
		// The kernel refused it, unless the setting now reads as what was
		// written.
		if now, rerr := p.Read([]string{key}); rerr == nil && !slices.Equal(strings.Fields(now[0]), strings.Fields(value)) {
			err = &RefusedError{err}
		}
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// readOnly reports whether a setting has no write permission for anybody.
func (p *Proc) readOnly(key string) bool {
	f, err := p.open(File(key), os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	return err == nil && info.Mode().Perm()&0o222 == 0
}
