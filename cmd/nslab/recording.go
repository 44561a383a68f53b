package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
)

// A recording is what --record writes. Its file is opened at the start, to find
// out whether it can be written, and keeps its content until something is
// recorded: a command that is refused has no recording.
type recording struct {
	ctx     context.Context
	name    string
	file    *os.File
	created bool // the file did not exist

	once  sync.Once
	w     record.Writer // after once
	queue *queue        // before a file that is a pipe
	err   error
}

// openRecording opens the file of a recording, unless the command uses the file
// (see create). For a FIFO, it waits for a reader.
func openRecording(ctx context.Context, name string, std streams, reads []string) (*recording, error) {
	if name == "-" {
		return nil, errors.New(`"-" is not standard output here: use /dev/stdout, or ./- for a file of that name`)
	}
	f, err := openOutput(ctx, name, os.O_CREATE|os.O_EXCL, std, reads)
	created := err == nil
	if errors.Is(err, fs.ErrExist) {
		f, err = openOutput(ctx, name, os.O_CREATE, std, reads)
	}
	if err != nil {
		return nil, fmt.Errorf("create recording: %w", err)
	}
	return &recording{ctx: ctx, name: name, file: f, created: created}, nil
}

// begin turns the file into a recording without events.
func (r *recording) begin() {
	if r.err = emptyFile(r.file); r.err != nil {
		return
	}
	var to io.Writer = r.file
	if isPipe(r.file) {
		r.queue = newQueue(r.ctx, r.file)
		to = r.queue
	}
	r.w, r.err = record.New(r.name, to)
}

// Write records an event. It implements record.Writer.
func (r *recording) Write(e *audit.Event) error {
	r.once.Do(r.begin)
	if r.err != nil {
		return r.err
	}
	return r.w.Write(e)
}

// Close ends it, and returns the first error of writing.
func (r *recording) Close() error {
	r.once.Do(r.begin)
	err := r.err
	if r.w != nil {
		err = r.w.Close()
	}
	if r.queue != nil && err == nil {
		err = r.queue.close()
	}
	// This also ends a write to a pipe that still waits.
	if cerr := r.file.Close(); err == nil {
		err = cerr
	}
	return err
}

// refuse ends it for a command that was refused. If there was no event, the
// file is as it was before.
func (r *recording) refuse() error {
	unused := false
	r.once.Do(func() { unused = true })
	if !unused {
		return r.Close()
	}
	if r.created {
		if err := os.Remove(r.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, r.file.Close())
		}
	}
	return r.file.Close()
}
