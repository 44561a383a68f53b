package sysctl

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// All reads every setting under net. in an open namespace that can be both
// written and read, by key.
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

// OfInterface reads the settings of one interface in an open namespace, as
// [All] does: those of IPv4, IPv6, their neighbour tables, and MPLS. It returns
// none if there is no such interface.
func OfInterface(h *nsfs.Handle, name string) (map[string]string, error) {
	values := make(map[string]string)
	if name == "" || strings.ContainsRune(name, '/') || name == "." || name == ".." {
		return values, nil // no interface has such a name (dev_valid_name in net/core/dev.c)
	}
	// The names are the same in many namespaces: see Proc.
	var p Proc
	defer p.Close()
	return values, h.Do(func() error {
		for _, dir := range []string{"ipv4/conf/", "ipv6/conf/", "ipv4/neigh/", "ipv6/neigh/", "mpls/conf/"} {
			if err := p.readDir("net/"+dir+name, values); err != nil {
				return err
			}
		}
		return nil
	})
}

// readDir adds the settings in a directory to values: those that can be both
// written and read. There are none in one that does not exist.
func (p *Proc) readDir(dir string, values map[string]string) error {
	d, err := p.open("sys/"+dir, os.O_RDONLY|unix.O_DIRECTORY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := d.Readdirnames(-1)
	d.Close()
	if err != nil {
		return err
	}
	var buf [4096]byte // a read returns the whole setting
	for _, name := range names {
		f, err := p.open("sys/"+dir+"/"+name, os.O_RDONLY)
		if err != nil {
			continue // gone by now, or write-only
		}
		info, err := f.Stat()
		if err == nil && info.Mode()&0o222 != 0 {
			n, _ := f.Read(buf[:]) // a secret that is not set cannot be read, and is ""
			values[Swap(dir+"/"+name)] = strings.TrimSpace(string(buf[:n]))
		}
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
