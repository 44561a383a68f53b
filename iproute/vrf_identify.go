package iproute

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/cgroup2"
	"github.com/nslab/nslab/internal/plain"
	"golang.org/x/sys/unix"
)

// parseVRFIdentify takes "ip vrf identify [PID]".
func parseVRFIdentify(c *Command, w *words) {
	pid := "self"
	if w.more() {
		w.peerWrong("Error: argument %q is wrong: Invalid pid", func() {
			s := w.next()
			n, err := strconv.ParseUint(s, 10, 32)
			if err != nil {
				w.bad("a process id, in decimal")
			}
			pid = strconv.FormatUint(n, 10)
		})
	}
	if w.more() {
		w.next()
		w.bad("the end of the command")
		w.peer("Error: argument %q is wrong: Extra arguments specified", w.all[w.i-1])
	}
	c.do = func(_ context.Context, s *Session, _ *Options) error {
		if pid == "self" && c.entered {
			return nil // a program that is started there is in none
		}
		name, err := vrfOf(pid)
		if err != nil {
			if errno := unix.Errno(0); errors.As(err, &errno) {
				err = &peerError{text: "Failed to lookup vrf association: " + strerror(errno), err: err}
			}
			return failed(err)
		}
		if name != "" {
			_, err = fmt.Fprintln(s.Stdout, plain.Text(name))
		}
		return failed(err)
	}
}

// vrfOf returns the VRF that a process's cgroup binds its sockets to, "" for
// none. As in iproute2, the cgroup's path says so: [.../]vrf/NAME.
func vrfOf(pid string) (string, error) {
	at, err := cgroup2.Of(pid)
	if err != nil {
		return "", err
	}
	_, name, _ := strings.Cut(at, "/"+vrfGroup+"/")
	return name, nil
}

// vrfGroup is the cgroup that has those of the VRFs.
const vrfGroup = "vrf"

// vrfTree opens the tree of cgroups: the machine's own mount of it if there is
// one, so that it works for whom that is enough, else one of this process. The
// path in the file system is valid until the file is closed.
func vrfTree() (path string, tree *os.File, err error) {
	if path, ok := cgroup2.Mounted(); ok {
		tree, err = os.Open(path)
		if err == nil {
			return path, tree, nil
		}
	}
	tree, err = cgroup2.Open()
	if err != nil {
		errno := unix.Errno(0)
		if errors.As(err, &errno) {
			err = &peerError{text: "Failed to mount cgroup2: " + strerror(errno), err: err}
		}
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d", tree.Fd()), tree, nil
}

// vrfNetNS returns the cgroup that iproute2 keeps the VRFs of a named namespace
// in, "" for a namespace without a name.
func (s *Session) vrfNetNS(o *Options) (string, error) {
	names, err := s.identify(0, o)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0] + "-ns", nil
}
