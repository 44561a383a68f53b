package sysctl

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// Read reads settings of an open namespace, in the order of the keys. A setting
// that does not exist or cannot be read has the value "": net.ipv4.route.flush
// is write-only, and net.ipv6.conf.*.stable_secret cannot be read before it is
// written (EIO).
func Read(h *nsfs.Handle, keys []string) (values []string, err error) {
	err = h.Do(func() error {
		values, err = shared().Read(keys)
		return err
	})
	return values, err
}

// Read does what the function [Read] does, in the namespace of the calling
// thread.
func (p *Proc) Read(keys []string) ([]string, error) {
	values := make([]string, len(keys))
	var buf [4096]byte
	for i, key := range keys {
		f, err := p.open(File(key), os.O_RDONLY)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			continue
		}
		n := 0
		if err == nil {
			n, err = f.Read(buf[:]) // a read returns the whole setting
			f.Close()
		}
		if errors.Is(err, unix.EIO) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			continue
		}
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("read %s: %w", key, err)
		}
		values[i] = strings.TrimSpace(string(buf[:n]))
	}
	return values, nil
}
