package processes

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// Member returns the name in a group of a program of a node, and with "" that
// of the node's exec lines and healthchecks.
func Member(node, program string) string {
	if program == "" {
		return node
	}
	return node + ":" + program
}

// NodeOf returns the node of a member, and its program, "" for none.
func NodeOf(member string) (node, program string) {
	node, program, _ = strings.Cut(member, ":")
	return node, program
}

// A memberFinder tells which member of a group a process belongs to.
type memberFinder struct {
	*Group
	// sessions are the members of a mark by the sessions that they have begun,
	// with the time at which the first process of each started.
	sessions map[int]session
	numbers  procNumbers
}

type session struct {
	member string
	start  uint64
}

func newMemberFinder(g *Group, numbers procNumbers) (*memberFinder, error) {
	f := &memberFinder{Group: g, numbers: numbers}
	if !g.marked {
		return f, nil
	}
	records, err := ReadRecords(g.dir)
	if err != nil {
		return nil, err
	}
	f.sessions = make(map[int]session, len(records))
	for i := range records {
		if r := &records[i]; r.PID > 0 {
			f.sessions[r.PID] = session{Member(r.Node, r.Program), r.StartTime}
		}
	}
	return f, nil
}

// of returns the member that a process belongs to, "" for none, by its number
// in /proc. The error is errEnded for one that is not there any more.
func (f *memberFinder) of(pid int) (string, error) {
	if f.marked {
		return f.byMark(pid)
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	if gone(err) {
		return "", errEnded
	}
	if err != nil {
		return "", err
	}
	// The path is as seen from the reader's cgroup namespace; the ID makes it
	// one of a kind (cgroups(7)).
	for line := range strings.Lines(string(b)) {
		path, ok := strings.CutPrefix(line, "0::")
		if !ok {
			continue
		}
		if _, rest, ok := strings.Cut(path, "/"+f.path()+"/"); ok {
			_, start, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), "/") // after the node
			member, _, _ := strings.Cut(start, "@")
			return member, nil
		}
	}
	return "", nil
}

// maxEnviron bounds how much of an environment is searched, in bytes.
const maxEnviron = 1 << 20

// byMark looks for the mark, and else for the session.
func (f *memberFinder) byMark(pid int) (string, error) {
	base := "/proc/" + strconv.Itoa(pid)
	member, err := f.markIn(base + "/environ")
	if gone(err) {
		return "", errEnded
	}
	if member != "" {
		return member, nil
	}
	// Nobody may look into the environment of another user's process, nor of
	// one that has made itself unreadable.
	st, err := readStat(base)
	if gone(err) {
		return "", errEnded
	}
	if err != nil {
		return "", err
	}
	own := st.session
	if f.numbers.level > 0 {
		return "", nil // /proc has numbers of another PID namespace
	}
	s, ok := f.sessions[own]
	if !ok {
		return "", nil
	}
	// While a session has a member its number is nobody else's. If its first
	// process lives it has to be the one that was started.
	switch first, err := readStat("/proc/" + strconv.Itoa(own)); {
	case err == nil && first.start == s.start:
		return s.member, nil
	case gone(err) && f.inNode(base, s.member):
		return s.member, nil
	}
	return "", nil
}

// inNode reports whether a process lives in the node of a member.
func (f *memberFinder) inNode(base, member string) bool {
	node, _ := NodeOf(member)
	var has, is unix.Stat_t
	return unix.Stat(f.dir.Path(labdir.NamespaceDir)+"/"+node, &has) == nil && unix.Stat(base+"/ns/net", &is) == nil &&
		has.Dev == is.Dev && has.Ino == is.Ino
}

// markIn returns the member that an environment names.
func (f *memberFinder) markIn(path string) (string, error) {
	b, err := readEnviron(path)
	for v := range bytes.SplitSeq(b, []byte{0}) {
		if member, ok := strings.CutPrefix(string(v), Mark+"="+f.id+":"); ok {
			return member, nil
		}
	}
	return "", err
}

// readEnviron returns the beginning of an environment, as much of it as can be
// read. The error says that none of it can be.
func readEnviron(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b := make([]byte, 0, 8<<10)
	for len(b) < maxEnviron {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := file.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			break // the end, or what cannot be read: nothing is known of it
		}
	}
	return b, nil
}

// stat is some of /proc/PID/stat (proc_pid_stat(5)).
type stat struct {
	session int
	// start is when the process started, in clock ticks since the boot.
	start uint64
	// ended says that the process has, and nobody has waited for it.
	ended bool
}

func readStat(base string) (s stat, err error) {
	b, err := os.ReadFile(base + "/stat")
	if err != nil {
		return s, err
	}
	// The second field is a name in parentheses, with any bytes in it.
	i := bytes.LastIndexByte(b, ')')
	f := strings.Fields(string(b[i+1:]))
	if i < 0 || len(f) < 20 {
		return s, fmt.Errorf("%s/stat has %d fields after the name", base, len(f))
	}
	s.ended = f[0] == "Z" || f[0] == "X"
	if s.session, err = strconv.Atoi(f[3]); err == nil {
		s.start, err = strconv.ParseUint(f[19], 10, 64)
	}
	if err != nil {
		return s, fmt.Errorf("%s/stat: %w", base, errors.Unwrap(err))
	}
	return s, nil
}

// StartTime returns when a process started, in clock ticks since the boot. With
// its number it stands for one process until the next boot.
func StartTime(pid int) (uint64, error) {
	s, err := readStat("/proc/" + strconv.Itoa(pid))
	return s.start, err
}
