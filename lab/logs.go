package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"golang.org/x/sys/unix"
)

// A ProgramLog is the log of a process of a lab's file. Programs write their
// logs themselves: their lines have no times. One that takes too much room is
// cut at its beginning.
type ProgramLog struct {
	Node, Name string
	// OnCut, if set, is called by WriteTo and Follow when they leave out what
	// was cut, with its number of bytes.
	OnCut func(n int64)

	lab  *Lab
	file *os.File
	at   int64
	// inLine says that what was written last did not end a line.
	inLine bool
}

// Logs opens the logs of the processes that the names mean, or of all without
// names, in the order of the file. A process that has never been started has
// none. The caller closes them.
func (l *Lab) Logs(which ...ProgramName) (logs []*ProgramLog, err error) {
	for i := range l.topology.Nodes {
		n := &l.topology.Nodes[i]
		for k := range n.Processes {
			name := n.Processes[k].Name
			if !meansProgram(which, n.Name, name) {
				continue
			}
			f, err := l.cfg.root().ReadLog(l.Name(), n.Name, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				for _, g := range logs {
					err = errors.Join(err, g.Close())
				}
				return nil, err
			}
			logs = append(logs, &ProgramLog{Node: n.Name, Name: name, lab: l, file: f})
		}
	}
	return logs, nil
}

func meansProgram(which []ProgramName, node, name string) bool {
	for _, w := range which {
		if w.Node == node && (w.Name == "" || w.Name == name) {
			return true
		}
	}
	return len(which) == 0
}

// Close closes the log.
func (g *ProgramLog) Close() error { return g.file.Close() }

// Last goes to the last n lines.
func (g *ProgramLog) Last(n int) error {
	st, err := g.file.Stat()
	if err != nil {
		return err
	}
	_, start, err := labdir.LogStart(g.file)
	if err != nil {
		return err
	}
	end, b := st.Size(), make([]byte, 32<<10)
	for g.at = end; g.at > start; {
		from := max(start, g.at-int64(len(b)))
		k, err := g.file.ReadAt(b[:g.at-from], from)
		if err != nil && err != io.EOF {
			return err
		}
		for i := k - 1; i >= 0; i-- {
			if b[i] != '\n' || from+int64(i) == end-1 {
				continue // the end of the last line begins none
			}
			if n--; n == 0 {
				g.at = from + int64(i) + 1
				return nil
			}
		}
		g.at = from
	}
	return nil
}

// SinceStart goes to where the process began to write when it was started last.
func (g *ProgramLog) SinceStart() error {
	d, err := g.lab.cfg.root().Look(g.lab.Name())
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing was written
	r, err := processes.ReadRecord(d, g.Node, g.Name)
	if err == nil && r != nil {
		g.at = r.LogFrom
	}
	return err
}

// ErrNoTimes is matched by an error that says that nobody has noted when a log
// was written.
var ErrNoTimes = errors.New("nobody has noted when it was written")

// Since goes to what was written since a time, in whole lines: the lab's keeper
// notes the sizes of logs while they grow, at least once a second. Of what is
// older it knows the time to the 50th of its age, and what was written before
// there was a keeper is older than all. It is never less than was written since.
// In a lab without a keeper the error matches ErrNoTimes.
func (g *ProgramLog) Since(t time.Time) error {
	root := g.lab.cfg.root()
	marks, err := root.LogMarks(g.lab.Name(), g.Node, g.Name)
	if err != nil {
		return err
	}
	d, err := root.Look(g.lab.Name())
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // nothing was written
	records, err := processes.ReadRecords(d)
	if err != nil {
		return err
	}
	if len(marks) == 0 && !slices.ContainsFunc(records, func(r processes.Record) bool { return r.Policy != "" }) {
		return fmt.Errorf("log of %s/%s: %w: only a lab with a restart-policy has a keeper, which does", g.Node, g.Name, ErrNoTimes)
	}
	st, err := g.file.Stat()
	if err != nil {
		return err
	}
	for _, m := range marks {
		if m.At.After(t) {
			break
		}
		g.at = m.Size
	}
	for i := range records {
		if r := &records[i]; r.Node == g.Node && r.Program == g.Name && !r.Started.After(t) {
			g.at = max(g.at, r.LogFrom)
		}
	}
	if g.at > st.Size() { // emptied meanwhile
		g.at = 0
	}
	return g.toLine()
}

// toLine goes back to the beginning of the line that it is in.
func (g *ProgramLog) toLine() error {
	b := make([]byte, min(g.at, maxLine))
	n, err := g.file.ReadAt(b, g.at-int64(len(b)))
	if err != nil && err != io.EOF {
		return err
	}
	g.at -= int64(n - 1 - bytes.LastIndexByte(b[:n], '\n'))
	return nil
}

// maxLine is how far toLine goes back for the beginning of a line, in bytes.
const maxLine = 64 << 10

// WriteTo writes what the log has from where it was read up to. One that has
// been emptied meanwhile is read from its beginning. What is written to it
// meanwhile is left.
func (g *ProgramLog) WriteTo(w io.Writer) (written int64, err error) {
	st, err := g.file.Stat()
	if err != nil {
		return 0, err
	}
	end := st.Size()
	if end < g.at {
		g.at = 0
	}
	b := make([]byte, 64<<10)
	for g.at < end {
		n, err := g.file.ReadAt(b[:min(int64(len(b)), end-g.at)], g.at)
		if err != nil && err != io.EOF {
			return written, err
		}
		// Holes are made from the beginning on: where the log still begins
		// before this, all of it was read.
		data, line, err := labdir.LogStart(g.file)
		if err != nil {
			return written, err
		}
		piece := b[:n]
		switch {
		case data > g.at:
			if g.OnCut != nil {
				g.OnCut(line - g.at)
			}
			g.at = line
			if !g.inLine {
				continue
			}
			piece, n = []byte("\n"), 0
		case n == 0:
			return written, nil // emptied meanwhile
		}
		k, err := w.Write(piece)
		written += int64(k)
		if err != nil {
			return written, err
		}
		g.at += int64(n)
		g.inLine = piece[len(piece)-1] != '\n'
	}
	return written, nil
}

// Follow writes what is added to logs, each to its writer, until the context
// ends, which is no error, or the lab is taken down.
func (l *Lab) Follow(ctx context.Context, logs []*ProgramLog, to []io.Writer) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return os.NewSyscallError("inotify_init1", err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	defer events.Close() //nolint:errcheck // nothing was written
	stop := context.AfterFunc(ctx, func() { events.Close() })
	defer stop()
	root := l.cfg.root()
	gone, err := unix.InotifyAddWatch(fd, root.Path(l.Name()), unix.IN_DELETE_SELF)
	if err != nil {
		return &fs.PathError{Op: "watch", Path: root.Path(l.Name()), Err: err}
	}
	for _, g := range logs {
		path := fmt.Sprintf("/proc/self/fd/%d", g.file.Fd())
		if _, err := unix.InotifyAddWatch(fd, path, unix.IN_MODIFY); err != nil {
			return &fs.PathError{Op: "watch", Path: g.file.Name(), Err: err}
		}
	}
	b := make([]byte, 64<<10)
	for {
		// All of them: what came before the watch gives no event.
		for i, g := range logs {
			if _, err := g.WriteTo(to[i]); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
		}
		n, err := events.Read(b)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if deleted(b[:n], int32(gone)) {
			return nil
		}
	}
}

// deleted reports whether inotify(7) says that what a watch is about is gone.
func deleted(events []byte, watch int32) bool {
	order := binary.NativeEndian
	for len(events) >= unix.SizeofInotifyEvent {
		wd, mask, name := order.Uint32(events), order.Uint32(events[4:]), order.Uint32(events[12:])
		if int32(wd) == watch && mask&(unix.IN_DELETE_SELF|unix.IN_IGNORED) != 0 {
			return true
		}
		events = events[min(len(events), unix.SizeofInotifyEvent+int(name)):]
	}
	return false
}
