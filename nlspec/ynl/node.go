package ynl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// problem is an error at a line of a specification: "12: there is no attribute
// set \"x\"".
type problem struct {
	line int
	text string
}

func (p *problem) Error() string { return fmt.Sprintf("%d: %s", p.line, p.text) }

// node is a YAML value. Its methods panic with a *problem, which readSpec and
// family return as an error, so a specification is read up to its first
// mistake.
type node struct{ *yaml.Node }

// fail ends the reading of a specification.
func (n node) fail(format string, args ...any) {
	line := 1
	if n.Node != nil {
		line = n.Line
	}
	panic(&problem{line, fmt.Sprintf(format, args...)})
}

// catch turns a *problem that a node's method panicked with into an error.
func catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case *problem:
		*err = p
	default:
		panic(p)
	}
}

// parseYAML returns the only document of text.
func parseYAML(text []byte) (node, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		line := 1
		if e, ok := errors.AsType[*yaml.LoadError](err); ok {
			line = max(e.Mark.Line, 1)
			return node{}, &problem{line, "this is not YAML: " + e.Message}
		}
		return node{}, &problem{line, strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return node{}, &problem{1, "the file contains no specification"}
	}
	return node{document.Content[0]}.resolve(), nil
}

// resolve follows an alias to its value.
func (n node) resolve() node {
	for range 100 { // an alias of an alias of ...
		if n.Node == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = node{n.Alias}
	}
	n.fail("an endless chain of aliases")
	return n
}

// get returns the value of key in the mapping n, or a node without a Node.
func (n node) get(key string) node {
	if n.Node == nil {
		return node{}
	}
	if n.Kind != yaml.MappingNode {
		n.fail("expected a mapping with a key %s", key)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return node{n.Content[i+1]}.resolve()
		}
	}
	return node{}
}

// has reports whether the mapping n has key.
func (n node) has(key string) bool { return n.get(key).Node != nil }

// list returns the elements of the sequence n, or none if n is missing.
func (n node) list() []node {
	if n.Node == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		n.fail("expected a list")
	}
	list := make([]node, len(n.Content))
	for i, c := range n.Content {
		list[i] = node{c}.resolve()
	}
	return list
}

// text returns the value of key, or "" if it is missing or null.
func (n node) text(key string) string {
	v := n.get(key)
	if v.Node == nil || v.Kind == yaml.ScalarNode && v.Tag == "!!null" {
		return ""
	}
	return v.scalar()
}

// name returns the value of key, which must be present.
func (n node) name(key string) string {
	s := n.text(key)
	if s == "" {
		n.fail("the key %s is missing", key)
	}
	return s
}

// scalar returns the text of a scalar that may be part of a name.
func (n node) scalar() string {
	if n.Kind != yaml.ScalarNode {
		n.fail("expected a single value")
	}
	for _, r := range n.Value {
		if r < ' ' || r > '~' {
			n.fail("the character %q cannot be part of a name", r)
		}
	}
	return n.Value
}

// flag reports whether key is present and true.
func (n node) flag(key string) bool { return n.text(key) == "true" }

// number returns the value of key, which must be from low to high. If key is
// missing, it returns otherwise.
func (n node) number(key string, otherwise, low, high int64) int64 {
	v := n.get(key)
	if v.Node == nil {
		return otherwise
	}
	i, err := strconv.ParseInt(v.scalar(), 0, 64)
	if err != nil || i < low || i > high {
		v.fail("%s is %s; it must be a number from %d to %d", key, v.Value, low, high)
	}
	return i
}
