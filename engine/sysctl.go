package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// SysctlSet sets a setting of a namespace.
type SysctlSet struct {
	// Key is dotted, as sysctl(8) has it; a "/" in it stands for a dot in the
	// name of an interface: "net.ipv4.conf.eth0/1.forwarding".
	Key, Value string
}

// Do implements Action.
func (a *SysctlSet) Do(ctx context.Context, e *Engine, netns string) error {
	h, err := e.namespace(netns)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.Do(func() error { return a.DoEarly(ctx, e, netns) })
}

// DoEarly implements Early.
func (a *SysctlSet) DoEarly(_ context.Context, e *Engine, netns string) error {
	err := e.proc.write(a.Key, a.Value)
	if err == nil {
		return nil
	}
	if isNotExist(err) && a.Key == "net.ipv4.tcp_congestion_control" {
		// tcp_set_default_congestion_control in net/ipv4/tcp_cong.c; the file is there.
		err = fmt.Errorf("this kernel has no congestion control %q, or its module tcp_%s is not loaded: %w", a.Value, a.Value, err)
	}
	return fmt.Errorf("set %s to %q in %q: %w", a.Key, a.Value, netns, err)
}

// ReadSysctls reads settings of an open namespace, in the order of the keys. The value
// of a setting that does not exist or cannot be read is "": net.ipv4.route.flush can
// only be written, and net.ipv6.conf.*.stable_secret cannot be read before it has been
// written (EIO).
func ReadSysctls(h *nsfs.Handle, keys []string) (values []string, err error) {
	err = h.Do(func() error {
		values, err = (&procfs{fd: noMount}).read(keys)
		return err
	})
	return values, err
}

// TrySysctl writes a setting of an open namespace, and returns what it reads afterwards.
func TrySysctl(h *nsfs.Handle, key, value string) (reading string, err error) {
	err = h.Do(func() error {
		p := procfs{fd: noMount}
		if err := p.write(key, value); err != nil {
			return err
		}
		values, err := p.read([]string{key})
		if err == nil {
			reading = values[0]
		}
		return err
	})
	return reading, err
}

// TrySysctls writes settings of an open namespace, all of them, and returns the error of
// each.
func TrySysctls(h *nsfs.Handle, sets []SysctlSet) (errs []error, err error) {
	errs = make([]error, len(sets))
	return errs, h.Do(func() error {
		p := procfs{fd: noMount}
		for i, s := range sets {
			errs[i] = p.write(s.Key, s.Value)
		}
		return nil
	})
}

// write writes a setting of the calling thread's namespace.
func (p *procfs) write(key, value string) error {
	// O_TRUNC and O_CREAT would hide a key that is not there.
	f, err := p.open(sysctlFile(key), os.O_WRONLY)
	if errors.Is(err, unix.EACCES) && p.readOnly(key) {
		return refused(fmt.Errorf("the kernel allows only reading of /proc/%s", sysctlFile(key)))
	}
	if err != nil {
		return refused(err)
	}
	_, err = f.WriteString(value + "\n")
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EOPNOTSUPP) {
		// By the kernel, unless the setting reads as what was written.
		if now, rerr := p.read([]string{key}); rerr == nil && !slices.Equal(strings.Fields(now[0]), strings.Fields(value)) {
			err = refused(err)
		}
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// readOnly reports whether nobody may write a setting.
func (p *procfs) readOnly(key string) bool {
	f, err := p.open(sysctlFile(key), os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	return err == nil && info.Mode().Perm()&0o222 == 0
}

// read reads settings of the calling thread's namespace; one that is not there, or
// cannot be read, is "".
func (p *procfs) read(keys []string) ([]string, error) {
	values := make([]string, len(keys))
	var buf [4096]byte
	for i, key := range keys {
		f, err := p.open(sysctlFile(key), os.O_RDONLY)
		if isNotExist(err) || errors.Is(err, unix.ENOTDIR) {
			continue
		}
		n := 0
		if err == nil {
			n, err = f.Read(buf[:]) // a setting is read whole or not at all
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

// sysctlFile returns the file of a setting below /proc. The key must hold nothing
// that leads elsewhere: the caller has checked it.
func sysctlFile(key string) string {
	swap := func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}
	return "sys/" + strings.Map(swap, key)
}

// namespace opens a namespace by its name, "" being the calling thread's own.
func (e *Engine) namespace(netns string) (*nsfs.Handle, error) {
	if netns == "" {
		return nsfs.Current()
	}
	return e.Dir.Open(netns)
}

// A SysctlState says what exists under the name of a setting.
type SysctlState uint8

const (
	// SysctlWritable is a setting that can be written.
	SysctlWritable SysctlState = iota
	// SysctlReadOnly is a setting that nobody may write, for example one of the whole
	// machine, seen from any network namespace but the first.
	SysctlReadOnly
	// SysctlDirectory is a directory of settings.
	SysctlDirectory
	// SysctlMissing says that the setting is missing from its directory, and
	// SysctlNoDirectory that the directory is missing too: perhaps a module is not
	// loaded.
	SysctlMissing
	SysctlNoDirectory
)

// LookUpSysctls says what exists under the names of settings, in an open namespace or,
// if h is nil, in the caller's own, which needs no privilege.
func LookUpSysctls(h *nsfs.Handle, keys []string) ([]SysctlState, error) {
	states := make([]SysctlState, len(keys))
	look := func() (err error) {
		for i, key := range keys {
			if states[i], err = lookUpSysctl("/proc/" + sysctlFile(key)); err != nil {
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

func lookUpSysctl(path string) (SysctlState, error) {
	fi, err := os.Stat(path)
	switch {
	case isNotExist(err) || errors.Is(err, unix.ENOTDIR):
		if fi, err := os.Stat(filepath.Dir(path)); err != nil || !fi.IsDir() {
			return SysctlNoDirectory, nil
		}
		return SysctlMissing, nil
	case err != nil:
		return 0, err
	case fi.IsDir():
		return SysctlDirectory, nil
	case fi.Mode().Perm()&0o222 == 0:
		return SysctlReadOnly, nil
	}
	return SysctlWritable, nil
}
