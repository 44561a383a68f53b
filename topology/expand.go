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
}

func (t *Topology) scopeOf(node int) scope {
	return scope{t.Nodes[node].Name, t.Nodes[node].Ordinal}
}

// expand replaces the variables of a value. It reports an unknown one as a
// mistake, and returns false.
func (p *fileParser) expand(n *yamlNode, s scope) (string, bool) {
	text, unknown := p.replace(n.text, s)
	if unknown == "" {
		return text, true
	}
	if !strings.HasSuffix(unknown, "}") {
		p.Add(n.at, "write $${ for a literal ${", "a variable is never closed: %s", plain.Clip(unknown))
		return text, false
	}
	names := []string{"LAB"}
	if s.node != "" {
		names = append(names, "NODE", "INDEX")
	}
	hint := didYouMean(strings.Trim(unknown, "${}"), slices.Values(names))
	if hint == "" {
		hint = fmt.Sprintf("the variables here are ${%s}; write $${ for a literal ${", strings.Join(names, "}, ${"))
	}
	p.Add(n.at, hint, "unknown variable %s", plain.Clip(unknown))
	return text, false
}

// expandShell replaces the variables of a command line. Anything else that
// begins with a dollar sign is left to the shell.
func (p *fileParser) expandShell(n *yamlNode, s scope) string {
	text, _ := p.replace(n.text, s)
	return text
}

// replace replaces the known variables, and returns the first unknown one.
func (p *fileParser) replace(text string, s scope) (out, unknown string) {
	if !strings.Contains(text, "${") {
		return text, ""
	}
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), unknown
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
		v, ok := p.variable(text[2:end], s)
		if !ok {
			v = text[:end]
			if unknown == "" {
				unknown = v
			}
		}
		b.WriteString(v)
		text = text[end:]
	}
}

// variable returns the value of NAME}.
func (p *fileParser) variable(name string, s scope) (string, bool) {
	switch {
	case name == "LAB}":
		return p.t.Name, true
	case name == "NODE}" && s.node != "":
		return s.node, true
	case name == "INDEX}" && s.node != "":
		return strconv.Itoa(s.index), true
	}
	return "", false
}
