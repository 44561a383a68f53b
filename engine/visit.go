package engine

import (
	"context"
	"fmt"
	"iter"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
)

// A Visit is a namespace that [Engine.VisitEach] is in.
type Visit struct {
	// Name is the namespace's name.
	Name string
	// NetNS and Conn are the namespace and a socket in it. Both are closed when
	// the visit ends.
	NetNS *nsfs.Handle
	Conn  *rtnl.Conn

	proc *sysctl.Proc
}

// VisitEach goes through namespaces on a thread of its own and calls fn in
// each. This costs less than calling [Engine.Conn] and [sysctl.Read] for each.
// If a namespace cannot be entered, fn gets no visit but an error, that of
// [nsfs.Dir.Open]. VisitEach ends after the last name, or with the first error
// that fn returns, which it returns.
func (e *Engine) VisitEach(ctx context.Context, names iter.Seq[string], fn func(v *Visit, name string, err error) error) error {
	var proc sysctl.Proc
	defer proc.Close()
	return e.Dir.VisitEach(names, func(name string, h *nsfs.Handle, err error) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return fn(nil, name, err)
		}
		c, err := rtnl.Dial(e.config(&rtnl.Config{Name: name, Hold: true}))
		if err != nil {
			return fn(nil, name, err)
		}
		defer c.Close() //nolint:errcheck // it is open, and no request is running
		return fn(&Visit{Name: name, NetNS: h, Conn: c, proc: &proc}, name, nil)
	})
}

// Sysctls reads settings of the namespace, in the order of the keys. The value
// of a setting that does not exist is "".
func (v *Visit) Sysctls(keys []string) ([]string, error) {
	values, err := v.proc.Read(keys)
	if err != nil {
		return nil, fmt.Errorf("namespace %q: %w", v.Name, err)
	}
	return values, nil
}

// AllSysctls reads every setting under net. in the namespace that can be both
// written and read, by key.
func (v *Visit) AllSysctls() (map[string]string, error) {
	values, err := sysctl.AllHere()
	if err != nil {
		return nil, fmt.Errorf("namespace %q: %w", v.Name, err)
	}
	return values, nil
}
