package lab

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// The output of exec lines is in a tmpfs of the lab's own: a file for each line, in a
// directory for each node. What a line leaves running writes there for as long as it
// lives, so the tmpfs has a fixed size: when it is full, a write of theirs fails, and
// nothing else does.
const logOptions = "mode=0700,size=64m,nr_inodes=1m"

// logs is the directory with the output of a node's lines.
func (c *Config) logs(lab, node string) string { return filepath.Join(c.dir(lab), logDir, node) }

// nodesWithLogs returns the directories of logs that are there, by node.
func (c *Config) nodesWithLogs(lab string) (map[string]string, error) {
	entries, err := os.ReadDir(c.logs(lab, ""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	dirs := make(map[string]string, len(entries))
	for _, e := range entries {
		dirs[e.Name()] = c.logs(lab, e.Name())
	}
	return dirs, err
}

// mountLogs mounts the tmpfs of the logs unless it is there, and makes room in it. It
// reports whether it was not there.
func (p *place) mountLogs() (isNew bool, err error) {
	fd, err := p.mountedOn(logDir)
	if err != nil {
		return false, err
	}
	if fd < 0 {
		return true, p.mountOn(logDir, logOptions)
	}
	closeFD(fd)
	return false, p.roomForLogs()
}

// roomForLogs empties the largest logs until half of their tmpfs is free: what the
// lines of an `up` write must not fail for what others have written.
func (p *place) roomForLogs() error {
	at := p.path(logDir)
	enough := func() (bool, error) {
		var st unix.Statfs_t
		err := unix.Statfs(at, &st)
		return st.Bfree >= st.Blocks/2, err
	}
	if ok, err := enough(); ok || err != nil {
		return err
	}
	type log struct {
		path string
		size int64
	}
	var logs []log
	err := filepath.WalkDir(at, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			logs = append(logs, log{path, info.Size()})
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(logs, func(a, b log) int { return cmp.Compare(b.size, a.size) })
	for _, l := range logs {
		if ok, err := enough(); ok || err != nil {
			return err
		}
		if err := os.Truncate(l.path, 0); err != nil {
			return err
		}
	}
	return nil // the rest is held by processes whose files are gone
}

// newLog makes the file for the output of a line, which is appended to: a line may
// write to /dev/stderr, which is the file opened once more. One of an earlier
// namespace of that node is replaced.
func newLog(dir string, line int) (*os.File, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	name := filepath.Join(dir, strconv.Itoa(line))
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
}
