package nsfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strconv"

	"golang.org/x/sys/unix"
)

// NamesOf returns the names of a namespace, sorted. It may have none.
func (d Dir) NamesOf(h *Handle) ([]string, error) {
	all, err := d.List()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range all {
		if id, err := identifyPath(d.File(name)); err == nil && id == h.id {
			names = append(names, name)
		}
		// A file that has gone, or that leads nowhere, is not the namespace.
	}
	return names, nil
}

// Identify returns the sorted names of the network namespace of a process, nil
// if it has none. `ip netns identify` prints one of them.
func (d Dir) Identify(pid int) ([]string, error) {
	h, err := OpenPID(pid)
	if err != nil {
		return nil, err
	}
	names, err := d.NamesOf(h)
	return names, errors.Join(err, h.Close())
}

// Pids returns the ids of the processes in the namespace of that name, as
// [Handle.Pids] does.
func (d Dir) Pids(ctx context.Context, name string) ([]int, error) {
	h, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	pids, err := h.Pids(ctx)
	return pids, errors.Join(err, h.Close())
}

// Pids returns the ids of the processes that are in the namespace, in ascending
// order. It reads /proc and looks at each process's main thread. It does not
// find processes that the caller may not inspect (ptrace(2), PTRACE_MODE_READ).
func (h *Handle) Pids(ctx context.Context) ([]int, error) {
	const op = "find the processes of network namespace"
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, &Error{Op: op, Path: h.path(), Err: err}
	}
	var pids []int
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, &Error{Op: op, Path: h.path(), Err: context.Cause(ctx)}
		}
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		id, err := identifyPath(fmt.Sprintf("/proc/%d/ns/net", pid))
		switch {
		case err == nil:
			if id == h.id {
				pids = append(pids, pid)
			}
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, unix.ESRCH):
			// It has ended, or belongs to somebody else.
		default:
			return nil, &Error{Op: op, Path: h.path(), Err: err}
		}
	}
	sort.Ints(pids)
	return pids, nil
}

// identifyPath returns the identity of what a path leads to.
func identifyPath(path string) (ID, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Stat(path, &st) }); err != nil {
		return ID{}, called(err, "stat", path)
	}
	return ID{st.Dev, st.Ino}, nil
}
