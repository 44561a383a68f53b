package view

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A checker finds what of a lab's view cannot be made, by looking at the
// machine's files. It opens none of them but those with its users and groups.
type checker struct {
	s     *Sources
	wrong *topology.Mistakes
	kinds map[string]kindOf // by path
	// gaps has what is missing on the machine, and resolved the paths that
	// others lead to, both by path.
	gaps     map[string]gap
	resolved map[string]string
	// machine has the contents of the machine's /etc/passwd and /etc/group.
	machine map[string]string
	// missing are the programs that have been found missing.
	missing map[missingProgram]bool
}

// kindOf says what is at a path.
type kindOf struct {
	dir bool
	err error // fs.ErrNotExist, or what keeps from looking
	// below says that it is in a tmpfs, where programs may make it.
	below bool
}

func (c *checker) kind(path string) kindOf {
	k, ok := c.kinds[path]
	if !ok {
		fi, err := os.Stat(path)
		k = kindOf{dir: err == nil && fi.IsDir(), err: err}
		c.kinds[path] = k
	}
	return k
}

// node checks what a node's view is made of.
func (c *checker) node(n *topology.Node) {
	mounts := mountsOf(n, c.s)
	for i := range mounts {
		m := &mounts[i]
		at := n.ViewPos(m.target)
		if m.kind == isBind {
			k := c.kind(m.source)
			if k.err != nil {
				c.wrong.Add(at, "", "%s: %s: %s", m.words(), plain.Name(m.source), c.reason(nil, m.source, k.err))
				continue
			}
			m.dir = k.dir
		}
		if why := c.cannotMount(mounts[:i], m); why != "" {
			c.wrong.Add(at, "", "%s: %s", m.words(), why)
		}
	}
	c.needs(n, mounts)
	c.user(n, mounts)
	if n.WorkingDir == "" {
		c.startOf(n, mounts)
		return
	}
	at := n.ViewPos("working_dir")
	switch k := c.seen(mounts, n.WorkingDir); {
	case k.err == nil && k.dir, k.below: // whoever makes it
	case k.err == nil:
		c.wrong.Add(at, "", "working_dir %s is not a directory", plain.Name(n.WorkingDir))
	default:
		c.wrong.Add(at, "", "working_dir %s: %s", plain.Name(n.WorkingDir), c.reason(mounts, n.WorkingDir, k.err))
	}
}

// startOf checks that programs that the lab file starts in a node see the
// directory in which they start, which is the file's own.
func (c *checker) startOf(n *topology.Node, mounts []mount) {
	if len(n.Exec) == 0 && len(n.Processes) == 0 && !n.Healthcheck.IsSet() {
		return
	}
	dir := c.resolve(c.s.Dir)
	// The path itself may lead through a mount, and so may what it leads to.
	resolved := slices.Clone(mounts)
	for i := range resolved {
		resolved[i].target = c.resolve(mounts[i].target)
	}
	for _, on := range []struct {
		mounts []mount
		dir    string
	}{{mounts, c.s.Dir}, {resolved, dir}} {
		if k := c.seen(on.mounts, on.dir); k.err == nil && k.dir {
			continue
		}
		if i := hides(on.mounts, on.dir); i >= 0 {
			c.wrong.Add(n.ViewPos(mounts[i].target), "give the node a working_dir", "%s hides the lab file's directory %s, in which programs of node %q start",
				mounts[i].words(), plain.Name(c.s.Dir), n.Name)
			return
		}
	}
}

// hides returns which is the last of some mounts that a path is below, -1 for
// none.
func hides(mounts []mount, path string) int {
	for i := len(mounts) - 1; i >= 0; i-- {
		if strings.HasPrefix(path, mounts[i].target+"/") {
			return i
		}
	}
	return -1
}

// resolve follows the symbolic links in a path, if it exists.
func (c *checker) resolve(path string) string {
	to, ok := c.resolved[path]
	if !ok {
		var err error
		if to, err = filepath.EvalSymlinks(path); err != nil {
			to = path
		}
		c.resolved[path] = to
	}
	return to
}

// seen says what programs see at a path after some mounts: what the last of
// them shows there that covers it.
func (c *checker) seen(after []mount, p string) kindOf {
	at, k := c.shows(after, p)
	if at != "" {
		return c.kind(at)
	}
	return k
}

// shows returns the machine's path that programs see at a path after some
// mounts or, if they see something of the node's own there, "" and what it is.
func (c *checker) shows(after []mount, p string) (string, kindOf) {
	for i := len(after) - 1; i >= 0; i-- {
		m := &after[i]
		rest, below := strings.CutPrefix(p, m.target+"/")
		switch {
		case p == m.target && m.kind == isBind:
			return m.source, kindOf{}
		case below && m.kind == isOverlay:
			k := c.kind(p)
			if k.err == nil {
				return p, k
			}
			return "", kindOf{err: k.err, below: errors.Is(k.err, fs.ErrNotExist)}
		case p == m.target:
			return "", kindOf{dir: m.dir}
		case below && !m.dir:
			return "", kindOf{err: unix.ENOTDIR}
		case below && m.kind == isTmpfs:
			return "", kindOf{err: fs.ErrNotExist, below: true}
		case below:
			return filepath.Join(m.source, rest), kindOf{}
		case strings.HasPrefix(m.target, p+"/"):
			// What was missing was made for what is mounted below it.
			at, k := c.shows(after[:i], p)
			if at != "" {
				k = c.kind(at)
			}
			if k.err != nil {
				return "", kindOf{dir: true}
			}
			return at, k
		}
	}
	return p, kindOf{}
}

// cannotMount says why a mount cannot be made after others, "" if it can.
func (c *checker) cannotMount(before []mount, m *mount) string {
	k := c.seen(before, m.target)
	switch {
	case k.err == nil && k.dir == m.dir:
		return ""
	case k.err == nil && m.dir:
		return fmt.Sprintf("a directory cannot be seen in the place of the file %s", plain.Name(m.target))
	case k.err == nil:
		return fmt.Sprintf("a file cannot be seen in the place of the directory %s", plain.Name(m.target))
	case !errors.Is(k.err, fs.ErrNotExist):
		return c.reason(before, m.target, k.err)
	}
	for p := filepath.Dir(m.target); ; p = filepath.Dir(p) { // up to "/"
		k := c.seen(before, p)
		switch {
		case k.err == nil && k.dir:
			return c.cannotMake(before, p, m.target)
		case k.err == nil:
			return fmt.Sprintf("%s is not a directory", plain.Name(p))
		case !errors.Is(k.err, fs.ErrNotExist):
			return plain.Name(p) + ": " + reason(k.err)
		}
	}
}

// cannotMake says why a target that is missing below a directory cannot be
// made, "" if it can: the directory may be one that nothing can stand in for.
func (c *checker) cannotMake(before []mount, dir, target string) string {
	at, _ := c.shows(before, dir)
	if at == "" {
		return "" // in a directory of the node's own
	}
	path := filepath.Join(at, strings.TrimPrefix(target, dir))
	g, ok := c.gaps[path]
	if !ok {
		g = gapAt(path)
		c.gaps[path] = g
	}
	if g.why == "" || at == dir && c.covered(before, g.dir) {
		return ""
	}
	return g.why
}

// A gap is a path of the machine at which something is missing.
type gap struct {
	// dir is the last directory on the way, without symbolic links.
	dir string
	// why says why nothing can be made there, "" if it can.
	why string
}

// gapAt follows a path as a mount does: a symbolic link may lead on, to where
// something else is missing.
func gapAt(path string) (g gap) {
	fd, missing, err := walk(path)
	if err != nil {
		g.why = plain.Name(path) + ": " + err.Error()
		return g
	}
	defer unix.Close(fd)
	if len(missing) == 0 {
		return g // it was created meanwhile
	}
	if g.dir, err = pathOf(fd); err != nil {
		g.why = plain.Name(path) + ": " + err.Error()
	} else if why := cannotStandIn(fd); why != "" {
		g.why = fmt.Sprintf("%s does not exist in %s, which %s; create it", plain.Name(strings.Join(missing, "/")), plain.Name(g.dir), why)
	}
	return g
}

// covered reports whether a path without symbolic links is where something is
// mounted, or below it.
func (c *checker) covered(mounts []mount, path string) bool {
	for i := range mounts {
		target := c.resolve(mounts[i].target)
		if path == target || strings.HasPrefix(path, target+"/") {
			return true
		}
	}
	return false
}

// cannotStandIn says why no stand-in can be made for a directory, "" if one
// can.
func cannotStandIn(at int) string {
	fd, err := retryFD(func() (int, error) { return unix.Openat(at, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return "cannot be read (" + err.Error() + ")"
	}
	d := os.NewFile(uintptr(fd), "directory")
	defer d.Close()
	names, err := d.Readdirnames(maxEntries + 1)
	switch {
	case len(names) > maxEntries:
		return fmt.Sprintf("has more than %d entries", maxEntries)
	case err != nil && !errors.Is(err, io.EOF):
		return "cannot be read (" + reason(err) + ")"
	}
	return ""
}

// reason says why nothing can be seen at a path after some mounts: if that is a
// file on the way, which one.
func (c *checker) reason(after []mount, path string, err error) string {
	for p := filepath.Dir(path); errors.Is(err, unix.ENOTDIR) && p != "/"; p = filepath.Dir(p) {
		if k := c.seen(after, p); k.err == nil && !k.dir {
			return plain.Name(p) + " is not a directory"
		}
	}
	return reason(err)
}

// reason is an error without the path and the call, which the message has.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
