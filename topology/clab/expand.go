package clab

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// An expander replaces the environment variables of a file's text before it is
// YAML, as the library github.com/hellt/envsubst does for containerlab:
//
//	$NAME, ${NAME}      the value; $NAME if it is empty or not set
//	${NAME:-x}, ${NAME:=x}   x if it is empty or not set
//	${NAME-x}, ${NAME=x}     x if it is not set; nothing if it is empty
//	${NAME+x}, ${NAME:+x}    x if it is set, else nothing
//	$$                  a dollar sign
//
// x is a text, or $NAME. What begins with a digit, such as $1, stays. The
// library leaves $NAME for ${NAME-x} if NAME is empty, and for ${NAME:-} and
// ${NAME-} if it has no value; here these are nothing, as in a shell.
type expander struct {
	getenv func(string) (string, bool)
	wrong  *topology.Mistakes
	in     string
	out    strings.Builder
	// at is where the input has been read to, and outAt where the output ends.
	at, outAt topology.Pos
	edits     []edit
}

// An edit says that from a place of the output on, a line of the input begins
// or goes on at another column.
type edit struct{ out, in topology.Pos }

// expand returns a text with its variables replaced, and a function that finds
// the place of a place of it in the text as it was.
func expand(in string, getenv func(string) (string, bool), wrong *topology.Mistakes) (string, func(topology.Pos) topology.Pos) {
	if getenv == nil {
		getenv = func(string) (string, bool) { return "", false }
	}
	e := &expander{getenv: getenv, wrong: wrong, in: in, at: topology.Pos{Line: 1, Column: 1}, outAt: topology.Pos{Line: 1, Column: 1}}
	e.all()
	edits := e.edits
	return e.out.String(), func(at topology.Pos) topology.Pos {
		i, found := slices.BinarySearchFunc(edits, at, func(e edit, at topology.Pos) int {
			if e.out.Line != at.Line {
				return int(e.out.Line - at.Line)
			}
			return int(e.out.Column - at.Column)
		})
		if !found {
			i--
		}
		if i < 0 {
			return at
		}
		from := edits[i]
		if from.out.Line == at.Line {
			return topology.Pos{Line: from.in.Line, Column: from.in.Column + at.Column - from.out.Column}
		}
		return topology.Pos{Line: from.in.Line + at.Line - from.out.Line, Column: at.Column}
	}
}

func (e *expander) all() {
	for e.in != "" {
		i := strings.IndexByte(e.in, '$')
		if i < 0 {
			e.keep(len(e.in))
			return
		}
		e.keep(i)
		rest := e.in[1:]
		next, _ := utf8.DecodeRuneInString(rest)
		switch {
		case strings.HasPrefix(rest, "$"):
			e.replace(2, "$")
		case strings.HasPrefix(rest, "{"):
			e.braces()
		case isName(next) && !unicode.IsDigit(next):
			n := nameLen(rest)
			if rest[:n] == "_" {
				e.keep(1 + n)
				continue
			}
			e.replace(1+n, e.value(rest[:n]))
		default:
			e.keep(1)
		}
	}
}

// braces replaces what begins with "${".
func (e *expander) braces() {
	rest := e.in[2:]
	n := nameLen(rest)
	first, _ := utf8.DecodeRuneInString(rest)
	if n == 0 || unicode.IsDigit(first) {
		e.keep(2)
		return
	}
	end := strings.IndexByte(rest, '}')
	if line := strings.IndexAny(rest, "\r\n"); end < 0 || line >= 0 && line < end {
		e.wrong.Add(e.at, "write $$ for a dollar sign", "a variable is never closed: ${%s", plain.Clip(rest[:n]))
		e.keep(2)
		return
	}
	name, op := rest[:n], rest[n:end]
	value, set := e.getenv(name)
	out := e.value(name)
	operator := strings.TrimLeft(op, ":")
	if len(op)-len(operator) > 1 {
		operator = ""
	}
	switch {
	case op == "":
	case operator == "" || !strings.ContainsRune("-=+", rune(operator[0])):
		e.wrong.Add(e.at, "write ${NAME}, ${NAME:-DEFAULT} or ${NAME:+TEXT}; $$ is a dollar sign", "unknown form of a variable: ${%s}", plain.Clip(rest[:end]))
	case operator[0] == '+':
		if out = ""; set {
			out = e.other(operator[1:])
		}
	case !set, value == "" && op[0] == ':':
		out = e.other(operator[1:])
	default:
		out = value
	}
	e.replace(end+3, out)
}

// value is the value of a variable, which stays as it is if it has none.
func (e *expander) value(name string) string {
	if v, _ := e.getenv(name); v != "" {
		return v
	}
	return "$" + name
}

// other is what stands for a variable in braces.
func (e *expander) other(text string) string {
	if name, is := strings.CutPrefix(text, "$"); is && name != "" && nameLen(name) == len(name) {
		return e.value(name)
	}
	return text
}

// keep moves over bytes of the input that stay.
func (e *expander) keep(n int) {
	e.out.WriteString(e.in[:n])
	e.outAt = after(e.outAt, e.in[:n])
	e.at = after(e.at, e.in[:n])
	e.in = e.in[n:]
}

// replace moves over bytes of the input that something else stands for, all of
// which has the place of the first.
func (e *expander) replace(n int, by string) {
	for line := range strings.Lines(by) {
		e.edits = append(e.edits, edit{e.outAt, e.at})
		e.out.WriteString(line)
		e.outAt = after(e.outAt, line)
	}
	e.at = after(e.at, e.in[:n])
	e.in = e.in[n:]
	if m := len(e.edits); m > 0 && e.edits[m-1].out == e.outAt {
		e.edits = e.edits[:m-1]
	}
	e.edits = append(e.edits, edit{e.outAt, e.at})
}

// after is the place after a text.
func after(at topology.Pos, text string) topology.Pos {
	if n := strings.Count(text, "\n"); n > 0 {
		at.Line += int32(n)
		at.Column = 1
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	at.Column += int32(utf8.RuneCountInString(text))
	return at
}

func isName(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// nameLen is the length of the name that a text begins with, in bytes.
func nameLen(text string) int {
	for i, r := range text {
		if !isName(r) {
			return i
		}
	}
	return len(text)
}
