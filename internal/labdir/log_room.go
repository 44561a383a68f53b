package labdir

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// A log that takes too much room is cut at its beginning, by a hole
// (fallocate(2), FALLOC_FL_PUNCH_HOLE). Its size stays, and with it all places
// in it; who writes to it goes on, and readers begin where its data does.

// logPage is the unit of holes in a tmpfs.
const logPage = 4096

// MakeLogRoom cuts the logs of a lab where more than half of their tmpfs is
// used, or with a keeper three quarters, until half of it is free. What takes
// little stays whole. tight says that more than half is used after that.
func (r Root) MakeLogRoom(lab string, keeper bool) (tight bool, err error) {
	d, err := r.openLogs(lab)
	if err != nil {
		return false, err
	}
	defer d.Close()
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(d.Fd()), &st); err != nil {
		return false, &os.PathError{Op: "statfs", Path: d.Name(), Err: err}
	}
	all, free := int64(st.Blocks)*st.Bsize, int64(st.Bfree)*st.Bsize
	if free >= all/2 {
		return false, nil
	}
	if keeper && free >= all/4 {
		return true, nil
	}
	logs, err := listLogs(d)
	if err != nil {
		return false, err
	}
	// The rest is held by processes whose files are gone.
	rest := all - free
	for _, l := range logs {
		rest -= l.used
	}
	most := shareOf(logs, max(all/2-rest, all/8))
	for _, l := range logs {
		if l.used > most {
			if err := l.cut(d, l.Size-most); err != nil {
				return false, err
			}
		}
	}
	return rest > all/2, nil
}

// shareOf returns how much each log may take, if those that take less leave
// their rest to the others.
func shareOf(logs []Log, budget int64) int64 {
	slices.SortFunc(logs, func(a, b Log) int { return cmp.Compare(a.used, b.used) })
	for i, l := range logs {
		fair := budget / int64(len(logs)-i)
		if l.used > fair {
			return max(fair/logPage*logPage, logPage)
		}
		budget -= l.used
	}
	return budget
}

// cut makes a hole of the log's first bytes.
func (l *Log) cut(d *os.File, first int64) error {
	n, err := openDir(int(d.Fd()), l.Node, d.Name()+"/"+l.Node)
	if err != nil {
		return err
	}
	defer n.Close()
	f, _, err := openFile(int(n.Fd()), l.Name, n.Name()+"/"+l.Name, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	if first = first / logPage * logPage; first <= 0 {
		return nil
	}
	if err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, first); err != nil {
		return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
	}
	return nil
}

// LogStart returns where the data of a log begins, which is 0 unless it was cut,
// and where the first whole line does. It moves the offset of f.
func LogStart(f *os.File) (data, line int64, err error) {
	data, err = unix.Seek(int(f.Fd()), 0, unix.SEEK_DATA)
	if err == unix.ENXIO { // it is empty, or a hole
		data, err = f.Seek(0, io.SeekEnd)
	}
	if err != nil || data == 0 {
		return data, data, err
	}
	b := make([]byte, 16*logPage)
	n, err := f.ReadAt(b, data)
	if err != nil && err != io.EOF {
		return 0, 0, err
	}
	// A line of nothing but the end of one that was cut is left out, too.
	return data, data + int64(bytes.IndexByte(b[:n], '\n')) + 1, nil
}
