package labtest

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A limit is what fails from one call on to the end of a run: the disk is full, there
// are no more descriptors.
type limit struct {
	errnos []unix.Errno
	// counts returns what tells, in one run, which calls it is about.
	counts func() func(*call) bool
	// notUndone says why undoing needs some of it, "" where it does not: then a change that
	// fails is undone. Otherwise nslab may say what is not.
	notUndone string
}

var limits = []limit{
	{[]unix.Errno{unix.ENOSPC, unix.EDQUOT}, needsRoom, ""},
	{[]unix.Errno{unix.EROFS}, needsWriting, "names and files that were there before cannot be put back"},
	{[]unix.Errno{unix.EMFILE, unix.ENFILE}, always(opens), "here nothing can be opened again that was closed; see openFiles"},
	{[]unix.Errno{unix.ENOMEM}, needsMemory, "each file, socket and namespace that undoing opens takes memory of the kernel's"},
}

func always(f func(*call) bool) func() func(*call) bool { return func() func(*call) bool { return f } }

// opens reports whether a call takes a descriptor.
func opens(c *call) bool {
	switch c.name {
	case "open", "openat", "openat2":
		// Before its main function a program cannot say why it does not run.
		return !strings.HasPrefix(c.detail, "/lib") && !strings.HasPrefix(c.detail, "/usr/lib") && c.detail != "/etc/ld.so.cache"
	case "socket", "memfd_create", "fsopen", "fsmount", "pidfd_open", "open_tree":
		return true
	}
	return false
}

// needsRoom tells the calls that take room in a file system that is on a disk or has a
// limit, as /run has: not those for what is there, nor for what an unlink before has
// made room for, nor those in the lab's own tmpfs.
func needsRoom() func(*call) bool {
	var freed []string
	return func(c *call) bool {
		at := c.path()
		for _, own := range []string{"/ns/", "/log/"} {
			if strings.Contains(at, labsDir+"/"+labName+own) {
				return false
			}
		}
		switch c.name {
		case "unlink", "unlinkat":
			freed = append(freed, ofAll(at))
		case "open", "openat", "mkdir", "mkdirat", "symlink", "symlinkat", "link", "linkat":
			_, err := os.Lstat(at)
			return changing(c) && err != nil && !slices.Contains(freed, ofAll(at))
		case "write", "writev", "fallocate":
			return strings.HasPrefix(c.detail, "/run/") && changing(c)
		}
		return false
	}
}

// ofAll is a path without the process by whose root it leads.
func ofAll(path string) string {
	_, rest, _ := strings.Cut(path, "/root/")
	return rest
}

// path is the absolute path that a call is about, as this process can open it.
func (c *call) path() string {
	words := strings.Fields(c.detail)
	if len(words) == 0 {
		return ""
	}
	at, dir := words[len(words)-1], fmt.Sprintf("/proc/%d/cwd", c.tid)
	switch {
	case strings.HasPrefix(at, "/"):
		return fmt.Sprintf("/proc/%d/root%s", c.tid, at)
	case c.name == "symlinkat":
		dir = c.fd(c.args[1])
	case strings.HasSuffix(c.name, "at"):
		dir = c.fd(c.args[0])
	}
	if target, err := os.Readlink(dir); err == nil {
		dir = fmt.Sprintf("/proc/%d/root%s", c.tid, target)
	}
	return dir + "/" + at
}

// fd is the file of /proc of a descriptor of the caller's.
func (c *call) fd(fd uint64) string {
	if int32(fd) == unix.AT_FDCWD {
		return fmt.Sprintf("/proc/%d/cwd", c.tid)
	}
	return fmt.Sprintf("/proc/%d/fd/%d", c.tid, int32(fd))
}

// needsWriting tells the calls that are refused on a file system that is read-only.
func needsWriting() func(*call) bool {
	room := needsRoom()
	return func(c *call) bool {
		switch c.name {
		case "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "ftruncate", "fchmod", "fchmodat":
			return changing(c)
		}
		return room(c)
	}
}

// needsMemory tells the calls that take memory of the kernel's, of those that the other
// limits are about.
func needsMemory() func(*call) bool {
	room := needsRoom()
	return func(c *call) bool {
		switch c.name {
		case "mount", "move_mount", "unshare":
			return true
		}
		return opens(c) || room(c)
	}
}

// limits sets in with each limit at each call that it is about. When it is lifted
// again, the lab of a change is as before, or nslab has said that it is not, and of a
// new lab nothing is left or `down` removes it; no lab is broken.
func (s *sweep) limits() {
	for i := range phases {
		p := &phases[i]
		for k := range limits {
			s.limitPhase(p, &limits[k], 2)
		}
	}
	s.report()
}

func (s *sweep) limitPhase(p *phase, l *limit, short int) {
	s.t.Helper()
	runs, survived, undone := 0, 0, 0
	points := s.each(p, l.counts(), short, func(at int, _ *call) (bool, error) {
		list := l.errnos
		if !full() {
			list = list[s.rand.IntN(len(list)):][:1]
		}
		hit := false
		for _, errno := range list {
			if err := p.start(s); err != nil {
				return hit, err
			}
			r := s.run(p, l.counts(), fault{effect: failBefore, at: at, errno: errno, onward: true})
			if r.hit == nil {
				return hit, nil
			}
			hit = true
			runs++
			why := ill(r)
			if why == "" {
				why = s.limited(p, l, r)
			}
			if why == "" {
				why = s.downs()
			}
			if !strings.Contains(r.output, notUndone) {
				undone++
			}
			if why == "" {
				survived++
			} else if !s.found("%s, %s from call %d (%v) on: exit status %d: %s\nIt said:\n%s", p.name, unix.ErrnoName(errno), at, r.hit, r.exit(), why, r.output) {
				return hit, nil
			}
		}
		return hit, nil
	})
	s.t.Logf("%s from a call of %s on: %d points, %d runs, %d survived, %d with nothing to undo by hand; %s", unix.ErrnoName(l.errnos[0]), p.name, points, runs, survived, undone, cmp.Or(l.notUndone, "none may have"))
}

// notUndone is what nslab says when it could not take back everything.
const notUndone = "could not be undone"

// limited says what is wrong after a run whose limit is lifted again.
func (s *sweep) limited(p *phase, l *limit, r *result) string {
	if status, out := s.nslab("ls"); status != 0 || strings.Contains(out, "broken") {
		return "ls says: " + out
	}
	if l.notUndone == "" && strings.Contains(r.output, notUndone) {
		return "undoing lacked something"
	}
	if r.exit() == 2 { // the file cannot be read
		return s.unchanged(p, r)
	}
	return s.holds(p, r)
}
