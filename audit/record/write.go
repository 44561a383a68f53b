package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

// writing is what all Writers have in common: a lock, the first error, a
// buffer.
type writing struct {
	mu     sync.Mutex
	w      io.Writer
	what   string // the recording's name in errors
	err    error
	closed bool
	buf    []byte
}

// write writes what f appends to an empty buffer.
func (w *writing) write(f func(b []byte) []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed && w.err == nil {
		return fmt.Errorf("write %s: %w", w.what, os.ErrClosed)
	}
	if w.err != nil {
		return w.err
	}
	w.buf = f(w.buf[:0])
	if len(w.buf) == 0 {
		return nil
	}
	if _, err := w.w.Write(w.buf); err != nil {
		w.err = fmt.Errorf("write %s: %w", w.what, err)
	}
	return w.err
}

// Err returns the first error of writing, or nil. Nothing is written after an
// error.
func (w *writing) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close returns the first error of writing. Nothing is written afterwards.
func (w *writing) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	return w.err
}

// New returns a Writer to w in the format that belongs to the extension of
// name: JSON lines for .jsonl, pcapng for .pcapng, pcap for anything else.
// Close does not close w.
func New(name string, w io.Writer) (Writer, error) {
	switch filepath.Ext(name) {
	case ".jsonl":
		return orNil(NewJSONWriter(w))
	case ".pcapng":
		return orNil(NewPcapngWriter(w))
	}
	return orNil(NewPcapWriter(w))
}

// orNil keeps a nil *W from becoming a Writer that is not nil.
func orNil[W Writer](w W, err error) (Writer, error) {
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Create creates or replaces the file name, and returns a Writer to it in the
// format of its extension, as New does. Closing the Writer closes the file. If
// name is a FIFO, Create waits for a reader.
func Create(name string) (Writer, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("create recording: %w", err)
	}
	return NewFile(f)
}

// NewFile returns a Writer to an open file in the format of its name's
// extension, as New does. Closing the Writer closes the file. NewFile closes it
// if it fails.
func NewFile(f *os.File) (Writer, error) {
	w, err := New(f.Name(), f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{Writer: w, f: f}, nil
}

// file is a Writer that also closes its file.
type file struct {
	Writer
	f *os.File
}

func (f *file) Close() error {
	err := f.Writer.Close()
	if cerr := f.f.Close(); err == nil && cerr != nil && !errors.Is(cerr, os.ErrClosed) {
		err = fmt.Errorf("close recording: %w", cerr)
	}
	return err
}

// Observer records what sockets send and receive. It is an nlspec.Observer, for
// several sockets at once; the Writer keeps the first error.
type Observer struct {
	W       Writer
	Process audit.Process // the process that uses the sockets
}

// Observe records a datagram.
func (o *Observer) Observe(d nlspec.Datagram) {
	e := audit.DatagramEvent(d)
	e.Process = o.Process
	_ = o.W.Write(&e) // Close returns the first error
}
