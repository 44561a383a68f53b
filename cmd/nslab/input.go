package main

import (
	"context"
	"errors"
	"io"
	"os"
)

// await calls a function that may wait for another program: for the writer of a
// FIFO, or the end of standard input. If the context ends, the call is left
// waiting, and await returns the cause.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

var errNoName = errors.New("the file's name is empty")

// openInput opens a file for reading until the context ends. "-" is standard
// input.
func openInput(ctx context.Context, name string, stdin io.Reader) (io.ReadCloser, error) {
	switch name {
	case "":
		return nil, errNoName
	case "-":
		return &input{ctx: ctx, ReadCloser: io.NopCloser(stdin)}, nil
	}
	f, err := await(ctx, func() (*os.File, error) { return os.Open(name) })
	if err != nil {
		return nil, named(err)
	}
	return &input{ctx: ctx, ReadCloser: f}, nil
}

// input is a file that can be read until a context ends.
type input struct {
	ctx context.Context
	io.ReadCloser
	buf []byte // buffer of the last read, nil while a read runs or is left waiting
}

func (in *input) Read(p []byte) (int, error) {
	// A read that is left waiting must not write into the caller's memory.
	buf := in.buf
	in.buf = nil
	if len(buf) < len(p) {
		buf = make([]byte, len(p))
	}
	got, err := await(in.ctx, func() ([]byte, error) {
		n, err := in.ReadCloser.Read(buf[:len(p)])
		return buf[:n], err
	})
	if got != nil {
		in.buf = buf
	}
	return copy(p, got), err
}
