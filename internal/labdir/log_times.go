package labdir

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// timesDir has a file for each log that says when it was how large: what the
// lab's keeper has noted. It is in the tmpfs of the logs. No node has that name.
const timesDir = ".times"

// IsTimes reports whether a name in the directory of logs is that of times.
func IsTimes(name string) bool { return name == timesDir }

// A LogMark says how large a log was at a time.
type LogMark struct {
	At   time.Time
	Size int64 // in bytes
}

// markSize is that of a mark in a file: nanoseconds since 1970 and the log's
// size in bytes, both of 64 bits and big-endian.
const markSize = 16

// maxMarks is how many marks a log may have before they are thinned out, so that
// of those that lie closer together than a 50th of their age one is left.
// These are not more than 900 for a log of a year.
const (
	maxMarks = 1024
	closest  = 50
)

// MarkLogs notes the sizes of those logs of a lab that have another one than in
// known, by node and name, and changes that.
func (r Root) MarkLogs(lab string, known map[[2]string]int64) error {
	d, err := r.openLogs(lab)
	if err != nil {
		return err
	}
	defer d.Close()
	logs, err := listLogs(d)
	if err != nil {
		return err
	}
	// All that is in them was written before this.
	now := time.Now()
	var times *os.File
	for _, l := range logs {
		key := [2]string{l.Node, l.Name}
		if size, ok := known[key]; ok && size == l.Size {
			continue
		}
		if times == nil {
			if times, err = makeTimes(d); err != nil {
				return err
			}
			defer times.Close()
		}
		if err := addMark(times, l.Node+":"+l.Name, LogMark{now, l.Size}); err != nil {
			return err // a full file system, say: later
		}
		known[key] = l.Size
	}
	return nil
}

func makeTimes(d *os.File) (*os.File, error) {
	path := d.Name() + "/" + timesDir
	if err := unix.Mkdirat(int(d.Fd()), timesDir, 0o700); err != nil && err != unix.EEXIST {
		return nil, &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return openDir(int(d.Fd()), timesDir, path)
}

// addMark adds a mark to those of a log.
func addMark(times *os.File, name string, m LogMark) error {
	f, size, err := openFile(int(times.Fd()), name, times.Name()+"/"+name, unix.O_RDWR|unix.O_APPEND)
	if errors.Is(err, fs.ErrNotExist) {
		return writeMarks(times, name, []LogMark{m})
	}
	if err != nil {
		return err
	}
	defer f.Close()
	last, b := LogMark{}, make([]byte, markSize)
	if size >= markSize {
		if _, err := f.ReadAt(b, size/markSize*markSize-markSize); err != nil {
			return err
		}
		last = markOf(b)
	}
	switch {
	case last.Size == m.Size:
		return nil
	case last.Size > m.Size: // it was emptied: nothing of before is in it
		return writeMarks(times, name, []LogMark{m})
	case size >= maxMarks*markSize || size%markSize != 0:
		marks, err := readMarks(f)
		if err != nil {
			return err
		}
		return writeMarks(times, name, append(thin(marks, m.At), m))
	}
	_, err = f.Write(m.bytes())
	return err
}

// thin leaves out marks that lie close together for their age.
func thin(marks []LogMark, now time.Time) []LogMark {
	var kept []LogMark
	for i, m := range marks {
		if i > 0 && i < len(marks)-1 && marks[i+1].At.Sub(kept[len(kept)-1].At) < now.Sub(m.At)/closest {
			continue
		}
		kept = append(kept, m)
	}
	return kept
}

func (m *LogMark) bytes() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(m.At.UnixNano()))
	return binary.BigEndian.AppendUint64(b, uint64(m.Size))
}

// writeMarks replaces the marks of a log, at once for who reads them.
func writeMarks(times *os.File, name string, marks []LogMark) error {
	const draft = "draft" // no name of a log: that has a ":"
	dir, path := int(times.Fd()), times.Name()+"/"+draft
	if err := unix.Unlinkat(dir, draft, 0); err != nil && err != unix.ENOENT {
		return &fs.PathError{Op: "unlink", Path: path, Err: err}
	}
	fd, err := unix.Openat(dir, draft, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return &fs.PathError{Op: "create", Path: path, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	var b []byte
	for i := range marks {
		b = append(b, marks[i].bytes()...)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = unix.Renameat(dir, draft, dir, name)
	}
	return err
}

func markOf(b []byte) LogMark {
	at, size := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	return LogMark{time.Unix(0, int64(at)), int64(size)}
}

func readMarks(f *os.File) (marks []LogMark, err error) {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 2*maxMarks*markSize))
	for ; len(b) >= markSize; b = b[markSize:] {
		marks = append(marks, markOf(b))
	}
	return marks, err
}

// LogMarks returns the marks of a log, in the order in which they were made. It
// has none where no keeper has noted any.
func (r Root) LogMarks(lab, node, name string) ([]LogMark, error) {
	d, err := r.openLogs(lab)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	times, err := openDir(int(d.Fd()), timesDir, d.Name()+"/"+timesDir)
	if err == nil {
		defer times.Close()
		var f *os.File
		if f, _, err = openFile(int(times.Fd()), node+":"+name, times.Name()+"/"+node+":"+name, unix.O_RDONLY); err == nil {
			defer f.Close()
			return readMarks(f)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return nil, err
}
