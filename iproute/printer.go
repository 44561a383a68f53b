package iproute

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// A printer writes text or JSON, as the options ask, from one description. As
// in iproute2, each call has the key for JSON and the format for text. An empty
// key is for a value without a name, in an array.
//
// Write errors stick; close returns the first.
type printer struct {
	w     *bufio.Writer
	j     *jsonWriter // nil for text
	nl    string      // ends a line within one object: "\n", or "\" with -oneline
	color bool
}

// newPrinter starts the output of one command. JSON output is an array that
// close ends.
func newPrinter(w io.Writer, o *Options) *printer {
	p := &printer{w: bufio.NewWriter(w), nl: "\n"}
	if o.Oneline {
		p.nl = `\`
	}
	if o.JSON {
		p.j = &jsonWriter{w: p.w, pretty: o.Pretty}
		p.j.open('[')
		return p
	}
	p.color = o.Color
	return p
}

// close ends the output and returns the first error of writing it.
func (p *printer) close() error {
	if p.j != nil {
		p.j.close(']')
		p.w.WriteByte('\n')
	}
	return p.w.Flush()
}

// isJSON reports whether the output is JSON.
func (p *printer) isJSON() bool { return p.j != nil }

// open starts an object, in JSON only.
func (p *printer) open(key string) {
	if p.j != nil {
		p.j.name(key)
		p.j.open('{')
	}
}

// end ends an object, in JSON only.
func (p *printer) end() {
	if p.j != nil {
		p.j.close('}')
	}
}

// array starts an array in JSON, or writes text.
func (p *printer) array(key, text string) {
	if p.j != nil {
		p.j.name(key)
		p.j.open('[')
		return
	}
	p.w.WriteString(text)
}

// endArray ends an array in JSON, or writes text.
func (p *printer) endArray(text string) {
	if p.j != nil {
		p.j.close(']')
		return
	}
	p.w.WriteString(text)
}

// text writes text, and nothing in JSON. It replaces "\n" by p.nl.
func (p *printer) text(format string, args ...any) {
	if p.j == nil {
		fmt.Fprintf(p.w, p.lines(format), args...)
	}
}

func (p *printer) lines(s string) string {
	if p.nl != "\n" {
		return strings.ReplaceAll(s, "\n", p.nl)
	}
	return s
}

// endLine ends the text of one object with a line end, even with -oneline.
func (p *printer) endLine() {
	if p.j == nil {
		p.w.WriteByte('\n')
	}
}

// str writes a string. The format has one verb or none.
func (p *printer) str(key, format, v string) {
	if p.j != nil {
		p.jstr(key, v)
		return
	}
	p.textf(format, plain.Text(v))
}

// num writes a number. A hexadecimal format affects only text.
func (p *printer) num(key, format string, v uint64) {
	if p.j != nil {
		p.jnum(key, v)
		return
	}
	p.textf(format, v)
}

// signed writes a number that may be negative.
func (p *printer) signed(key, format string, v int64) {
	if p.j != nil {
		p.j.name(key)
		p.j.int(v)
		return
	}
	p.textf(format, v)
}

// textf writes a value with a format that may have no verb.
func (p *printer) textf(format string, v any) {
	if strings.Contains(strings.ReplaceAll(format, "%%", ""), "%") {
		fmt.Fprintf(p.w, p.lines(format), v)
		return
	}
	p.w.WriteString(p.lines(format))
}

// flag writes true in JSON, or a text.
func (p *printer) flag(key, text string) {
	if p.j != nil {
		p.jbool(key, true)
		return
	}
	p.w.WriteString(p.lines(text))
}

// null writes a flag whose value in JSON is null, as print_null does.
func (p *printer) null(key, text string) {
	if p.j != nil {
		p.j.name(key)
		p.j.null()
		return
	}
	p.w.WriteString(p.lines(text))
}

// onOff writes a boolean in JSON, or "on" or "off" by the format.
func (p *printer) onOff(key, format string, v bool) {
	if p.j != nil {
		p.jbool(key, v)
		return
	}
	word := "off"
	if v {
		word = "on"
	}
	p.textf(format, word)
}

// jstr, jnum and jbool write only in JSON.
func (p *printer) jstr(key, v string) {
	if p.j != nil {
		p.j.name(key)
		p.j.string(v)
	}
}

func (p *printer) jnum(key string, v uint64) {
	if p.j != nil {
		p.j.name(key)
		p.j.uint(v)
	}
}

func (p *printer) jbool(key string, v bool) {
	if p.j != nil {
		p.j.name(key)
		p.j.bool(v)
	}
}

// A hue is the colour of a value with -color (enum color_attr in
// include/color.h, for the default light background). It also applies to the
// text of the format.
type hue string

const (
	hueIfname hue = "\x1b[36m" // cyan
	hueMAC    hue = "\x1b[33m" // yellow
	hueInet   hue = "\x1b[35m" // magenta
	hueInet6  hue = "\x1b[34m" // blue
	hueUp     hue = "\x1b[32m" // green
	hueDown   hue = "\x1b[31m" // red
	hueNone   hue = ""
)

// paint does what str does, in colour.
func (p *printer) paint(h hue, key, format, v string) {
	if p.j != nil || !p.color || h == hueNone {
		p.str(key, format, v)
		return
	}
	p.w.WriteString(string(h))
	p.textf(format, plain.Text(v))
	p.w.WriteString("\x1b[0m")
}

// deleted begins the line of an object that has gone.
func (p *printer) deleted(gone bool) {
	if gone {
		p.flag("deleted", "Deleted ")
	}
}
