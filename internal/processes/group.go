package processes

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A Group is what the programs belong to that the file of a lab has started,
// with all that they fork. Each program is a member, NODE:PROGRAM; the exec
// lines and the healthchecks of a node are the member NODE.
//
// As root it is a cgroup, nslab/LAB.ID, with one for each node and in that
// MEMBER@NUMBER for each start: nothing leaves these by forking, by a session of
// its own, or by closing all files. Where cgroups cannot be
// made, as without root, it is a mark in the environment of the programs and
// the session that each begins. What empties its environment, begins another
// session and lets its parent end is then nobody's, as what a person runs is.
type Group struct {
	dir *labdir.Dir
	// id is LAB.ID. The random ID tells it from those of labs of this name in
	// other mount namespaces, since there is one tree of cgroups.
	id string
	// marked says that it is a mark.
	marked bool
	// tree is the root of the tree of cgroups, nil before it is needed. Programs
	// of several nodes are started at once.
	tree    *os.File
	opening sync.Mutex
}

const (
	// groupFile has LAB.ID and the kind of the group. It is written before
	// there is one, and read by a down that finds nothing else.
	groupFile = "group"
	kindTree  = "cgroup"
	kindMark  = "mark"
	// parentGroup is the cgroup of all labs.
	parentGroup = "nslab"
	// Mark is the variable of the mark: LAB.ID:MEMBER.
	Mark = "NSLAB_GROUP"
)

var groupText = regexp.MustCompile(`^([a-z0-9-]{1,32}\.[0-9a-f]{16}) (` + kindTree + `|` + kindMark + `)\n$`)

// ReadGroup returns the group of a lab, nil where it has none. Close it. Where
// the file that tells of it is spoilt, processes in the lab's nodes tell.
func ReadGroup(d *labdir.Dir) (*Group, error) {
	b, err := d.Read(groupFile)
	if err != nil || b == nil {
		return nil, err
	}
	m := groupText.FindSubmatch(b)
	if m == nil {
		return recoverGroup(d)
	}
	return &Group{dir: d, id: string(m[1]), marked: string(m[2]) == kindMark}, nil
}

// MakeGroup returns the group of a lab, and makes it where it has none: a mark
// if that is asked for, or if cgroups cannot be made.
func MakeGroup(d *labdir.Dir, mark bool) (*Group, error) {
	g, err := ReadGroup(d)
	if g != nil || err != nil {
		return g, err
	}
	id := make([]byte, 8)
	rand.Read(id) //nolint:errcheck // it does not fail
	g = &Group{dir: d, id: d.Name + "." + hex.EncodeToString(id)}
	if mark || g.openTree() != nil {
		g.marked = true
		return g, g.record(kindMark)
	}
	if err := g.record(kindTree); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	lock, err := g.enter()
	if err == nil {
		return g, lock.Close()
	}
	// Nobody would look for what it has made, as of a lab whose group is a mark.
	var st unix.Stat_t
	if unix.Fstatat(int(g.tree.Fd()), g.path(), &st, unix.AT_SYMLINK_NOFOLLOW) != unix.ENOENT &&
		unix.Unlinkat(int(g.tree.Fd()), g.path(), unix.AT_REMOVEDIR) != nil {
		return nil, errors.Join(err, g.Close())
	}
	// A user namespace, a kernel without cgroup2, a container whose cgroups are
	// read-only: there are many reasons, and one way out.
	g.marked = true
	return g, errors.Join(g.Close(), g.record(kindMark))
}

func (g *Group) record(kind string) error {
	return g.dir.Write(groupFile, []byte(g.id+" "+kind+"\n"), 0o600)
}

// Close closes what is open. The group may be nil.
func (g *Group) Close() error {
	if g == nil || g.tree == nil {
		return nil
	}
	err := g.tree.Close()
	g.tree = nil
	return err
}

// IsMark reports whether the group is a mark, which does not hold everything
// that its programs fork, and not a cgroup.
func (g *Group) IsMark() bool { return g.marked }

// Adopted is a command that is a member.
type Adopted struct {
	// dir is its cgroup, nil for a mark.
	dir *os.File
	g   *Group
}

// Close has to be called when the command has been started, or is not going to
// be.
func (a *Adopted) Close() error {
	if a.dir == nil {
		return nil
	}
	return a.dir.Close()
}

// Leave removes the cgroup, once the command has ended, unless something that
// it has started lives on.
func (a *Adopted) Leave() {
	if a.dir != nil {
		unix.Unlinkat(int(a.g.tree.Fd()), a.dir.Name(), unix.AT_REMOVEDIR) //nolint:errcheck // see above
	}
}

// Adopt makes what a command starts a member, within the limits of its node.
// Each start gets a cgroup of its own, MEMBER@NUMBER: see kill.
func (g *Group) Adopt(cmd *nsfs.Cmd, member string, l *topology.NodeLimits) (*Adopted, error) {
	if g.marked {
		if cmd.Env == nil {
			cmd.Env = os.Environ()
		}
		cmd.Env = append(cmd.Env, Mark+"="+g.id+":"+member)
		return &Adopted{}, nil
	}
	lock, err := g.enter()
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	node, _ := NodeOf(member)
	if err := g.enterNode(node, l); err != nil {
		return nil, err
	}
	number := make([]byte, 4)
	rand.Read(number) //nolint:errcheck // it does not fail
	a, err := g.adopted(g.nodePath(node) + "/" + member + "@" + hex.EncodeToString(number))
	if err == nil {
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(a.dir.Fd())
	}
	return a, err
}

// keeperGroup is the cgroup of a lab's keeper and of what it runs to start
// programs. No node has this name.
const keeperGroup = "_keeper"

// AdoptKeeper has a command start in the cgroup of the lab's keeper, where the
// group is none of marks. Close what it returns as that of Adopt.
func (g *Group) AdoptKeeper(attr *syscall.SysProcAttr) (*Adopted, error) {
	if g.marked {
		return &Adopted{}, nil
	}
	lock, err := g.enter()
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	a, err := g.adopted(g.nodePath(keeperGroup))
	if err == nil {
		attr.UseCgroupFD, attr.CgroupFD = true, int(a.dir.Fd())
	}
	return a, err
}

// adopted makes a cgroup for what is started, unless it is there, and opens it.
func (g *Group) adopted(at string) (*Adopted, error) {
	if err := unix.Mkdirat(int(g.tree.Fd()), at, 0o755); err != nil && err != unix.EEXIST {
		return nil, &fs.PathError{Op: "make cgroup", Path: at, Err: err}
	}
	dir, err := g.open(at, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	// The lock keeps it from being taken for one that was left behind.
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_SH); err != nil {
		return nil, errors.Join(os.NewSyscallError("flock", err), dir.Close())
	}
	return &Adopted{dir, g}, nil
}

// Tidy removes what earlier starts of a member have left, unless something
// lives in it. Nothing of it may be about to start.
func (g *Group) Tidy(member string) error {
	if g.marked {
		return nil
	}
	all, err := g.cgroupsOf(member)
	for _, at := range all {
		unix.Unlinkat(int(g.tree.Fd()), at, unix.AT_REMOVEDIR) //nolint:errcheck // see above
	}
	return err
}

// cgroupsOf returns the cgroups of a member, or with "" that of the lab.
func (g *Group) cgroupsOf(member string) (all []string, err error) {
	if err := g.openTree(); err != nil {
		return nil, err
	}
	if member == "" {
		return []string{g.path()}, nil
	}
	node, _ := NodeOf(member)
	names, err := g.in(g.nodePath(node))
	for _, name := range names {
		if of, _, _ := strings.Cut(name, "@"); of == member {
			all = append(all, g.nodePath(node)+"/"+name)
		}
	}
	return all, err
}

// enter makes the cgroup of the lab, and keeps it from being taken for one that
// was left behind until what it returns is closed.
func (g *Group) enter() (*os.File, error) {
	if err := g.openTree(); err != nil {
		return nil, err
	}
	for {
		for _, at := range []string{parentGroup, g.path()} {
			if err := unix.Mkdirat(int(g.tree.Fd()), at, 0o755); err != nil && err != unix.EEXIST && err != unix.ENOENT {
				return nil, &fs.PathError{Op: "make cgroup", Path: at, Err: err}
			}
		}
		dir, err := g.open(g.path(), unix.O_RDONLY|unix.O_DIRECTORY)
		if errors.Is(err, unix.ENOENT) {
			continue // its parent, or it, has just been removed
		}
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(dir.Fd()), unix.LOCK_SH); err != nil {
			return nil, errors.Join(os.NewSyscallError("flock", err), dir.Close())
		}
		if g.is(dir) {
			return dir, nil
		}
		dir.Close()
	}
}

// is reports whether an open directory is the cgroup of the lab still.
func (g *Group) is(dir *os.File) bool {
	var have, now unix.Stat_t
	return unix.Fstat(int(dir.Fd()), &have) == nil && unix.Fstatat(int(g.tree.Fd()), g.path(), &now, 0) == nil && have.Ino == now.Ino
}

// path is the cgroup of the lab, and nodePath that of a node of it.
func (g *Group) path() string { return parentGroup + "/" + g.id }

func (g *Group) nodePath(node string) string { return g.path() + "/" + node }

func (g *Group) open(at string, flags int) (*os.File, error) {
	fd, err := unix.Openat(int(g.tree.Fd()), at, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open cgroup", Path: at, Err: err}
	}
	return os.NewFile(uintptr(fd), at), nil
}

// kill ends all of a member, or with "" of the group, at once. Kernels before
// 5.14 cannot: those whom it may concern are sent SIGKILL one by one besides.
//
// Nothing can be started in a cgroup for which it was called, even by a run that
// has been interrupted. Some kernels, 6.18 among them, kill all that is started
// in a cgroup once this has been written to it: cgroup_css_set_fork takes
// kill_seq from the cgroup of the parent, and cgroup_post_fork compares it with
// that of the new one.
func (g *Group) kill(member string) error {
	if g.marked {
		return nil
	}
	all, err := g.cgroupsOf(member)
	for _, at := range all {
		err = errors.Join(err, g.killAt(at))
	}
	return err
}

func (g *Group) killAt(at string) error {
	f, err := g.open(at+"/cgroup.kill", unix.O_WRONLY)
	if isRemoved(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(killThrough(f), f.Close())
}

// killThrough ends all in a cgroup by its open cgroup.kill.
func killThrough(f *os.File) error {
	if _, err := f.WriteString("1"); !isRemoved(err) {
		return err
	}
	return nil
}

// isRemoved reports whether an error says that a cgroup is not there any more.
// Another nslab, or systemd, may remove one that is empty between any two calls:
// its open files then give ENODEV (kernfs), and cgroup.kill ENOENT (see
// cgroup_kill_write in kernel/cgroup/cgroup.c).
func isRemoved(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) }
