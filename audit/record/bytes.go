package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// byteReader reads a binary file in pieces and keeps track of the offset.
type byteReader struct {
	r   *bufio.Reader
	off int64 // number of bytes read
	buf []byte
}

func newByteReader(r io.Reader) byteReader {
	if b, ok := r.(*bufio.Reader); ok {
		return byteReader{r: b}
	}
	return byteReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next n bytes, which are valid until the next call. Errors
// call them what. At the end of the file it returns io.EOF. If the file ends
// within the bytes, the error says so.
func (b *byteReader) next(n int, what string) ([]byte, error) {
	start := b.off
	if n <= b.r.Size() {
		data, err := b.r.Peek(n)
		if len(data) == n {
			b.off += int64(n)
			_, err = b.r.Discard(n)
			return data, err
		}
		b.off += int64(len(data))
		return nil, b.failed(err, start, len(data), n, what)
	}
	// Allocate no more than the file has, because a length in it may be
	// anything.
	b.buf = b.buf[:0]
	for len(b.buf) < n {
		part := min(n-len(b.buf), max(len(b.buf), b.r.Size()))
		if cap(b.buf)-len(b.buf) < part {
			b.buf = append(make([]byte, 0, len(b.buf)+part), b.buf...)
		}
		got, err := io.ReadFull(b.r, b.buf[len(b.buf):len(b.buf)+part])
		b.buf = b.buf[:len(b.buf)+got]
		b.off += int64(got)
		if err != nil {
			return nil, b.failed(err, start, len(b.buf), n, what)
		}
	}
	return b.buf, nil
}

// peek returns the next n bytes without reading them, or fewer before the end
// of the file. At the end of the file it returns io.EOF. n must be small.
func (b *byteReader) peek(n int) ([]byte, error) {
	data, err := b.r.Peek(n)
	if err == io.EOF && len(data) > 0 {
		err = nil
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("offset %d: %w", b.off, err)
	}
	return data, err
}

// skip skips n bytes.
func (b *byteReader) skip(n int64, what string) error {
	start := b.off
	got, err := io.CopyN(io.Discard, b.r, n)
	b.off += got
	if err != nil && n > 0 {
		return b.failed(err, start, int(got), int(n), what)
	}
	return nil
}

func (b *byteReader) failed(err error, start int64, got, n int, what string) error {
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		if got == 0 {
			return io.EOF
		}
		return fmt.Errorf("offset %d: the file ends within %s: %d of %d bytes", start, what, got, n)
	case err == nil:
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("offset %d: %w", b.off, err)
}

// within turns the end of the file into an error, for reading something that
// has begun.
func (b *byteReader) within(err error, what string) error {
	if err == io.EOF {
		return fmt.Errorf("offset %d: the file ends within %s", b.off, what)
	}
	return err
}
