package processes

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A Process is a process in a node of a lab.
type Process struct {
	// PID is its number in /proc.
	PID int
	// Node is the name of the node that it is in.
	Node string
	// Command is its name as in /proc/PID/comm. It may contain any bytes.
	Command string
	// Member is NODE:PROGRAM if a program of the lab's file has started it,
	// NODE if an exec line or a healthcheck of that node has, and "" if neither
	// has. It may be in another node than that one, or in none.
	Member string
}

func (p *Process) String() string {
	return fmt.Sprintf("%d in %s: %s", p.PID, p.Node, plain.Text(p.Command))
}

// An UnseenError says that nslab cannot tell whether some processes run in a
// lab.
type UnseenError struct {
	// Lab is the lab's name.
	Lab string
	// PIDs are processes that are listed but cannot be inspected.
	PIDs []int
	// Hidden is the hidepid option of /proc if it hides processes, otherwise
	// "".
	Hidden string
}

func (e *UnseenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "lab %q: nslab cannot tell whether processes run in it: ", e.Lab)
	if e.Hidden != "" {
		fmt.Fprintf(&b, "/proc does not list processes of other users (hidepid=%s)", e.Hidden)
	}
	if len(e.PIDs) > 0 {
		if e.Hidden != "" {
			b.WriteString(", and ")
		}
		b.WriteString("it may not look into these: ")
		for i, pid := range e.PIDs {
			if i == maxListed {
				fmt.Fprintf(&b, " and %d more", len(e.PIDs)-i)
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Itoa(pid))
		}
	}
	b.WriteString("; run nslab with CAP_SYS_PTRACE, or use --kill to go on all the same")
	return b.String()
}

// maxListed bounds how many processes an error lists.
const maxListed = 20

// nsKey identifies a namespace while it exists: st_dev and st_ino of its file.
type nsKey struct{ dev, ino uint64 }

// A lookout finds the processes that live in a lab.
type lookout struct {
	lab     string
	dir     nsfs.Dir
	numbers procNumbers
	keys    map[nsKey]string
	// devs maps the inode number of /proc/PID/net/dev, which is different in
	// each network namespace, to a node. It is nil until it is needed.
	devs map[uint64]string
	// hidden is the hidepid option of /proc if /proc leaves processes out.
	hidden string
	// members tells what the lab's file has started, nil where that is nothing.
	members *memberFinder
}

// newLookout returns a lookout, or nil if the lab has neither namespaces nor a
// group. Close it.
func newLookout(d *labdir.Dir) (*lookout, error) {
	l := &lookout{lab: d.Name, dir: d.Namespaces(), keys: make(map[nsKey]string)}
	if err := l.readKeys(d); err != nil {
		return nil, err
	}
	group, err := ReadGroup(d)
	if err != nil || group == nil && len(l.keys) == 0 {
		return nil, err
	}
	if l.numbers, err = readProcNumbers(); err != nil {
		return nil, err
	}
	if group != nil {
		if l.members, err = newMemberFinder(group, l.numbers); err != nil {
			return nil, err
		}
	}
	l.hidden, err = hiding()
	return l, err
}

// readKeys reads the namespaces of the nodes. They exist as long as they are
// bound, so their numbers are nobody else's.
func (l *lookout) readKeys(d *labdir.Dir) error {
	fd, err := d.Mounted()
	if err != nil || fd < 0 {
		return err
	}
	defer unix.Close(fd)
	entries, err := os.ReadDir(d.Path(labdir.NamespaceDir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		var st unix.Stat_t
		if err := unix.Fstatat(fd, e.Name(), &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			continue // gone by now
		}
		l.keys[nsKey{st.Dev, st.Ino}] = e.Name()
	}
	return nil
}

// close closes what the look-out has opened. It may be nil.
func (l *lookout) close() error {
	if l == nil || l.members == nil {
		return nil
	}
	return l.members.Close()
}

// look returns the processes that live in the lab, sorted by number. The
// UnseenError, if not nil, lists processes for which it could not find out. A
// process with threads in several namespaces is in the node of its main thread
// or, if that has ended, of any other thread.
//
// /proc is listed first, and the processes are inspected after that. A process
// that has ended in between may have forked another one, which is not in the
// list. So look returns no processes only when all processes that are new in
// the list were still there when they were inspected.
func (l *lookout) look() ([]Process, *UnseenError, error) {
	before := make(map[int]bool)
	for try := 1; ; try++ {
		s, err := l.scan()
		if err != nil {
			return nil, nil, err
		}
		lost := slices.ContainsFunc(s.ended, func(pid int) bool { return !before[pid] })
		if len(s.procs) > 0 || !lost || try == maxScans {
			return s.procs, s.unseen, nil
		}
		clear(before)
		for _, pid := range s.listed {
			before[pid] = true
		}
	}
}

// maxScans bounds how often look lists /proc: on a busy machine, processes that
// have nothing to do with the lab start and end all the time.
const maxScans = 20

// A scan is one pass through /proc.
type scan struct {
	listed, ended []int // ended are those of listed that had ended when looked into
	procs         []Process
	unseen        *UnseenError
}

func (l *lookout) scan() (s scan, err error) {
	s.unseen = &UnseenError{Lab: l.lab, Hidden: l.hidden}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return s, err
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		s.listed = append(s.listed, pid)
		node, member, err := l.placeOf(pid)
		switch {
		case err == errEnded:
			s.ended = append(s.ended, pid)
			continue
		case err != nil:
			s.unseen.PIDs = append(s.unseen.PIDs, pid)
			continue
		case node == "":
			continue
		}
		comm, err := os.ReadFile("/proc/" + e.Name() + "/comm")
		if err != nil {
			s.ended = append(s.ended, pid)
			continue
		}
		s.procs = append(s.procs, Process{pid, node, strings.TrimSuffix(string(comm), "\n"), member})
	}
	slices.SortFunc(s.procs, func(a, b Process) int { return a.PID - b.PID })
	if s.unseen.Hidden == "" && len(s.unseen.PIDs) == 0 {
		s.unseen = nil
	}
	return s, nil
}

// placeOf returns the node that a process lives in and the member of the group
// that it belongs to. One that has left its node counts as in that of the
// member, and what is in neither as in none. Errors are as of nodeOf.
func (l *lookout) placeOf(pid int) (node, member string, err error) {
	if l.members != nil {
		// One that has ended but is waited for is in no namespace any more, and
		// in its cgroup.
		if member, err = l.members.of(pid); err != nil {
			return "", "", err
		}
	}
	node, err = l.nodeOf(pid)
	if member != "" && node == "" && err != errEnded {
		node, _ = NodeOf(member)
		err = nil
	}
	return node, member, err
}

// nodeOf returns the node that a process lives in, or "" if it lives elsewhere.
// The error is errEnded if the process has ended; any other error means that
// nodeOf could not find out.
func (l *lookout) nodeOf(pid int) (string, error) {
	base := "/proc/" + strconv.Itoa(pid)
	node, err := l.nodeAt(base)
	if !gone(err) {
		return node, err
	}
	// The main thread has ended; the other threads may still run.
	tasks, err := os.ReadDir(base + "/task")
	if gone(err) {
		return "", errEnded
	}
	if err != nil {
		return "", err
	}
	for _, t := range tasks {
		if node, err = l.nodeAt(base + "/task/" + t.Name()); !gone(err) && (err != nil || node != "") {
			if err == nil && l.ends(pid) {
				return "", errEnded
			}
			return node, err
		}
	}
	return "", errEnded
}

// ends reports whether a process whose main thread has ended is about to end as
// a whole. Every process that ends looks like that for a moment.
func (l *lookout) ends(pid int) bool {
	fd, err := l.numbers.open(pid)
	if err != nil {
		return errors.Is(err, errEnded)
	}
	defer unix.Close(fd)
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for deadline := time.Now().Add(endTime); fds[0].Revents == 0; {
		left := time.Until(deadline)
		if left <= 0 {
			return false
		}
		if _, err := unix.Poll(fds, int(left.Milliseconds())+1); err != nil && err != unix.EINTR {
			return false
		}
	}
	return true
}

// endTime is the longest time that the threads of a process may take to end
// after its main thread.
const endTime = time.Second

// nodeAt returns the node of a thread, given the thread's directory in /proc.
func (l *lookout) nodeAt(base string) (string, error) {
	var st unix.Stat_t
	err := unix.Stat(base+"/ns/net", &st)
	if err == nil {
		return l.keys[nsKey{st.Dev, st.Ino}], nil
	}
	if gone(err) {
		return "", err
	}
	// Only those who may inspect the process may see its namespaces (ptrace(2),
	// PTRACE_MODE_READ_FSCREDS). But anybody may see its /proc/PID/net, whose
	// files have other numbers in each network namespace.
	if err := unix.Stat(base+"/net/dev", &st); err != nil {
		return "", err
	}
	if l.devs == nil {
		if l.devs, err = l.netDevs(); err != nil {
			return "", err
		}
	}
	return l.devs[st.Ino], nil
}

// netDevs returns a map from the inode numbers of /proc/PID/net/dev to nodes.
func (l *lookout) netDevs() (map[uint64]string, error) {
	devs := make(map[uint64]string, len(l.keys))
	names := func(yield func(string) bool) {
		for _, name := range l.keys {
			if !yield(name) {
				return
			}
		}
	}
	err := l.dir.VisitEach(names, func(name string, _ *nsfs.Handle, err error) error {
		if errors.Is(err, nsfs.ErrNotNamespace) || errors.Is(err, unix.ENOENT) {
			return nil // what it was bound to is gone: nobody lives there
		}
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Stat("/proc/thread-self/net/dev", &st); err != nil {
			return &os.PathError{Op: "stat", Path: "/proc/thread-self/net/dev", Err: err}
		}
		devs[st.Ino] = name
		return nil
	})
	return devs, err
}

// gone reports whether an error says that a process or a thread has ended.
func gone(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) }

// Find returns the processes that live in a lab, sorted by number. If there may
// be others, the error is an *UnseenError.
func Find(d *labdir.Dir) ([]Process, error) {
	l, err := newLookout(d)
	if err != nil || l == nil {
		return nil, err
	}
	defer l.close() //nolint:errcheck // nothing was written
	procs, unseen, err := l.look()
	if err == nil && unseen != nil {
		err = unseen
	}
	return procs, err
}
