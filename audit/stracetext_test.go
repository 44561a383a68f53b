package audit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// straceNode is a value as strace writes it: a structure, an array, a string or
// anything else.
type straceNode struct {
	kind  byte   // '{', '[', '"', or 'a' for anything else, such as a number or names with | between them
	name  string // of a field, or the index of an element if strace gives one
	items []*straceNode
	text  string // a string's contents; otherwise the words without comments
}

// straceParser reads values as strace writes them. It panics with a straceError
// at a word that it cannot read.
type straceParser struct {
	s  string
	at int
}

type straceError string

var straceField = regexp.MustCompile(`^[A-Za-z_]\w*=`)

// parseStrace reads the value at the start of s.
func parseStrace(s string) (n *straceNode, err error) {
	defer func() {
		if e, ok := recover().(straceError); ok {
			err = fmt.Errorf("%s", string(e))
		}
	}()
	p := &straceParser{s: s}
	return p.value(), nil
}

func (p *straceParser) fail(what string) {
	panic(straceError(fmt.Sprintf("%s at %q", what, p.s[p.at:min(len(p.s), p.at+40)])))
}

func (p *straceParser) blanks() {
	for p.at < len(p.s) {
		switch {
		case p.s[p.at] == ' ':
			p.at++
		case strings.HasPrefix(p.s[p.at:], "/*"):
			end := strings.Index(p.s[p.at:], "*/")
			if end < 0 {
				p.fail("a comment without an end")
			}
			p.at += end + 2
		default:
			return
		}
	}
}

func (p *straceParser) value() *straceNode {
	p.blanks()
	if p.at >= len(p.s) {
		p.fail("nothing")
	}
	switch c := p.s[p.at]; c {
	case '{', '[':
		p.at++
		return &straceNode{kind: c, items: p.list(c + 2)} // in ASCII the closing bracket is two further on
	case '"':
		return &straceNode{kind: '"', text: p.quoted()}
	}
	return p.word()
}

// list reads values up to the closing bracket.
func (p *straceParser) list(closing byte) (items []*straceNode) {
	for {
		p.blanks()
		switch {
		case p.at >= len(p.s):
			p.fail("no closing bracket")
		case p.s[p.at] == closing:
			p.at++
			return items
		case p.s[p.at] == ',':
			p.at++
			continue
		}
		name := straceField.FindString(p.s[p.at:])
		p.at += len(name)
		item := p.value()
		p.blanks()
		if p.at < len(p.s) && p.s[p.at] == '=' && item.kind == '[' && len(item.items) == 1 {
			p.at++
			name = item.items[0].text + "="
			item = p.value()
		}
		item.name = strings.TrimSuffix(name, "=")
		items = append(items, item)
	}
}

// quoted reads a string in C's notation.
func (p *straceParser) quoted() string {
	end := p.at + 1
	for end < len(p.s) && p.s[end] != '"' {
		if p.s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.s) {
		p.fail("a string without an end")
	}
	text, err := strconv.Unquote(straceOctal.ReplaceAllStringFunc(p.s[p.at:end+1], func(o string) string {
		if o[1] == '\\' {
			return o
		}
		n, _ := strconv.ParseUint(o[1:], 8, 8)
		return fmt.Sprintf(`\x%02x`, n)
	}))
	if err != nil {
		p.fail("an odd string")
	}
	p.at = end + 1
	if strings.HasPrefix(p.s[p.at:], "...") {
		p.at += 3
	}
	return text
}

// straceOctal matches C's octal escapes, which Go lacks. It also matches an
// escaped backslash first, so that the digits after one are not an escape.
var straceOctal = regexp.MustCompile(`\\\\|\\[0-7]{1,3}`)

// word reads up to a comma or a closing bracket outside parentheses.
func (p *straceParser) word() *straceNode {
	var b strings.Builder
	for depth := 0; p.at < len(p.s); {
		c := p.s[p.at]
		switch {
		case strings.HasPrefix(p.s[p.at:], "/*"):
			p.blanks()
			continue
		case c == '"':
			b.WriteString(strconv.Quote(p.quoted()))
			continue
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && (c == ',' || c == ']' || c == '}' || c == ')' || c == '='):
			return &straceNode{kind: 'a', text: strings.TrimSpace(b.String())}
		}
		b.WriteByte(c)
		p.at++
	}
	return &straceNode{kind: 'a', text: strings.TrimSpace(b.String())}
}

// field returns the field called name, or nil.
func (n *straceNode) field(name string) *straceNode {
	for _, item := range n.items {
		if item.name == name {
			return item
		}
	}
	return nil
}

// header returns the nlattr of an attribute, which is [{nla_len=8, nla_type=X},
// value], or {nla_len=4, nla_type=X} if it is empty. It returns nil for
// anything else.
func (n *straceNode) header() *straceNode {
	if n.kind == '[' && len(n.items) > 0 {
		n = n.items[0]
	}
	if n.kind == '{' && n.field("nla_len") != nil && n.field("nla_type") != nil {
		return n
	}
	return nil
}

// attrs returns the attributes of n: one, or a list of them. ok is false if n
// is something else.
func (n *straceNode) attrs() (list []*straceNode, ok bool) {
	if h := n.header(); h != nil && (n.kind == '{' || h.field("nla_len").text != "4") { // a list may begin with an empty one
		return []*straceNode{n}, true
	}
	for _, item := range n.items {
		if item.header() == nil {
			return nil, false
		}
	}
	return n.items, n.kind == '['
}

func TestParseStrace(t *testing.T) {
	n, err := parseStrace(`[{nlmsg_len=48, nlmsg_type=RTM_GETLINK, nlmsg_pid=-3}, {ifi_index=if_nametoindex("l,o"), x=0x43 /* X_??? */}, ` +
		`[[{nla_len=7, nla_type=NLA_F_NESTED|IFLA_IFNAME}, "a\"\\\1\x02b"], [{nla_len=9, nla_type=A}, [[IDX-1]=1, [IDY-1]=A|B]]]], 48, 0) = 48`)
	if err != nil {
		t.Fatal(err)
	}
	if len(n.items) != 3 || n.items[0].field("nlmsg_pid").text != "-3" || n.items[1].items[0].text != `if_nametoindex("l,o")` ||
		n.items[1].field("x").text != "0x43" {
		t.Errorf("%+v", n.items)
	}
	attrs, ok := n.items[2].attrs()
	if !ok || len(attrs) != 2 || attrs[0].items[1].text != "a\"\\\x01\x02b" {
		t.Fatalf("attributes: %v, %+v", ok, attrs)
	}
	if idx := attrs[1].items[1].items; len(idx) != 2 || idx[1].name != "IDY-1" || idx[1].text != "A|B" {
		t.Errorf("elements: %+v", idx)
	}
	for _, bad := range []string{"", "[1, 2", `{a="x`, "1 /* 2"} {
		if _, err := parseStrace(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
