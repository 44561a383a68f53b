package iproute

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// parseVRFPids takes "ip vrf pids NAME".
func parseVRFPids(c *Command, w *words) {
	w.status = statusFailed
	if !w.more() {
		w.need("the name of a VRF")
		w.peer("Invalid arguments")
	}
	name := w.device("the name of a VRF")
	if w.more() {
		w.next()
		w.bad("the end of the command")
		w.peer("Invalid arguments")
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		return s.vrfPids(ctx, o, name)
	}
}

// vrfPids writes the processes whose sockets are bound to a VRF.
func (s *Session) vrfPids(ctx context.Context, o *Options, name string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if _, err := vrfIndex(ctx, conn, name, peerNoVRF); err != nil {
		return failed(&peerError{text: "Invalid VRF name", err: err})
	}
	netns, err := s.vrfNetNS(o)
	if err != nil {
		return failed(err)
	}
	path, tree, err := vrfTree()
	if err != nil {
		return failed(err)
	}
	defer tree.Close()
	err = filepath.WalkDir(path+"/", func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && at != path+"/" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
			return nil // it has gone, or is not for this user
		case err != nil || !d.IsDir():
			return err
		case d.Name() != vrfGroup:
			return nil
		}
		if netns == "" || filepath.Base(filepath.Dir(at)) == netns {
			if err := writePids(s.Stdout, filepath.Join(at, name)); err != nil {
				return err
			}
		}
		return fs.SkipDir
	})
	return failed(err)
}

// writePids writes the processes of a cgroup, none if it does not exist.
func writePids(out io.Writer, cgroup string) error {
	b, err := os.ReadFile(filepath.Join(cgroup, "cgroup.procs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for pid := range strings.FieldsSeq(string(b)) {
		comm, err := os.ReadFile("/proc/" + pid + "/comm")
		name := strings.TrimSuffix(string(comm), "\n")
		if err != nil {
			name = "<terminated?>"
		}
		if _, err := fmt.Fprintf(out, "%5s  %s\n", pid, plain.Text(name)); err != nil {
			return err
		}
	}
	return nil
}
