package trace

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// sentences are the kernel's messages about requests, even of programs that did
// not ask for them: the tracepoint netlink:netlink_extack
// (include/trace/events/netlink.h), recorded in a trace instance of the
// tracer's own, only for the traced program.
//
// The file system that they are read through is mounted nowhere. The instance
// is a directory in it, which exists until it is removed; the next tracer
// removes one that a killed tracer left behind.
type sentences struct {
	tracefs int    // descriptor of the mount
	name    string // of the instance, in the mount
	pipe    int
	rest    []byte           // the beginning of a line that has not been read to its end
	said    map[int][]string // by task
}

// instancePrefix is the part of an instance's name before the tracer's process
// id.
const instancePrefix = "instances/nslab-trace-"

// newSentences begins to record. The tracepoint gives process ids of the
// initial PID namespace.
func newSentences() (s *sentences, err error) {
	var st unix.Stat_t
	if err := unix.Stat("/proc/self/ns/pid", &st); err != nil {
		return nil, os.NewSyscallError("stat /proc/self/ns/pid", err)
	}
	const initialPIDNamespace = 0xEFFFFFFC // PROC_PID_INIT_INO in include/linux/proc_ns.h
	if st.Ino != initialPIDNamespace {
		return nil, errors.New("the kernel does not report them inside a PID namespace")
	}
	s = &sentences{tracefs: -1, pipe: -1, said: map[int][]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
			s = nil
		}
	}()
	if s.tracefs, err = mountTracefs(); err != nil {
		return s, err
	}
	removeStale(s.tracefs)
	name := instancePrefix + strconv.Itoa(os.Getpid()) + "-" + strconv.Itoa(unix.Gettid())
	if err := unix.Mkdirat(s.tracefs, name, 0o700); err != nil {
		return s, fmt.Errorf("create a trace instance: %w", err)
	}
	s.name = name
	for _, set := range [][2]string{
		{"buffer_size_kb", "64"},
		{"options/event-fork", "1"}, // what the tasks start is recorded too
		{"events/netlink/netlink_extack/enable", "1"},
	} {
		if err := s.write(set[0], set[1]); errors.Is(err, unix.ENOENT) {
			return s, fmt.Errorf("%w: the tracepoint needs Linux 5.13", err)
		} else if err != nil {
			return s, err
		}
	}
	if s.pipe, err = unix.Openat(s.tracefs, s.name+"/trace_pipe", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err != nil {
		return s, fmt.Errorf("open trace_pipe: %w", err)
	}
	return s, nil
}

// mountTracefs returns a mount of tracefs that is in no mount namespace.
func mountTracefs() (int, error) {
	fd, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("mount tracefs: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.FsconfigCreate(fd); err != nil {
		return -1, fmt.Errorf("mount tracefs: %w", err)
	}
	m, err := unix.Fsmount(fd, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC|unix.MOUNT_ATTR_NODEV)
	if err != nil {
		return -1, fmt.Errorf("mount tracefs: %w", err)
	}
	return m, nil
}

// removeStale removes the instances of tracers that have ended. What cannot be
// removed stays.
func removeStale(tracefs int) {
	dir, base := instancePrefix[:strings.Index(instancePrefix, "/")], instancePrefix[strings.Index(instancePrefix, "/")+1:]
	fd, err := unix.Openat(tracefs, dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	f := os.NewFile(uintptr(fd), dir)
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return
	}
	for _, name := range names {
		numbers, ok := strings.CutPrefix(name, base)
		pid, _, _ := strings.Cut(numbers, "-")
		n, err := strconv.Atoi(pid)
		if ok && err == nil && n > 0 && unix.Kill(n, 0) == unix.ESRCH {
			unix.Unlinkat(tracefs, dir+"/"+name, unix.AT_REMOVEDIR) //nolint:errcheck
		}
	}
}

// write writes to a file of the instance.
func (s *sentences) write(file, value string) error {
	fd, err := unix.Openat(s.tracefs, s.name+"/"+file, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		_, err = unix.Write(fd, []byte(value))
		unix.Close(fd)
	}
	if err != nil {
		return fmt.Errorf("write %s of the trace instance: %w", file, err)
	}
	return nil
}

// of restricts the sentences to these tasks and what they start.
func (s *sentences) of(tids []int) error {
	words := make([]string, len(tids))
	for i, tid := range tids {
		words[i] = strconv.Itoa(tid)
	}
	return s.write("set_event_pid", strings.Join(words, " "))
}

// close removes the instance.
func (s *sentences) close() error {
	var err error
	if s.pipe >= 0 {
		unix.Close(s.pipe)
	}
	if s.name != "" {
		if err = unix.Unlinkat(s.tracefs, s.name, unix.AT_REMOVEDIR); err != nil {
			err = fmt.Errorf("remove the trace instance: %w", err)
		}
	}
	if s.tracefs >= 0 {
		unix.Close(s.tracefs)
	}
	return err
}

// maxSaid bounds the sentences that are kept for one task until its call
// returns.
const maxSaid = 256

// take reads new sentences and returns those about a task. lost is the number
// of sentences that the kernel had no room for. Sentences about tasks that have
// ended are dropped, because their calls were not looked at.
func (s *sentences) take(tid int, tasks map[int]*task) (said []string, lost int) {
	b := make([]byte, 4096)
	for {
		n, err := unix.Read(s.pipe, b)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			break
		}
		s.rest = append(s.rest, b[:n]...)
		for {
			line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
			if !whole {
				break
			}
			s.rest = rest
			lost += s.line(string(line))
		}
		if len(s.rest) > maxSentence {
			s.rest = nil
		}
	}
	said = s.said[tid]
	delete(s.said, tid)
	maps.DeleteFunc(s.said, func(tid int, _ []string) bool { return tasks[tid] == nil })
	return said, lost
}

// maxSentence bounds a line; a record has at most a page.
const maxSentence = 64 << 10

// line takes a line of trace_pipe, and returns the number of sentences that
// were lost before it.
func (s *sentences) line(line string) (lost int) {
	tid, text, lost, ok := parseSentence(line)
	if ok && len(s.said[tid]) < maxSaid {
		s.said[tid] = append(s.said[tid], text)
	}
	return lost
}

// parseSentence reads a line of trace_pipe, in one of these forms:
//
//	           ip-1234    [001] .....  5678.901234: netlink_extack: msg=Unknown device type
//	CPU:1 [LOST 12 EVENTS]
//
// The name before the number may contain anything.
func parseSentence(line string) (tid int, text string, lost int, ok bool) {
	if _, err := fmt.Sscanf(line, "CPU:%d [LOST %d EVENTS]", new(int), &lost); err == nil && lost > 0 {
		return 0, "", lost, false
	}
	before, text, ok := strings.Cut(line, ": netlink_extack: msg=")
	words := strings.Fields(before)
	if !ok || len(words) < 4 {
		return 0, "", 0, false
	}
	task := words[len(words)-4] // followed by the processor, flags and the time
	tid, err := strconv.Atoi(task[strings.LastIndexByte(task, '-')+1:])
	if err != nil || tid <= 0 {
		return 0, "", 0, false
	}
	return tid, text, 0, true
}

// listen begins to record sentences about these tasks and what they start, if
// Options ask for it. If they are not available, an event says so.
func (t *tracer) listen(tids []int) {
	if !t.o.ExtAck {
		return
	}
	s, err := newSentences()
	if err == nil {
		if err = s.of(tids); err != nil {
			err = errors.Join(err, s.close())
		}
	}
	if err != nil {
		t.note("the kernel's messages are not available: "+err.Error(), 0)
		return
	}
	t.sentences = s
}

// hear adds events for the sentences during a call of a task. If the program
// itself asked for them (NETLINK_EXT_ACK), they are in the reply.
func (t *tracer) hear(k *task, c *call) {
	if t.sentences == nil {
		return
	}
	said, lost := t.sentences.take(k.tid, t.tasks)
	if lost > 0 {
		t.note("messages of the kernel were lost", lost)
	}
	if len(said) == 0 {
		return
	}
	if local, err := k.descriptor(c.fd); err == nil {
		asked, err := unix.GetsockoptInt(local, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK)
		unix.Close(local)
		if err == nil && asked != 0 {
			return
		}
	}
	for _, text := range said {
		t.queue.add(audit.Event{Op: audit.OpExtAck, Time: t.now, Process: k.who(), Socket: c.socket.at(c.fd), Room: -1, Text: text}, t.oldest())
	}
}

// note adds an event for something that was not recorded and belongs to no
// process.
func (t *tracer) note(text string, lost int) {
	t.queue.add(audit.Event{Op: audit.OpLost, Time: t.now, Socket: audit.Socket{FD: -1}, Room: -1, Text: text, Lost: lost}, t.oldest())
}
