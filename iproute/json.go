package iproute

import (
	"bufio"
	"strconv"

	"github.com/nslab/nslab/internal/plain"
)

// jsonWriter writes JSON in the order of its calls, with iproute2's layout:
// compact, or indented by four spaces.
type jsonWriter struct {
	w      *bufio.Writer
	pretty bool
	depth  int
	sep    bool // a value precedes the next one at this level
}

func (j *jsonWriter) value() {
	if j.sep {
		j.w.WriteByte(',')
	}
	j.sep = true
}

func (j *jsonWriter) line() {
	if !j.pretty {
		return
	}
	j.w.WriteByte('\n')
	for range j.depth {
		j.w.WriteString("    ")
	}
}

func (j *jsonWriter) name(key string) {
	if key == "" {
		return
	}
	j.value()
	j.line()
	j.sep = false
	j.quote(key)
	j.w.WriteByte(':')
	if j.pretty {
		j.w.WriteByte(' ')
	}
}

func (j *jsonWriter) open(c byte) {
	j.value()
	j.w.WriteByte(c)
	j.depth++
	j.sep = false
	if c == '[' && j.pretty {
		j.w.WriteByte(' ')
	}
}

func (j *jsonWriter) close(c byte) {
	if c == ']' {
		if j.pretty && j.sep {
			j.w.WriteByte(' ')
		}
		j.sep = false
	}
	j.depth--
	if j.sep {
		j.line()
	}
	j.w.WriteByte(c)
	j.sep = true
}

func (j *jsonWriter) raw(s string) {
	j.value()
	j.w.WriteString(s)
}

func (j *jsonWriter) string(s string) {
	j.value()
	j.quote(s)
}

// quote writes a JSON string. Unlike iproute2's writer, it escapes what is not
// printable, and replaces what is not UTF-8, so that the result is valid JSON
// and safe for a terminal.
func (j *jsonWriter) quote(s string) { j.w.Write(plain.AppendJSON(j.w.AvailableBuffer(), s)) }

func (j *jsonWriter) uint(v uint64)  { j.raw(strconv.FormatUint(v, 10)) }
func (j *jsonWriter) int(v int64)    { j.raw(strconv.FormatInt(v, 10)) }
func (j *jsonWriter) bool(v bool)    { j.raw(strconv.FormatBool(v)) }
func (j *jsonWriter) null()          { j.raw("null") }
func (j *jsonWriter) float(v string) { j.raw(v) }
