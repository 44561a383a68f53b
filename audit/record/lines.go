package record

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lineReader reads lines of up to maxLine bytes, and counts them.
type lineReader struct {
	r   *bufio.Reader
	n   int // the number of the last line read, from 1
	buf []byte
}

// maxLine is how long a line of a recording may be: that of the largest datagram in hexadecimal, or as strace shows it.
const maxLine = 5 * maxDatagram

func newLineReader(r io.Reader) lineReader {
	if b, ok := r.(*bufio.Reader); ok {
		return lineReader{r: b}
	}
	return lineReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// next returns the next line without its end; it is valid until the next call. At the end it returns io.EOF.
func (l *lineReader) next() ([]byte, error) {
	part, err := l.r.ReadSlice('\n')
	line := part
	if err == bufio.ErrBufferFull {
		l.buf = append(l.buf[:0], part...)
		for err == bufio.ErrBufferFull {
			if len(l.buf) > maxLine {
				return nil, fmt.Errorf("line %d: it is longer than %d bytes", l.n+1, maxLine)
			}
			part, err = l.r.ReadSlice('\n')
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
