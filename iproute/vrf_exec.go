package iproute

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/nslab/nslab/internal/cgroup2"
)

// defaultVRF is the name for no VRF.
const defaultVRF = "default"

// parseVRFExec takes "ip vrf exec NAME PROGRAM [ARGUMENT ...]".
func parseVRFExec(c *Command, w *words) {
	w.status = statusFailed
	if w.err == nil && !w.more() {
		w.need("the name of a VRF")
		w.peer("No VRF name specified")
	}
	name := w.device("the name of a VRF")
	if w.err == nil && !w.more() {
		w.need("a program to run")
		w.peer("No command specified")
	}
	argv := w.rest()
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.vrfExec(ctx, o, name, argv) }
}

// vrfExec runs a program in the cgroup of a VRF, in the namespace of the
// options, and returns its exit status.
func (s *Session) vrfExec(ctx context.Context, o *Options, name string, argv []string) error {
	group, err := s.vrfCgroup(ctx, o, name)
	if err != nil {
		return &Error{Status: statusUsage, Err: err}
	}
	defer group.Close()
	if o.NetNS != "" {
		return s.execIn(ctx, o.NetNS, argv, s.Replace, group)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if cmd.Err != nil {
		return failed(cmd.Err)
	}
	if s.Replace {
		if err := joinCgroup(group); err != nil {
			return failed(err)
		}
		return failed(&os.PathError{Op: "exec", Path: argv[0], Err: syscall.Exec(cmd.Path, cmd.Args, os.Environ())})
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Stdin, s.Stdout, s.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	return childStatus(cmd.Run())
}

// vrfCgroup returns the cgroup in which sockets are bound to a VRF of the
// namespace of the options. It is made where it does not exist: below the
// caller's, at [NETNS-ns/]vrf/NAME, as iproute2 does. For "default" it is one
// that binds nothing.
func (s *Session) vrfCgroup(ctx context.Context, o *Options, name string) (*os.File, error) {
	index := uint32(0)
	if name != defaultVRF {
		conn, err := s.conn(o)
		if err != nil {
			return nil, err
		}
		if index, err = vrfIndex(ctx, conn, name, peerNoVRF); err != nil {
			return nil, &peerError{text: "Invalid VRF name", err: err}
		}
	}
	netns, err := s.vrfNetNS(o)
	if err != nil {
		return nil, err
	}
	root, tree, err := vrfTree()
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	own, err := cgroup2.Of("self")
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(own, "/..") {
		return nil, fmt.Errorf("this process is in the cgroup %s, outside of the tree that it can see, and a VRF's has to be below it", own)
	}
	at := path.Join(vrfParent(own, netns), netns, vrfGroup)
	if index != 0 {
		at = path.Join(at, name)
	}
	if err := os.MkdirAll(filepath.Join(root, at), 0o755); err != nil {
		return nil, &peerError{text: "Failed to setup vrf cgroup2 directory", err: fmt.Errorf("make the cgroup %s: %w", at, err)}
	}
	group, err := os.Open(filepath.Join(root, at))
	if err != nil || index == 0 {
		return group, err
	}
	if err := bindCgroup(group, index); err != nil {
		return nil, errors.Join(fmt.Errorf("bind the sockets of the cgroup %s to the VRF: %w", at, err), group.Close())
	}
	return group, nil
}

// vrfParent returns the cgroup below which those of VRFs are, for a process in
// the cgroup own, which may be one of them, and a namespace.
func vrfParent(own, netns string) string {
	if before, _, in := strings.Cut(own+"/", "/"+vrfGroup+"/"); in {
		own = before
	}
	if netns != "" && path.Base(own) == netns {
		own = path.Dir(own)
	}
	return path.Join("/", own)
}

// leaveVRF returns the cgroup for a program that is to run in another
// namespace, nil if that of this process will do: there, sockets bound to the
// VRF would be bound to another link, or to none.
func (s *Session) leaveVRF(ctx context.Context, ns string) (*os.File, error) {
	name, err := vrfOf("self")
	if err != nil || name == "" {
		return nil, nil //nolint:nilerr // without /proc, iproute2 goes on too
	}
	return s.vrfCgroup(ctx, &Options{NetNS: ns}, defaultVRF)
}

// joinCgroup moves this process into a cgroup.
func joinCgroup(group *os.File) error {
	f, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d/cgroup.procs", group.Fd()), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("0") // this process
	return errors.Join(err, f.Close())
}
