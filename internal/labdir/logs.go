package labdir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// The output of exec lines is in a separate tmpfs of the lab: a file for each
// line, in a directory for each node. Background processes of a line write
// there for as long as they live, so the tmpfs has a fixed size. When it is
// full, only their writes fail; see log_room.go. What processes write is there
// too.
const logOptions = "mode=0700,size=64m,nr_inodes=1m"

// logs returns the directory with the output of a node's lines.
func (r Root) logs(lab, node string) string { return filepath.Join(r.Path(lab), LogDir, node) }

// openLogs opens the directory of a lab's logs.
func (r Root) openLogs(lab string) (*os.File, error) {
	d, err := openDir(unix.AT_FDCWD, r.Path(lab), r.Path(lab))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return openDir(int(d.Fd()), LogDir, r.logs(lab, ""))
}

// NodesWithLogs returns the existing directories of logs, by node.
func (r Root) NodesWithLogs(lab string) (map[string]string, error) {
	d, err := r.openLogs(lab)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	dirs := make(map[string]string, len(names))
	for _, name := range names {
		if name == timesDir {
			continue
		}
		dirs[name] = r.logs(lab, name)
	}
	return dirs, err
}

// MountLogs mounts the tmpfs of the logs if it is missing, and makes room in
// it. mounted says whether it was missing.
func (p *Dir) MountLogs() (mounted bool, err error) {
	fd, err := p.mountedOn(LogDir)
	if err != nil {
		return false, err
	}
	if fd >= 0 {
		unix.Close(fd)
	}
	if err := p.mountOn(LogDir, logOptions); err != nil || fd < 0 {
		return fd < 0, err
	}
	_, err = p.root.MakeLogRoom(p.Name, false)
	return false, err
}

// A Log is the log of a program or of a line.
type Log struct {
	Node, Name string
	Size       int64 // in bytes, with what was cut
	used       int64 // in bytes, what it takes
}

// listLogs returns the logs of all nodes. It ignores other files.
func listLogs(d *os.File) (logs []Log, err error) {
	nodes, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	for _, node := range nodes {
		if node == timesDir {
			continue
		}
		n, err := openDir(int(d.Fd()), node, d.Name()+"/"+node)
		if strange := (*strangeError)(nil); errors.As(err, &strange) {
			continue
		}
		if err != nil {
			return nil, err
		}
		names, err := n.Readdirnames(-1)
		for _, name := range names {
			var st unix.Stat_t
			if serr := unix.Fstatat(int(n.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); serr == nil && fileType(st.Mode) == "file" {
				logs = append(logs, Log{node, name, st.Size, st.Blocks * 512})
			}
		}
		if err = errors.Join(err, n.Close()); err != nil {
			return nil, err
		}
	}
	return logs, nil
}

// MakeLogs makes the directories for the logs of nodes. If something else is in
// the place of one, it fails before anything is done.
func (p *Dir) MakeLogs(nodes []string) error {
	d, err := p.root.openLogs(p.Name)
	if err != nil {
		return err
	}
	defer d.Close()
	for _, node := range nodes {
		err := unix.Mkdirat(int(d.Fd()), node, 0o700)
		if err == nil {
			continue
		}
		path := p.root.logs(p.Name, node)
		n, oerr := openDir(int(d.Fd()), node, path)
		if oerr == nil {
			oerr = n.Close()
		} else if !errors.Is(err, unix.EEXIST) {
			oerr = &fs.PathError{Op: "mkdir", Path: path, Err: err}
		}
		if oerr != nil {
			return oerr
		}
	}
	return nil
}

// NewLog makes the file for the output of a line. The file is opened for
// appending, because a line may write to /dev/stderr, which opens it again. It
// replaces the log of an earlier namespace of the node.
func (r Root) NewLog(lab, node string, line int) (*os.File, error) {
	d, err := r.openLogs(lab)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	n, err := openDir(int(d.Fd()), node, r.logs(lab, node))
	if err != nil {
		return nil, err
	}
	defer n.Close()
	name := strconv.Itoa(line)
	path := n.Name() + "/" + name
	err = unix.Unlinkat(int(n.Fd()), name, 0)
	if err == nil || err == unix.ENOENT {
		var fd int
		fd, err = unix.Openat(int(n.Fd()), name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_APPEND|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err == nil {
			return os.NewFile(uintptr(fd), path), nil
		}
	}
	return nil, strange(int(n.Fd()), name, path, "file", &fs.PathError{Op: "create", Path: path, Err: err})
}

// OpenLog opens the log of a program of a node for appending, and makes it
// where it is missing. It returns the size that it has.
func (r Root) OpenLog(lab, node, program string) (*os.File, int64, error) {
	return r.log(lab, node, program, unix.O_RDWR|unix.O_CREAT|unix.O_APPEND)
}

// ReadLog opens the log of a program, or of a line, for reading.
func (r Root) ReadLog(lab, node, name string) (*os.File, error) {
	f, _, err := r.log(lab, node, name, unix.O_RDONLY|unix.O_NONBLOCK)
	return f, err
}

func (r Root) log(lab, node, name string, flags int) (*os.File, int64, error) {
	d, err := r.openLogs(lab)
	if err != nil {
		return nil, 0, err
	}
	defer d.Close()
	n, err := openDir(int(d.Fd()), node, r.logs(lab, node))
	if err != nil {
		return nil, 0, err
	}
	defer n.Close()
	// Opening a FIFO for both does not wait.
	path := n.Name() + "/" + name
	fd, err := unix.Openat(int(n.Fd()), name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, 0, strange(int(n.Fd()), name, path, "file", &fs.PathError{Op: "open", Path: path, Err: err})
	}
	f := os.NewFile(uintptr(fd), path)
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = strange(int(n.Fd()), name, path, "file", unix.EINVAL)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, st.Size(), nil
}

// LogPath returns the path of the log of a program or of a line.
func (r Root) LogPath(lab, node, name string) string { return r.logs(lab, node) + "/" + name }
