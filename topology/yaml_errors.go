package topology

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/nslab/nslab/internal/plain"
	"go.yaml.in/yaml/v4"
)

// quoteColon says what to do about a colon that YAML takes for the end of a
// key.
const quoteColon = `a key and a value are written key: value; quote a text that contains ": "`

// libraryError translates the YAML library's error into the terms of a lab
// file. It keeps the library's text if there is no better one.
func (c *composer) libraryError(err error) error {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return badSyntax(Pos{1, 1}, "", "%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	at, open := c.markPlace(e.Mark), c.markPlace(e.ContextMark)
	here := c.textAt(at)
	switch {
	case e.Message == ErrLimit.Error():
		return c.tooDeep(at)
	case strings.Contains(e.ContextMsg, "directive") || strings.Contains(e.Message, "%YAML") || strings.Contains(e.Message, "%TAG") ||
		e.Message == "found incompatible YAML document":
		if e.ContextMark.Line > 0 {
			at = open
		}
		return c.directive(at)
	case e.ContextMsg == "while scanning a tag" || e.ContextMsg == "while parsing a tag" || e.Message == "found undefined tag handle":
		if e.Message != "found undefined tag handle" {
			at = open
		}
		return badTag(at, firstWord(c.textAt(at)))
	case strings.HasPrefix(e.Message, "unknown anchor "):
		return noAnchor(at, firstWord(strings.TrimPrefix(here, "*")))
	}
	switch e.Message {
	case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
		if here == "" {
			return badSyntax(open, "", "%q is never closed", clipRune(c.textAt(open)))
		}
		return badSyntax(at, cmp.Or(c.bracketHint(at), fmt.Sprintf("see the %q on line %d", clipRune(c.textAt(open)), open.Line)),
			"expected %s, not %q", strings.ReplaceAll(strings.TrimPrefix(e.Message, "did not find expected "), "'", `"`), plain.Clip(here))
	case "found unexpected end of stream":
		return badSyntax(open, "", "the quote is never closed")
	case "found unexpected document indicator":
		return badSyntax(open, "", "the quote is not closed before line %d, which begins with %q", at.Line, plain.Clip(firstWord(here)))
	case "could not find expected ':'":
		return badSyntax(open, "a key is followed by a colon and a space", "%q is not a key", plain.Clip(c.textAt(open)))
	case "mapping values are not allowed in this context":
		return badSyntax(at, cmp.Or(c.lineHint(at.Line), quoteColon), `unexpected ":"`)
	case "mapping keys are not allowed in this context":
		return badSyntax(at, "write key: value", `"?" begins a key, which is not allowed here`)
	case "block sequence entries are not allowed in this context":
		return badSyntax(at, "begin the list on the next line", "a list item cannot follow a key on its line")
	case "did not find expected key":
		if here == "-" || strings.HasPrefix(here, "- ") {
			return badSyntax(at, "", `"-" begins a list item among the keys of a mapping`)
		}
	case "found character that cannot start any token":
		if strings.HasPrefix(here, "\t") {
			return noTab(at)
		}
		return badSyntax(at, "quote a text that begins with it", "a text cannot begin with %q", clipRune(here))
	case "found a tab character that violates indentation", "found a tab character where an indentation space is expected":
		return noTab(at)
	case "found unknown escape character":
		return badSyntax(at, `write \\ for a backslash, or put the text in single quotes`, `\%s is not an escape sequence in double quotes`, clipRune(strings.TrimPrefix(here, `\`)))
	case "did not find expected hexadecimal number", "found invalid Unicode character escape code":
		return badSyntax(at, `the escape sequences are \xHH, \uHHHH and \UHHHHHHHH`, "%s", e.Message)
	case "did not find expected alphabetic or numeric character":
		if strings.HasPrefix(c.textAt(open), "*") {
			return badSyntax(open, `quote a text that begins with "*"`, `"*" without the name of an anchor`)
		}
		return badSyntax(open, `quote a text that begins with "&"`, `"&" without the name of an anchor`)
	case "found a comment without preceding whitespace":
		return badSyntax(at, `put a space before it, or quote a text that contains "#"`, `"#" begins a comment`)
	case "did not find expected <document start>", "did not find expected node content",
		"did not find expected '-' indicator", "found unexpected content after document-end marker":
		if strings.HasPrefix(here, "---") {
			return badSyntax(at, "a file describes one lab", "a second document begins here")
		}
	default:
		return badSyntax(at, "", "%s", e.Message)
	}
	if here == "" {
		return badSyntax(at, "", "the file ends too early")
	}
	return badSyntax(at, cmp.Or(c.bracketHint(at), c.lineHint(at.Line), "check indentation, quotes and brackets"), "unexpected %q", plain.Clip(here))
}

// markPlace turns the library's mark into a place. The library counts one more
// line after a last line without a newline.
func (c *composer) markPlace(m yaml.Mark) Pos {
	if last := strings.Count(c.src, "\n") + 1; m.Line > last {
		line := c.src[strings.LastIndexByte(c.src, '\n')+1:]
		return Pos{int32(last), int32(utf8.RuneCountInString(line) + 1)}
	}
	return Pos{int32(max(m.Line, 1)), int32(max(m.Column, 1))}
}

// textAt returns the rest of a line from a place, "" at its end.
func (c *composer) textAt(at Pos) string {
	n := int32(0)
	for line := range strings.Lines(c.src) {
		if n++; n < at.Line {
			continue
		}
		line = strings.TrimRight(line, "\r\n")
		col := at.Column
		for i := range line {
			if col--; col == 0 {
				return line[i:]
			}
		}
		break
	}
	return ""
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return strings.TrimRight(word, ",]}")
}

// clipRune returns the first character of a text.
func clipRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func badTag(at Pos, tag string) error {
	return badSyntax(at, `leave it out; quote a text that begins with "!"`, "YAML tag %q: tags are not allowed in lab files", plain.Clip(tag))
}

func noTab(at Pos) error {
	return badSyntax(at, "indent with spaces", "a tab cannot indent a line of YAML")
}

func noAnchor(at Pos, name string) error {
	return badSyntax(at, `an anchor is written &name before the value; quote a text that begins with "*"`, "no anchor %q above", plain.Clip(name))
}

// directive returns the error for the first line that begins with "%" at or
// above a place.
func (c *composer) directive(at Pos) error {
	n := int32(0)
	for line := range strings.Lines(c.src) {
		if n++; strings.HasPrefix(line, "%") {
			at = Pos{n, 1}
			break
		}
	}
	return badSyntax(at, "leave it out", "YAML directives are not allowed in lab files")
}
