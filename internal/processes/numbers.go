package processes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/mountinfo"
	"golang.org/x/sys/unix"
)

// procNumbers translates between the process numbers in /proc and those in this
// process's PID namespace. /proc may belong to an outer PID namespace, as after
// unshare(1) --pid without --mount-proc.
type procNumbers struct {
	// self is this process's number in /proc.
	self int
	// level is the number of levels from /proc's PID namespace down to this
	// process's.
	level int
}

func readProcNumbers() (procNumbers, error) {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return procNumbers{}, err
	}
	numbers, err := nspid(self)
	if err != nil {
		return procNumbers{}, err
	}
	return procNumbers{self: numbers[0], level: len(numbers) - 1}, nil
}

// errElsewhere says that this process cannot reach a process because of its PID
// namespace.
var errElsewhere = errors.New("it is in another PID namespace: end it there")

// errEnded says that a process has ended.
var errEnded = errors.New("the process has ended")

// open returns a pidfd of the process that has a number in /proc, and of no
// other process. The error is errEnded or errElsewhere if there is none.
func (n procNumbers) open(pid int) (int, error) {
	own, err := n.own(pid)
	if err != nil {
		return -1, err
	}
	gone := errEnded
	if n.level > 0 {
		gone = errElsewhere // see own
	}
	fd, err := unix.PidfdOpen(own, 0)
	if errors.Is(err, unix.ESRCH) {
		return -1, gone
	}
	if err != nil {
		return -1, os.NewSyscallError("pidfd_open", err)
	}
	// This is the process's number in /proc, or -1 once it has ended.
	v, err := procField("/proc/thread-self/fdinfo/"+strconv.Itoa(fd), "Pid")
	switch {
	case err != nil:
	case v == "-1":
		err = errEnded
	case v != strconv.Itoa(pid):
		err = gone
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// own returns the number of a process in this process's PID namespace. A
// process that is not in this PID namespace or one below it has none.
func (n procNumbers) own(pid int) (int, error) {
	if n.level == 0 {
		return pid, nil
	}
	numbers, err := nspid(strconv.Itoa(pid))
	if err != nil {
		return 0, err
	}
	if len(numbers) <= n.level {
		return 0, errElsewhere
	}
	return numbers[n.level], nil
}

// nspid returns the numbers of a process in its PID namespaces, beginning with
// the outermost namespace that /proc shows.
func nspid(pid string) ([]int, error) {
	v, err := procField("/proc/"+pid+"/status", "NSpid")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return nil, errEnded
	}
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, f := range strings.Fields(v) {
		n, err := strconv.Atoi(f)
		if err != nil {
			return nil, fmt.Errorf("/proc/%s/status: NSpid %q: %w", pid, v, err)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("/proc/%s/status: no NSpid", pid)
	}
	return numbers, nil
}

// procField reads the value of a line "NAME:\tVALUE" in a file.
func procField(path, name string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(v), nil
		}
	}
	return "", fmt.Errorf("%s has no %s", path, name)
}

// hiding returns how /proc hides the processes of other users, or "" if it
// lists all. With "noaccess" it lists a process without letting others read
// anything of it, which is noticed.
func hiding() (string, error) {
	mode, gid, err := hidepid()
	if err != nil || mode == "" {
		return "", err
	}
	caps, err := procField("/proc/thread-self/status", "CapEff")
	if err != nil {
		return "", err
	}
	set, err := strconv.ParseUint(caps, 16, 64)
	if err != nil {
		return "", fmt.Errorf("/proc/thread-self/status: CapEff: %w", err)
	}
	if set&(1<<unix.CAP_SYS_PTRACE) != 0 {
		return "", nil
	}
	if mode == "invisible" {
		groups, err := os.Getgroups()
		if err != nil {
			return "", err
		}
		if gid == os.Getegid() || slices.Contains(groups, gid) {
			return "", nil
		}
	}
	return mode, nil
}

// hidepid returns the hidepid option of the mount on /proc as a word, or "" if
// /proc lists all processes, and the group that is exempt from it
// (proc_parse_param in fs/proc/root.c). Kernels before 5.8 write a number.
func hidepid() (mode string, gid int, err error) {
	all, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		return "", 0, err
	}
	for _, m := range all {
		if m.Path != "/proc" {
			continue
		}
		mode, gid = "", 0 // of mounts on each other the last is seen
		for o := range strings.SplitSeq(m.Options, ",") {
			switch name, v, _ := strings.Cut(o, "="); {
			case name == "gid":
				if gid, err = strconv.Atoi(v); err != nil {
					return "", 0, fmt.Errorf("/proc: mount option %q: %w", o, err)
				}
			case name == "hidepid" && (v == "invisible" || v == "2"):
				mode = "invisible"
			case name == "hidepid" && (v == "ptraceable" || v == "4"):
				mode = "ptraceable"
			}
		}
	}
	return mode, gid, nil
}

// InGroups returns a function that reports whether a process belongs to one of
// some process groups, given by their numbers in this process's PID namespace.
func InGroups(groups map[int]bool) (func(*Process) bool, error) {
	numbers, err := readProcNumbers()
	if err != nil {
		return nil, err
	}
	return func(p *Process) bool {
		pid, err := numbers.own(p.PID)
		if err != nil {
			return false // no process of this one's has started it
		}
		group, err := unix.Getpgid(pid)
		return err == nil && groups[group]
	}, nil
}

// AnonymousMemory returns what a process has in memory besides files, in bytes,
// 0 where it has ended.
func AnonymousMemory(pid int) int64 {
	v, err := procField("/proc/"+strconv.Itoa(pid)+"/status", "RssAnon")
	if err != nil {
		return 0
	}
	kib, err := strconv.ParseInt(strings.TrimSuffix(v, " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// Umask returns the umask of the calling thread. umask(2) would have to change
// it, for other threads too, which are starting programs.
func Umask() (int, error) {
	v, err := procField("/proc/thread-self/status", "Umask")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(v, 8, 12)
	return int(n), err
}
