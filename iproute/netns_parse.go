package iproute

import (
	"context"
	"errors"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// netnsName takes the name of a namespace to create.
func (w *words) netnsName() string {
	name := w.need("a name for a namespace")
	if name == "" {
		w.peer("No netns name specified")
	}
	if w.err == nil {
		if err := nsfs.CheckName(name); err != nil {
			w.status = statusUsage
			w.bad("a name for a namespace: %v", err)
			w.peer("Invalid netns name %q", name)
		}
	}
	return name
}

// isFileName reports whether a name can be that of a file, which is all that
// iproute2 checks.
func isFileName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= nsfs.MaxName && !strings.Contains(name, "/")
}

// oldName takes the name of an existing namespace. Another program may have
// chosen a name that nslab refuses to create.
func (w *words) oldName() string {
	name := w.need("the name of a namespace")
	if w.err == nil && !isFileName(name) {
		w.status = statusUsage
		w.bad("the name of a namespace")
		w.peer("Invalid netns name %q", name)
	}
	return name
}

// netnsPID takes the id of the process whose namespace is to get a name.
func (w *words) netnsPID() uint64 {
	given := w.peek()
	pid := w.number("a process id", 1, 1<<22)
	if given == "" {
		w.peer("No netns name and PID specified")
	} else {
		w.peer("Invalid PID: %s", given)
	}
	return pid
}

// noMore refuses words that iproute2 does not ignore.
func (w *words) noMore() {
	if w.more() {
		w.next()
		w.bad("the end of the command")
		w.peer("extra arguments specified")
	}
}

func parseNetnsDelete(c *Command, w *words) {
	if !c.Options.All {
		name := w.oldName()
		w.extra()
		c.Ops = []engine.Op{{NetNS: c.Options.NetNS, Action: &engine.NetNSDel{Name: name}}}
		return
	}
	w.extra()
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		names, err := s.dir().List()
		if err != nil {
			return failed(err)
		}
		for _, n := range names {
			if err := s.Engine.Do(ctx, engine.Op{Action: &engine.NetNSDel{Name: n}}); err != nil {
				return failed(err)
			}
		}
		return nil
	}
}

func parseNetnsSet(c *Command, w *words) {
	set := &rtnl.NSIDSet{}
	name := w.oldName()
	if w.is("auto") {
		set.ID = rtnl.NSIDNotAssigned
	} else {
		w.failing(statusUsage, func() { set.ID = int32(w.number(`an id, or "auto"`, 0, 1<<31-1)) })
	}
	w.extra()
	set.NetNS = rtnl.NetNSName(name)
	c.op(set)
	c.wrap = func(err error) error {
		if n := (*engine.NoNetNSError)(nil); errors.As(err, &n) {
			return failed(n.Err)
		}
		return err
	}
}

// extraName does what extra does, for a command without words: the first one
// still has to be a valid name.
func (w *words) extraName(c *Command) {
	if w.loose && w.more() && !c.Options.All {
		w.oldName()
		w.ignored()
	}
	w.extra()
}
