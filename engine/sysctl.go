package engine

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nslab/nslab/nsfs"
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
	// O_TRUNC and O_CREAT would hide a key that is not there.
	f, err := e.proc.open(strings.TrimPrefix(SysctlPath(a.Key), "/proc/"), os.O_WRONLY)
	if err == nil {
		_, err = f.WriteString(a.Value + "\n")
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return fmt.Errorf("set %s to %q in %q: %w", a.Key, a.Value, netns, err)
	}
	return nil
}

// Sysctls reads settings of a namespace, in the order of their keys. One that
// is not there is "".
func (e *Engine) Sysctls(netns string, keys []string) ([]string, error) {
	h, err := e.namespace(netns)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	values, err := ReadSysctls(h, keys)
	if err != nil {
		return nil, fmt.Errorf("namespace %q: %w", netns, err)
	}
	return values, nil
}

// ReadSysctls is Engine.Sysctls for an open namespace.
func ReadSysctls(h *nsfs.Handle, keys []string) ([]string, error) {
	values := make([]string, len(keys))
	err := h.Do(func() error {
		for i, k := range keys {
			b, err := os.ReadFile(SysctlPath(k))
			if err != nil && !isNotExist(err) {
				return fmt.Errorf("read %s: %w", k, err)
			}
			values[i] = strings.TrimSpace(string(b))
		}
		return nil
	})
	return values, err
}

// SysctlPath returns the file of a setting. The key must hold nothing that
// leads elsewhere: the caller has checked it.
func SysctlPath(key string) string {
	swap := func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}
	return "/proc/sys/" + strings.Map(swap, key)
}

// namespace opens a namespace by its name, "" being the calling thread's own.
func (e *Engine) namespace(netns string) (*nsfs.Handle, error) {
	if netns == "" {
		return nsfs.Current()
	}
	return e.Dir.Open(netns)
}
