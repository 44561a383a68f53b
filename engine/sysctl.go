package engine

import (
	"context"
	"fmt"

	"github.com/nslab/nslab/nsfs"
)

// SysctlSet sets a setting of a namespace.
type SysctlSet struct {
	// Key has dots, as in sysctl(8). A "/" stands for a dot in the name of an
	// interface: "net.ipv4.conf.eth0/1.forwarding".
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
	err := e.proc.Write(a.Key, a.Value)
	if err == nil {
		return nil
	}
	if isNotExist(err) && a.Key == "net.ipv4.tcp_congestion_control" {
		// The file exists: see tcp_set_default_congestion_control in
		// net/ipv4/tcp_cong.c.
		err = fmt.Errorf("this kernel has no congestion control %q, or its module tcp_%s is not loaded: %w", a.Value, a.Value, err)
	}
	return fmt.Errorf("set %s to %q in %q: %w", a.Key, a.Value, netns, err)
}

// namespace opens a namespace by its name. "" is the calling thread's own.
func (e *Engine) namespace(netns string) (*nsfs.Handle, error) {
	if netns == "" {
		return nsfs.Current()
	}
	return e.Dir.Open(netns)
}
