package record

import (
	"io"
	"strings"
	"testing"
)

// TestLines checks which text is refused, and that this happens before all of
// it is read.
func TestLines(t *testing.T) {
	endless := func(c byte) *repeated { return &repeated{c: c, left: maxLine + 1<<20} }
	for _, tt := range []struct {
		name   string
		text   io.Reader
		format string
		most   int // bytes that may be read
		want   string
	}{
		{"NUL bytes", endless(0), "jsonl", 1 << 20, `line 1: column 1: a line is a JSON object, {...}, and this one begins with "\x00"`},
		{"NUL bytes", endless(0), "strace", 1 << 20, "line 1: column 1: a NUL byte, which text does not contain"},
		{"NUL bytes", endless(0), "hex", 1 << 20, "line 1: column 1: a NUL byte, which text does not contain"},
		{"a NUL byte later", strings.NewReader("14\n" + strings.Repeat("1", 1<<19) + "\x00"), "hex", 1 << 20, "line 2: column 524289: a NUL byte, which text does not contain"},
		{"no JSON", endless('a'), "jsonl", 1 << 20, `line 1: column 1: a line is a JSON object, {...}, and this one begins with "a"`},
		{"a long line", endless('1'), "hex", maxLine + 1<<20, "line 1: it is longer than 83886080 bytes"},
	} {
		counted := &counter{r: tt.text}
		r, err := Open(counted, Options{Format: tt.format})
		if err == nil {
			_, err = readAll(r)
		}
		if err == nil || err.Error() != tt.want || counted.n > tt.most {
			t.Errorf("%s as %s: %d bytes were read\n got %v\nwant %s", tt.name, tt.format, counted.n, err, tt.want)
		}
	}
}

// repeated is one byte many times.
type repeated struct {
	c    byte
	left int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := min(len(p), r.left)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		p[i] = r.c
	}
	r.left -= n
	return n, nil
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
