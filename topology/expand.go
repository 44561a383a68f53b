package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// scope has the values of ${NODE} and ${INDEX}; ${LAB} is the same everywhere.
// In the zero scope neither is defined.
type scope struct {
	node  string
	index int
	// pattern is that of a link's end which the node matches, "" without one.
	// ${MATCH} is defined if it contains a "*".
	pattern string
}

func (t *Topology) scopeOf(node int) scope {
	return scope{node: t.Nodes[node].Name, index: t.Nodes[node].Ordinal}
}

// A badVariable is one that has no value.
type badVariable struct {
	text  string // from "${" to "}", or to the end if it is never closed
	fault string // what is wrong with it, "" if it is not known
}

// expand replaces the variables of a value. It reports an unknown one as a
// mistake, and returns false.
func (p *fileParser) expand(n *yamlNode, s scope) (string, bool) {
	text, bad := p.replace(n.text, s)
	switch {
	case bad == nil:
		return text, true
	case bad.fault != "":
		p.Add(n.at, "", "%s", bad.fault)
		return text, false
	case !strings.HasSuffix(bad.text, "}"):
		p.Add(n.at, "write $${ for a literal ${", "a variable is never closed: %s", plain.Clip(bad.text))
		return text, false
	}
	names := []string{"LAB"}
	if s.node != "" {
		names = append(names, "NODE", "INDEX")
	}
	if firstStar(s.pattern) >= 0 {
		names = append(names, "MATCH")
	}
	hint := ""
	switch name := strings.Trim(bad.text, "${}"); {
	case name == "MATCH" && s.pattern != "":
		hint = fmt.Sprintf(`the pattern %q has no "*"`, plain.Clip(s.pattern))
	case name == "MATCH":
		hint = "it is for a link with a pattern"
	case strings.HasPrefix(name, "INDEX") && s.node != "":
		hint = "INDEX takes one of + - * with a number, as in ${INDEX+1}"
	default:
		hint = didYouMean(name, slices.Values(names))
	}
	if hint == "" {
		hint = fmt.Sprintf("the variables here are ${%s}; write $${ for a literal ${", strings.Join(names, "}, ${"))
	}
	p.Add(n.at, hint, "unknown variable %s", plain.Clip(bad.text))
	return text, false
}

// expandShell replaces the variables of a command line. Anything else that
// begins with a dollar sign is left to the shell.
func (p *fileParser) expandShell(n *yamlNode, s scope) string {
	text, bad := p.replace(n.text, s)
	if bad != nil && bad.fault != "" {
		p.Add(n.at, "", "%s", bad.fault)
	}
	return text
}

// replace replaces the known variables, and returns the first one that has no
// value, but rather one with a fault.
func (p *fileParser) replace(text string, s scope) (out string, bad *badVariable) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), bad
		}
		if i > 0 && text[i-1] == '$' { // $${
			b.WriteString(text[:i-1])
			b.WriteString("${")
			text = text[i+2:]
			continue
		}
		b.WriteString(text[:i])
		text = text[i:]
		end := strings.IndexByte(text, '}') + 1
		if end == 0 {
			end = len(text)
		}
		v, fault, ok := p.variable(text[2:end], s)
		if !ok {
			v = text[:end]
			if bad == nil || bad.fault == "" && fault != "" {
				bad = &badVariable{v, fault}
			}
		}
		b.WriteString(v)
		text = text[end:]
	}
}

// variable returns the value of NAME}, or what is wrong with it.
func (p *fileParser) variable(name string, s scope) (value, fault string, ok bool) {
	switch {
	case name == "LAB}":
		return p.t.Name, "", true
	case name == "NODE}" && s.node != "":
		return s.node, "", true
	case name == "MATCH}":
		value, ok = matchOf(s.pattern, s.node)
		return value, "", ok
	case s.node != "":
		return index(name, s)
	}
	return "", "", false
}

// maxTerm is the largest number that INDEX may be calculated with.
const maxTerm = 1<<32 - 1

// index returns the value of INDEX}, or of INDEX+N}, INDEX-N} or INDEX*N}.
func index(name string, s scope) (value, fault string, ok bool) {
	rest, ok := strings.CutPrefix(name, "INDEX")
	switch {
	case !ok:
		return "", "", false
	case rest == "}":
		return strconv.Itoa(s.index), "", true
	case len(rest) < 3 || !strings.ContainsRune("+-*", rune(rest[0])):
		return "", "", false
	}
	op, digits := rest[0], rest[1:len(rest)-1]
	if rest[len(rest)-1] != '}' || strings.Trim(digits, "0123456789") != "" {
		return "", "", false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > maxTerm {
		return "", fmt.Sprintf("${%s: the number is larger than %d", plain.Clip(name), maxTerm), false
	}
	i := int64(s.index)
	switch op {
	case '+':
		i += n
	case '-':
		i -= n
	default:
		i *= n
	}
	if i < 0 {
		return "", fmt.Sprintf("${%s of node %q is %d, below 0", plain.Clip(name), s.node, i), false
	}
	return strconv.FormatInt(i, 10), "", true
}
