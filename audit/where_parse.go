package audit

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nslab/nslab/nlspec"
)

// maxWhereDepth is how deep parentheses and nots may be nested.
const maxWhereDepth = 100

// ParseWhere reads a condition: tests joined by and, or, not and parentheses.
//
//	type=RTM_NEWLINK and error
//	not (family=INET6 or family=INET) and size>=1000
//	attr IFLA_MTU=1500 or ifname="a b"
//
// The fields are type (also matches the answers to requests of the type),
// protocol, netns, pid, program, seq, error (any, or one by name), dir (sent,
// received, multicast), family, ifname (any attribute that is the name of an
// interface), size (nlmsg_len), and attr NAME for an attribute at any depth.
// Fields are compared with = and !=; pid, seq and size also with <, <=, > and
// >=.
//
// known, unless it is nil, reports whether there is an attribute of that name
// besides those in the tables of nlspec, because of a specification for
// example. The error gives the column, in characters from 1.
func ParseWhere(text string, known func(name string) bool) (*Where, error) {
	p := whereParser{text: text, known: known}
	p.next()
	holds, err := p.or(0)
	if err == nil && p.token != "" {
		err = p.failed("want and, or, or the end")
	}
	if err == nil && p.err != nil {
		err = p.err
	}
	if err != nil {
		return nil, err
	}
	return &Where{holds}, nil
}

// whereParser is a parser with one token of lookahead.
type whereParser struct {
	text    string
	known   func(string) bool
	rest    int // offset of the rest in text
	at      int // offset of token
	token   string
	quoted  bool // token is a word in quotes
	valueAt int  // offset of the last value
	err     error
}

// failed returns an error at the token.
func (p *whereParser) failed(format string, args ...any) error {
	if p.err != nil {
		return p.err
	}
	return p.failedAt(p.at, "%s, got %s", fmt.Sprintf(format, args...), p.what())
}

func (p *whereParser) failedAt(at int, format string, args ...any) error {
	return fmt.Errorf("column %d: %s", utf8.RuneCountInString(p.text[:at])+1, fmt.Sprintf(format, args...))
}

// what returns the token as errors name it.
func (p *whereParser) what() string {
	if p.token == "" && !p.quoted {
		return "the end"
	}
	return strconv.Quote(p.token)
}

// next reads the next token: a bracket, an operator, or a word.
func (p *whereParser) next() {
	p.rest += len(p.text[p.rest:]) - len(strings.TrimLeftFunc(p.text[p.rest:], unicode.IsSpace))
	p.at, p.quoted = p.rest, false
	s := p.text[p.rest:]
	n := 0
	switch {
	case s == "":
	case s[0] == '"' || s[0] == '\'':
		p.quote(s)
		return
	case strings.HasPrefix(s, "!=") || strings.HasPrefix(s, "<=") || strings.HasPrefix(s, ">="):
		n = 2
	case strings.IndexByte("()=<>!", s[0]) >= 0:
		n = 1
	default:
		n = strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()=<>!"'`, r) })
		if n < 0 {
			n = len(s)
		}
	}
	p.token = s[:n]
	p.rest += n
}

// quote reads a word in quotes; a backslash escapes a quote or a backslash.
func (p *whereParser) quote(s string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			p.token, p.quoted = b.String(), true
			p.rest += i + 1
			return
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	p.err = p.failedAt(p.at, "a quote that does not end")
	p.token, p.rest = "", len(p.text)
}

// keyword reports whether the token is this keyword.
func (p *whereParser) keyword(word string) bool { return !p.quoted && p.token == word }

func (p *whereParser) or(depth int) (test, error) { return p.chain("or", depth, p.and) }

func (p *whereParser) and(depth int) (test, error) { return p.chain("and", depth, p.not) }

// chain reads operands that are joined by a word.
func (p *whereParser) chain(word string, depth int, operand func(depth int) (test, error)) (test, error) {
	var list []test
	for {
		t, err := operand(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		if !p.keyword(word) {
			break
		}
		p.next()
	}
	if len(list) == 1 {
		return list[0], nil
	}
	until := word == "or" // an "or" is decided by the first true operand, an "and" by the first false one
	return func(e *Event, m *placed) bool {
		for _, t := range list {
			if t(e, m) == until {
				return until
			}
		}
		return !until
	}, nil
}

func (p *whereParser) not(depth int) (test, error) {
	if depth > maxWhereDepth {
		return nil, p.failedAt(p.at, "more than %d nested parentheses and nots", maxWhereDepth)
	}
	switch {
	case p.keyword("not") || p.keyword("!"):
		p.next()
		t, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return func(e *Event, m *placed) bool { return !t(e, m) }, nil
	case p.keyword("("):
		p.next()
		t, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.keyword(")") {
			return nil, p.failed("want )")
		}
		p.next()
		return t, nil
	}
	return p.test()
}

// test reads a field and its comparison.
func (p *whereParser) test() (test, error) {
	if p.keyword("attr") {
		return p.attr()
	}
	for i := range whereFields {
		if f := &whereFields[i]; p.keyword(f.name) {
			p.next()
			return p.field(f)
		}
	}
	if !p.isWord() {
		return nil, p.failed("want a field")
	}
	var names []string
	for _, f := range whereFields {
		names = append(names, f.name)
	}
	return nil, p.failedAt(p.at, "%s is not a field; the fields are attr, %s", p.what(), strings.Join(names, ", "))
}

// attr reads attr NAME, or attr NAME=VALUE.
func (p *whereParser) attr() (test, error) {
	p.next()
	name := p.token
	if !p.isWord() {
		return nil, p.failed("want the name of an attribute")
	}
	if _, err := strconv.ParseUint(name, 10, 16); err != nil && !isAttribute(name) && (p.known == nil || !p.known(name)) {
		return nil, p.failedAt(p.at, "no attribute is called %q", name)
	}
	p.next()
	not := p.keyword("!=")
	if !not && !p.keyword("=") {
		return whereAttr(name, nil), nil
	}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	t := whereAttr(name, &value)
	if not {
		there := whereAttr(name, nil)
		return func(e *Event, m *placed) bool { return there(e, m) && !t(e, m) }, nil
	}
	return t, nil
}

// isAttribute reports whether the tables have an attribute called name.
func isAttribute(name string) bool {
	for _, entries := range []iter.Seq[nlspec.Entry]{nlspec.Entries(), nlspec.NetfilterEntries()} {
		for e := range entries {
			if e.Of == nlspec.AttrEntry && e.Name == name {
				return true
			}
		}
	}
	return false
}

func (p *whereParser) isWord() bool {
	return p.quoted || p.token != "" && strings.IndexByte("()=<>!", p.token[0]) < 0
}

// value reads the value after an operator.
func (p *whereParser) value() (string, error) {
	p.next()
	if !p.isWord() {
		return "", p.failed("want a value")
	}
	v := p.token
	p.valueAt = p.at
	p.next()
	return v, nil
}

// field reads the comparison of a field.
func (p *whereParser) field(f *whereField) (test, error) {
	op, at := p.token, p.at
	compares := !p.quoted && (op == "=" || op == "!=" || op == "<" || op == "<=" || op == ">" || op == ">=")
	switch {
	case !compares && f.bare != nil:
		return f.bare(), nil
	case !compares:
		return nil, p.failed("want = or != after %s", f.name)
	case f.number == nil && op != "=" && op != "!=":
		return nil, p.failedAt(at, "%s can be compared with = and !=, not with %s", f.name, op)
	}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	at = p.valueAt
	if f.number != nil {
		n, err := strconv.ParseInt(value, 0, 64)
		if err != nil {
			return nil, p.failedAt(at, "%s is a number, not %q", f.name, value)
		}
		return compareNumber(f, op, n), nil
	}
	t, ok := f.equals(value)
	if !ok {
		return nil, p.failedAt(at, "%s is %s, not %q", f.name, f.wants, value)
	}
	if op == "!=" {
		return func(e *Event, m *placed) bool { return !t(e, m) }, nil
	}
	return t, nil
}

// compareNumber compares a message's field f with n.
func compareNumber(f *whereField, op string, n int64) test {
	return func(e *Event, m *placed) bool {
		got, ok := f.number(e, m)
		if !ok {
			return false
		}
		switch op {
		case "=":
			return got == n
		case "!=":
			return got != n
		case "<":
			return got < n
		case "<=":
			return got <= n
		case ">":
			return got > n
		}
		return got >= n
	}
}
