package labtest

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A limit makes calls fail from one call on to the end of a run: the disk is
// full, or there are no more descriptors.
type limit struct {
	errnos []unix.Errno
	// counts returns a function that reports, in one run, which calls the limit
	// applies to.
	counts func() func(*call) bool
	// notUndone says why undoing is subject to the limit. If it is "", a change
	// that fails must be undone; otherwise nslab may report what was not.
	notUndone string
}

var limits = []limit{
	{[]unix.Errno{unix.ENOSPC, unix.EDQUOT}, needsRoom, ""},
	{[]unix.Errno{unix.EROFS}, needsWriting, "names and files that were there before cannot be put back"},
	{[]unix.Errno{unix.EMFILE, unix.ENFILE}, always(opens), "here nothing can be opened again that was closed; see openFiles"},
	{[]unix.Errno{unix.ENOMEM}, needsMemory, "each file, socket and namespace that undoing opens takes kernel memory"},
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

// needsRoom returns a function that reports calls that take space in a file
// system on a disk or with a limit, such as /run. It leaves out calls for
// existing files, for files for which an earlier unlink has made room, and in
// the lab's own tmpfs.
func needsRoom() func(*call) bool {
	var freed []string
	return func(c *call) bool {
		if c.onCgroup() {
			return false
		}
		at := c.path()
		for _, own := range []string{"/ns/", "/log/", "/view/"} {
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

// ofAll returns a path without the process through whose root it leads.
func ofAll(path string) string {
	_, rest, _ := strings.Cut(path, "/root/")
	return rest
}

// path returns the absolute path of a call's file, as this process can open it.
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

// onCgroup reports whether the call's object is in a cgroup file system.
func (c *call) onCgroup() bool {
	var st unix.Statfs_t
	switch c.name {
	case "mkdirat", "openat", "openat2", "unlinkat", "write", "pwrite64":
		return unix.Statfs(c.fd(c.args[0]), &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC
	}
	return false
}

// fd returns the file in /proc of a descriptor of the caller.
func (c *call) fd(fd uint64) string {
	if int32(fd) == unix.AT_FDCWD {
		return fmt.Sprintf("/proc/%d/cwd", c.tid)
	}
	return fmt.Sprintf("/proc/%d/fd/%d", c.tid, int32(fd))
}

// needsWriting returns a function that reports calls that fail on a read-only
// file system.
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

// needsMemory returns a function that reports calls that take kernel memory,
// among those of the other limits.
func needsMemory() func(*call) bool {
	room := needsRoom()
	return func(c *call) bool {
		switch c.name {
		case "mount", "move_mount", "unshare":
			return true
		}
		return opens(c) || room(c) || starting(c) || changing(c) && c.onCgroup()
	}
}

// limits lets each limit set in at each call that it applies to. When the limit
// is lifted again, a changed lab is as before, or nslab has said that it is
// not; a new lab is gone, or `down` removes it. No lab is broken.
func (s *sweep) limits() {
	for i := range s.phases {
		p := &s.phases[i]
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

// notUndone is nslab's message if it could not undo everything.
const notUndone = "could not be undone"

// limited says what is wrong after a run whose limit has been lifted.
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
