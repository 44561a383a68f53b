package lab

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// yamlKind is what a value of a file is.
type yamlKind uint8

const (
	yamlNull yamlKind = iota
	yamlScalar
	yamlSequence
	yamlMapping
)

func (k yamlKind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[min(k, yamlMapping)]
}

// A yamlNode is a value of a file and its place. An alias shares the node of its
// anchor.
type yamlNode struct {
	kind   yamlKind
	quoted bool // in quotes or a block of text
	at     filePos
	weight int32 // values in it and itself
	text   string
	keys   []*yamlNode // of a mapping
	items  []*yamlNode // of a list, or the values of a mapping
}

// composer makes a tree of the tokens of goccy/go-yaml's scanner.
//
// That library's own parser is not used because its time grows with the square
// of the number of keys in a mapping (v1.19.2: 93 s and 38 GB of garbage for
// 100,000 keys, 3 s for 10,000), and because it knows no limits.
type composer struct {
	*mistakes
	limits  Limits
	toks    token.Tokens
	i       int
	depth   int
	used    int // values, see spend
	anchors map[string]*yamlNode
}

// syntaxError is where a file stops being YAML that a lab file may be.
type syntaxError struct {
	at         filePos
	message    string
	suggestion string
	err        error
}

func (e *syntaxError) Error() string { return e.message }

func badSyntax(at filePos, suggestion, format string, args ...any) error {
	return &syntaxError{at: at, message: fmt.Sprintf(format, args...), suggestion: suggestion}
}

// compose reads YAML: one document, without tags, directives and keys that are
// not scalars. It returns nil where it noted a mistake that it cannot pass.
func (m *mistakes) compose(l Limits) *yamlNode {
	c := &composer{mistakes: m, limits: l, anchors: make(map[string]*yamlNode)}
	root, err := c.document()
	if e, ok := err.(*syntaxError); ok {
		m.add(e.at, e.suggestion, "%s", e.message)
		if e.err != nil && len(m.list) > 0 {
			m.list[len(m.list)-1].Err = e.err
		}
		return nil
	}
	return root
}

func (c *composer) document() (*yamlNode, error) {
	if err := c.scan(); err != nil {
		return nil, err
	}
	if t := c.peek(); t != nil && t.Type == token.DocumentHeaderType {
		c.i++
	}
	t := c.peek()
	if t == nil || t.Type == token.DocumentEndType {
		return &yamlNode{at: filePos{1, 1}}, nil
	}
	root, err := c.block()
	if err != nil {
		return nil, err
	}
	if t := c.peek(); t != nil && t.Type == token.DocumentEndType {
		c.i++
	}
	if t := c.peek(); t != nil {
		if t.Type == token.DocumentHeaderType {
			return nil, badSyntax(at(t), "one file is one lab", "a second document begins here")
		}
		return nil, c.unexpected(t)
	}
	return root, nil
}

// scan splits the file into tokens. Should the scanner panic, that is told as
// a mistake of the file: a lab file must not end its reader.
func (c *composer) scan() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = badSyntax(filePos{1, 1}, "report the file as a bug of nslab", "the YAML scanner failed: %v", r)
		}
	}()
	var s scanner.Scanner
	s.Init(c.src)
	for {
		toks, err := s.Scan()
		if c.toks == nil {
			c.toks = toks
		} else {
			c.toks = append(c.toks, toks...)
		}
		if i := slices.IndexFunc(toks, func(t *token.Token) bool { return t.Type == token.InvalidType }); i >= 0 {
			return badSyntax(at(toks[i]), "", "%s", toks[i].Error)
		}
		if err != nil || len(toks) == 0 {
			break // io.EOF: other errors come with an invalid token
		}
	}
	c.correctColumns()
	return nil
}

// correctColumns puts right the columns of plain scalars, which the scanner has
// too far right by the number of spaces behind them, and too far left by the
// number of tabs before them.
func (c *composer) correctColumns() {
	n, i := 0, 0
	for line := range strings.Lines(c.src) {
		n++
		ascii := isASCII(line)
		for ; i < len(c.toks) && c.toks[i].Position.Line <= n; i++ {
			t := c.toks[i]
			if !isScalar(t) || t.Indicator != token.NotIndicator || t.Position.Line < n {
				continue
			}
			word, _, _ := strings.Cut(t.Value, " ")
			if col := t.Position.Column; col > 0 && col <= len(line) && ascii && strings.HasPrefix(line[col-1:], word) {
				continue
			}
			t.Position.Column = columnOf(line, word, t.Position.Column)
		}
	}
}

// columnOf is the column of the word that is nearest to a column, or the column
// itself.
func columnOf(line, word string, col int) int {
	from := 0 // in bytes
	for i := range line {
		if from = i; col <= 1 {
			break
		}
		col--
	}
	i := strings.Index(line[from:], word) + from
	if i < from {
		if i = strings.LastIndex(line, word); i < 0 {
			i = from
		}
	}
	return utf8.RuneCountInString(line[:i]) + 1
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func at(t *token.Token) filePos {
	return filePos{int32(max(t.Position.Line, 1)), int32(max(t.Position.Column, 1))}
}

// peek returns the next token that is no comment, nil at the end.
func (c *composer) peek() *token.Token {
	for c.i < len(c.toks) && c.toks[c.i].Type == token.CommentType {
		c.i++
	}
	if c.i == len(c.toks) {
		return nil
	}
	return c.toks[c.i]
}

// isScalar reports whether a token can be a whole value or key.
func isScalar(t *token.Token) bool {
	switch t.Type {
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType, token.BoolType,
		token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType,
		token.FloatType, token.NullType, token.InfinityType, token.NanType, token.MergeKeyType:
		return true
	}
	return false
}

// isKey reports whether the next token is a key: a scalar with a colon on the
// same line.
func (c *composer) isKey() bool {
	t := c.peek()
	if t == nil || !isScalar(t) || c.i+1 >= len(c.toks) {
		return false
	}
	colon := c.toks[c.i+1]
	return colon.Type == token.MappingValueType && colon.Position.Line == t.Position.Line
}

// unexpected says that a token cannot stand where it does.
func (c *composer) unexpected(t *token.Token) error {
	switch t.Type {
	case token.TagType:
		return badSyntax(at(t), "leave it out", "YAML tag %q: lab files have none", clip(t.Value))
	case token.DirectiveType:
		return badSyntax(at(t), "leave it out", "YAML directive: lab files have none")
	case token.MappingKeyType:
		return badSyntax(at(t), "write key: value", `"?" begins a complex key: lab files have none`)
	case token.MappingValueType:
		return badSyntax(at(t), `a key and a value are written key: value; quote a text that has ": " in it`, `unexpected ":"`)
	case token.DocumentHeaderType:
		return badSyntax(at(t), "one file is one lab", "a second document begins here")
	}
	text := t.Value
	if text == "" {
		text = t.Type.String()
	}
	return badSyntax(at(t), "see that indentation, quotes and brackets are right", "unexpected %q", clip(text))
}

// clip shortens a text from a file for a message.
func clip(s string) string {
	if r := []rune(s[:min(len(s), 256)]); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// finish counts a collection and what is in it.
func (c *composer) finish(n *yamlNode) (*yamlNode, error) {
	n.weight = 1
	for _, k := range n.keys {
		n.weight += k.weight
	}
	for _, v := range n.items {
		n.weight += v.weight
	}
	return n, c.spend(n.at, 1)
}

// spend counts values against the limit. An alias spends what is behind it each
// time, so that weights cannot grow past the limit either.
func (c *composer) spend(at filePos, values int32) error {
	if c.used += int(values); c.used > c.limits.Values {
		return &syntaxError{at: at, err: ErrLimit,
			message: fmt.Sprintf("the file has more than %d values, those behind aliases counted", c.limits.Values)}
	}
	return nil
}

// enter counts the depth; leave it with c.depth--.
func (c *composer) enter(t *token.Token) error {
	if c.depth++; c.depth > c.limits.Depth {
		return &syntaxError{at: at(t), err: ErrLimit, message: fmt.Sprintf("values nest more than %d deep", c.limits.Depth)}
	}
	return nil
}
