package record

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lineReader reads lines of text of up to maxLine bytes, and counts them.
type lineReader struct {
	r   *bufio.Reader
	n   int // the number of the last line read, from 1
	buf []byte

	// start, unless it is nil, refuses a line by its first bytes, before a long
	// one is read.
	start func(head []byte) error
}

// maxLine is the maximum length of a line of a recording: that of the largest
// datagram in hexadecimal or in strace's escapes.
const maxLine = 5 * maxDatagram

func newLineReader(r io.Reader) lineReader {
	if b, ok := r.(*bufio.Reader); ok {
		return lineReader{r: b}
	}
	return lineReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next line without its newline. The line is valid until the
// next call. At the end next returns io.EOF.
func (l *lineReader) next() ([]byte, error) {
	part, err := l.r.ReadSlice('\n')
	line := part
	if len(part) > 0 && l.start != nil {
		if err := l.start(part); err != nil {
			return nil, fmt.Errorf("line %d: %w", l.n+1, err)
		}
	}
	if err := l.check(part, 0); err != nil {
		return nil, err
	}
	if err == bufio.ErrBufferFull {
		l.buf = append(l.buf[:0], part...)
		for err == bufio.ErrBufferFull {
			part, err = l.r.ReadSlice('\n')
			if err := l.check(part, len(l.buf)); err != nil {
				return nil, err
			}
			l.buf = append(l.buf, part...)
		}
		line = l.buf
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	if err != nil {
		if err != io.EOF {
			err = fmt.Errorf("after line %d: %w", l.n, err)
		}
		return nil, err
	}
	l.n++
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
}

// check refuses bytes that are not text, and lines that are too long. part is
// at offset at of the line.
func (l *lineReader) check(part []byte, at int) error {
	if i := bytes.IndexByte(part, 0); i >= 0 {
		return fmt.Errorf("line %d: column %d: a NUL byte, which text does not contain", l.n+1, at+i+1)
	}
	if at+len(part) > maxLine {
		return fmt.Errorf("line %d: it is longer than %d bytes", l.n+1, maxLine)
	}
	return nil
}
