package topology

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"go.yaml.in/yaml/v4"
)

// yamlKind is the kind of a value of a file.
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

// A yamlNode is a value of a file, with its place. An alias shares the node of
// its anchor.
type yamlNode struct {
	kind   yamlKind
	quoted bool // in quotes or a block of text
	at     Pos
	weight int32 // number of values in it, including itself
	text   string
	keys   []*yamlNode // of a mapping
	items  []*yamlNode // of a list, or the values of a mapping
}

// syntaxError is the place where a file stops being YAML, or the kind of YAML
// that lab files may use.
type syntaxError struct {
	at         Pos
	message    string
	suggestion string
	err        error
}

func (e *syntaxError) Error() string { return e.message }

func badSyntax(at Pos, suggestion, format string, args ...any) error {
	return &syntaxError{at: at, message: fmt.Sprintf(format, args...), suggestion: suggestion}
}

// compose reads YAML: one document, without tags, directives and keys that are
// not scalars. It returns nil after a mistake that it cannot pass.
func (m *Mistakes) compose(l Limits) *yamlNode {
	c := &composer{Mistakes: m, limits: l, next: cursor{rest: m.src, at: Pos{1, 1}}}
	root, err := c.document()
	if e, ok := errors.AsType[*syntaxError](err); ok {
		m.Add(e.at, e.suggestion, "%s", e.message)
		if e.err != nil && len(m.list) > 0 {
			m.list[len(m.list)-1].Err = e.err
		}
		return nil
	}
	return root
}

// composer turns the library's nodes into a tree of yamlNodes, and refuses what
// lab files must not contain.
type composer struct {
	*Mistakes
	limits Limits
	next   cursor // after the last anchor
	depth  int
	used   int // values, see spend
	// anchored are the complete values with anchors.
	anchored map[*yaml.Node]*yamlNode
}

// depthLimit makes the library give up where the limit is certainly exceeded.
// The library counts brackets and indentation separately; the composer counts
// exactly.
type depthLimit int

func (l depthLimit) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > int(l)+1 {
		return ErrLimit
	}
	return nil
}

func (depthLimit) CheckAlias(int, int) error { return nil } // see composer.spend

// document reads the one document of a file. A panic of the library becomes a
// mistake of the file, because a lab file must not crash its reader.
func (c *composer) document() (root *yamlNode, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, badSyntax(Pos{1, 1}, "report this file as a bug in nslab", "the YAML library failed: %v", r)
		}
	}()
	loader, err := yaml.NewLoader(strings.NewReader(c.src), yaml.WithStreamNodes(), yaml.WithPlugin(depthLimit(c.limits.Depth)))
	if err != nil {
		return nil, badSyntax(Pos{1, 1}, "", "%v", err)
	}
	for {
		var n yaml.Node
		switch err := loader.Load(&n); {
		case err == io.EOF && root == nil:
			return &yamlNode{at: Pos{1, 1}}, nil
		case err == io.EOF:
			return root, nil
		case err != nil:
			return nil, c.libraryError(err)
		case n.Kind == yaml.StreamNode:
			if s := n.Stream; s != nil && (s.Version != nil || len(s.TagDirectives) > 0) {
				return nil, c.directive(placeOf(&n))
			}
		case root != nil:
			return nil, badSyntax(placeOf(&n), "a file describes one lab", "a second document begins here")
		case len(n.Content) == 1:
			if root, err = c.value(n.Content[0]); err != nil {
				return nil, err
			}
		}
	}
}

// placeOf returns the place where a value begins, according to the library.
func placeOf(n *yaml.Node) Pos {
	return Pos{int32(max(n.Line, 1)), int32(max(n.Column, 1))}
}

// value turns the library's node into a yamlNode.
func (c *composer) value(n *yaml.Node) (*yamlNode, error) {
	v := &yamlNode{at: placeOf(n), weight: 1}
	if n.Style&yaml.TaggedStyle != 0 || n.Tag == "!" {
		return nil, badTag(v.at, n.Tag)
	}
	if n.Anchor != "" {
		v.at = c.behindAnchor(n, v.at)
	}
	var err error
	switch n.Kind {
	case yaml.AliasNode:
		return c.alias(n, v.at)
	case yaml.ScalarNode:
		v.kind, v.text = yamlScalar, n.Value
		v.quoted = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
		switch {
		case v.quoted:
		case n.Tag == "!!null":
			v.kind, v.text = yamlNull, ""
		case n.Tag == "!!merge":
			err = badSyntax(v.at, `quote it for the text`, `"<<" is a key that merges mappings`)
		}
	default:
		err = c.collection(n, v)
	}
	if err == nil {
		err = c.spend(v.at, 1)
	}
	if err == nil && n.Anchor != "" {
		if c.anchored == nil {
			c.anchored = make(map[*yaml.Node]*yamlNode)
		}
		c.anchored[n] = v
	}
	return v, err
}

// collection reads a list or a mapping.
func (c *composer) collection(n *yaml.Node, v *yamlNode) error {
	if c.depth++; c.depth > c.limits.Depth {
		return c.tooDeep(v.at)
	}
	v.kind = yamlSequence
	if n.Kind == yaml.SequenceNode {
		v.items = make([]*yamlNode, 0, len(n.Content))
		for _, item := range n.Content {
			w, err := c.value(item)
			if err != nil {
				return err
			}
			v.items = append(v.items, w)
			v.weight += w.weight
		}
		c.depth--
		return nil
	}
	v.kind = yamlMapping
	v.keys, v.items = make([]*yamlNode, 0, len(n.Content)/2), make([]*yamlNode, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, err := c.key(n.Content[i])
		if err != nil {
			return err
		}
		w, err := c.value(n.Content[i+1])
		if err != nil {
			return err
		}
		if k.kind == yamlNull { // "<<"
			if w, err = merged(k, w); err != nil {
				return err
			}
		}
		v.keys, v.items = append(v.keys, k), append(v.items, w)
		v.weight += k.weight + w.weight
	}
	c.depth--
	c.findDuplicates(v)
	return nil
}

// key reads the key of a mapping; for "<<" it has the kind yamlNull.
func (c *composer) key(n *yaml.Node) (*yamlNode, error) {
	k := &yamlNode{kind: yamlScalar, at: placeOf(n), text: n.Value, weight: 1}
	switch {
	case n.Style&yaml.TaggedStyle != 0 || n.Tag == "!":
		return nil, badTag(k.at, n.Tag)
	case n.Kind == yaml.AliasNode:
		return nil, badSyntax(k.at, `quote a text that begins with "*"`, "an alias cannot be a key")
	case n.Anchor != "":
		return nil, badSyntax(k.at, "write it before the value", "an anchor cannot come before a key")
	case n.Kind != yaml.ScalarNode:
		return nil, badSyntax(k.at, "write key: value", "a key is a single value, not a list or a mapping")
	case n.Tag == "!!merge":
		k.kind = yamlNull
	}
	return k, nil
}

// merged returns the mappings that "<<" merges.
func merged(key, v *yamlNode) (*yamlNode, error) {
	from := []*yamlNode{v}
	if v.kind == yamlSequence {
		from = v.items
	}
	for _, f := range from {
		if f.kind != yamlMapping {
			return nil, badSyntax(key.at, "", `"<<" merges mappings, such as an alias of one`)
		}
	}
	return &yamlNode{kind: yamlSequence, at: v.at, items: from, weight: v.weight}, nil
}

// findDuplicates reports keys that a mapping has twice, and merges what "<<"
// asks for: the mapping's own keys win over merged ones.
func (c *composer) findDuplicates(n *yamlNode) {
	seen := make(map[string]int32, len(n.keys))
	keys, items := n.keys[:0], n.items[:0]
	var from []*yamlNode
	for i, k := range n.keys {
		if k.kind == yamlNull {
			from = append(from, n.items[i].items...)
			continue
		}
		if line, ok := seen[k.text]; ok {
			c.Add(k.at, "", "key %q occurs twice, first on line %d", plain.Clip(k.text), line)
			continue
		}
		seen[k.text] = k.at.Line
		keys, items = append(keys, k), append(items, n.items[i])
	}
	for _, m := range from {
		for i, k := range m.keys {
			if _, ok := seen[k.text]; !ok {
				seen[k.text] = k.at.Line
				keys, items = append(keys, k), append(items, m.items[i])
			}
		}
	}
	n.keys, n.items = keys, items
}

// alias returns the value of an anchor. It refuses a value that is not complete
// yet, because that would contain itself.
func (c *composer) alias(n *yaml.Node, at Pos) (*yamlNode, error) {
	v, ok := c.anchored[n.Alias]
	if !ok {
		return nil, noAnchor(at, n.Value)
	}
	return v, c.spend(at, v.weight)
}

// behindAnchor returns the place of a value after its anchor; the library gives
// the place of the anchor. Anchors come in the order of the file.
func (c *composer) behindAnchor(n *yaml.Node, at Pos) Pos {
	if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 {
		return at // nothing follows it
	}
	c.next.to(at)
	c.next.skip(func(r rune) bool { return r == '&' || strings.ContainsRune(n.Anchor, r) })
	for {
		c.next.skip(func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
		if !strings.HasPrefix(c.next.rest, "#") {
			return c.next.at
		}
		c.next.skip(func(r rune) bool { return r != '\n' })
	}
}

// A cursor moves forward through a file.
type cursor struct {
	rest string
	at   Pos
}

// to moves to a place, or to the end.
func (c *cursor) to(at Pos) {
	c.skip(func(rune) bool { return c.at.Line < at.Line || c.at.Line == at.Line && c.at.Column < at.Column })
}

// skip moves to the first character that is not to be skipped.
func (c *cursor) skip(skip func(rune) bool) {
	for i, r := range c.rest {
		if !skip(r) {
			c.rest = c.rest[i:]
			return
		}
		if c.at.Column++; r == '\n' {
			c.at.Line, c.at.Column = c.at.Line+1, 1
		}
	}
	c.rest = ""
}

// spend counts values against the limit. An alias spends the weight of its
// value each time, so that weights cannot grow past the limit either.
func (c *composer) spend(at Pos, values int32) error {
	if c.used += int(values); c.used > c.limits.Values {
		return &syntaxError{at: at, err: ErrLimit,
			message: fmt.Sprintf("the file has more than %d values, including those behind aliases", c.limits.Values)}
	}
	return nil
}

// tooDeep is the error of a value that is nested deeper than the limit.
func (c *composer) tooDeep(at Pos) error {
	return &syntaxError{at: at, err: ErrLimit, message: fmt.Sprintf("values nest more than %d deep", c.limits.Depth)}
}
