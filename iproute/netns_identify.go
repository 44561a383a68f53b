package iproute

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

func parseNetnsIdentify(c *Command, w *words) {
	pid := 0
	if w.more() {
		s := w.next()
		n, err := strconv.ParseUint(s, 10, 64)
		switch {
		case !isFileName(s): // iproute2 checks this first, for each command of netns
			w.status = statusUsage
			w.bad("a process id")
			w.peer("Invalid netns name %q", s)
		case strings.Trim(s, "0123456789") != "":
			w.bad("a process id, in decimal") // as in /proc
			w.peer("Specified string '%s' is not a pid", s)
		case err != nil || s[0] == '0' || n > 1<<22:
			w.bad("a process id, a decimal number from 1 to %d", 1<<22)
			w.peer("Cannot open network namespace: %s", strerror(unix.ENOENT))
		}
		pid = int(n)
	}
	w.noMore()
	c.do = func(_ context.Context, s *Session, o *Options) error {
		names, err := s.identify(pid, o)
		if err != nil {
			return cannotOpen(err)
		}
		name := ""
		if len(names) > 0 {
			name = names[0]
		}
		_, err = fmt.Fprintln(s.Stdout, plain.Text(name))
		return failed(err)
	}
}

// identify returns the names of a process's namespace. For pid 0, it is the
// namespace that the command works in.
func (s *Session) identify(pid int, o *Options) ([]string, error) {
	if pid != 0 {
		return s.dir().Identify(pid)
	}
	h, err := nsfs.Current()
	if o.NetNS != "" {
		h, err = s.dir().Open(o.NetNS)
	}
	if err != nil {
		return nil, err
	}
	defer h.Close()
	return s.dir().NamesOf(h)
}

// cannotOpen adds iproute2's line for a namespace that cannot be opened,
// without its name.
func cannotOpen(err error) error {
	if errno := unix.Errno(0); errors.As(err, &errno) {
		err = &peerError{text: "Cannot open network namespace: " + strerror(errno), err: err}
	}
	return failed(err)
}
