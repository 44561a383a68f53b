package processes

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Remove ends what may be left of the group, and removes it and the file that
// tells of it. The group may be nil.
func (g *Group) Remove() error {
	if g == nil {
		return nil
	}
	if !g.marked {
		if err := g.removeTree(); err != nil {
			return fmt.Errorf("lab %q: remove its cgroup: %w", g.dir.Name, err)
		}
	}
	return g.dir.Remove(groupFile)
}

func (g *Group) removeTree() error {
	if err := g.openTree(); lacksTree(err) {
		return nil
	} else if err != nil {
		return err
	}
	if err := g.kill(""); err != nil {
		return err
	}
	if err := g.empty(g.path()); err != nil {
		return err
	}
	if err := g.removeBelow(g.path()); err != nil {
		return err
	}
	g.removeLeft()
	// Other labs may have theirs in it.
	unix.Unlinkat(int(g.tree.Fd()), parentGroup, unix.AT_REMOVEDIR) //nolint:errcheck // see above
	return nil
}

// emptyTime bounds how long processes that have had SIGKILL take to leave.
const emptyTime = 10 * time.Second

// empty waits until there is no process in a cgroup. One that has ended is in it
// for a moment longer.
func (g *Group) empty(at string) error {
	f, err := g.open(at+"/cgroup.events", unix.O_RDONLY)
	if isRemoved(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for deadline := time.Now().Add(emptyTime); ; {
		b := make([]byte, 256)
		n, err := f.ReadAt(b, 0)
		switch {
		case isRemoved(err):
			return nil
		case err != nil && err != io.EOF:
			return err
		case strings.Contains(string(b[:n]), "populated 0\n"):
			return nil
		}
		left := time.Until(deadline)
		if left <= 0 {
			return fmt.Errorf("processes in it survived SIGKILL for %v", emptyTime)
		}
		_, err = unix.Poll([]unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}, int(left.Milliseconds())+1)
		if err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
	}
}

// removeBelow removes a cgroup and those in it. One that is not there is
// removed.
func (g *Group) removeBelow(at string) error {
	names, err := g.in(at)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := g.removeBelow(at + "/" + name); err != nil {
			return err
		}
	}
	if err := unix.Unlinkat(int(g.tree.Fd()), at, unix.AT_REMOVEDIR); err != nil && !isRemoved(err) {
		return &fs.PathError{Op: "remove cgroup", Path: at, Err: err}
	}
	return nil
}

// in returns the names of the cgroups in one.
func (g *Group) in(at string) (names []string, err error) {
	dir, err := g.open(at, unix.O_RDONLY|unix.O_DIRECTORY)
	if isRemoved(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if isRemoved(err) {
		err = nil
	}
	return names, err
}

// removeLeft removes cgroups of labs without a process in them: those of labs
// whose directory has gone with its mount namespace would stay otherwise. A lab
// whose programs have all ended gets it again when it starts one. What cannot
// be removed stays.
func (g *Group) removeLeft() {
	labs, _ := g.in(parentGroup) //nolint:errcheck // see above
	for _, lab := range labs {
		at := parentGroup + "/" + lab
		dir, err := g.open(at, unix.O_RDONLY|unix.O_DIRECTORY)
		if err != nil {
			continue
		}
		if unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil && !g.starting(at) {
			g.removeBelow(at) //nolint:errcheck // see above
		}
		dir.Close()
	}
}

// starting reports whether a program is being started in a cgroup, or in one
// below it.
func (g *Group) starting(at string) bool {
	below, err := g.in(at)
	for _, name := range below {
		dir, oerr := g.open(at+"/"+name, unix.O_RDONLY|unix.O_DIRECTORY)
		if oerr != nil {
			return true
		}
		lerr := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		dir.Close()
		if lerr != nil || g.starting(at+"/"+name) {
			return true
		}
	}
	return err != nil
}

// GroupsOf returns the cgroups of labs of a name, whatever directory these have.
func GroupsOf(lab string) ([]string, error) {
	g := &Group{}
	if err := g.openTree(); err != nil {
		if lacksTree(err) {
			return nil, nil
		}
		return nil, err
	}
	defer g.Close() //nolint:errcheck // nothing was written
	names, err := g.in(parentGroup)
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, lab+".") }), err
}
