package lab

import "github.com/goccy/go-yaml/token"

// block reads the value that begins with the next token, which is the first on
// its line but for "- ".
func (c *composer) block() (*yamlNode, error) {
	t := c.peek()
	switch {
	case t.Type == token.SequenceEntryType:
		return c.blockSequence(t)
	case c.isKey():
		return c.blockMapping(t)
	}
	return c.inline()
}

// blockSequence reads the lines that begin with "-" in the token's column.
func (c *composer) blockSequence(first *token.Token) (*yamlNode, error) {
	if err := c.enter(first); err != nil {
		return nil, err
	}
	n := &yamlNode{kind: yamlSequence, at: at(first)}
	col := first.Position.Column
	for t := first; t != nil && t.Position.Column == col && t.Type == token.SequenceEntryType; t = c.peek() {
		c.i++
		v, err := c.value(t, col, false)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
	}
	return c.blockEnd(n, col)
}

// blockMapping reads the keys in the token's column.
func (c *composer) blockMapping(first *token.Token) (*yamlNode, error) {
	if err := c.enter(first); err != nil {
		return nil, err
	}
	n := &yamlNode{kind: yamlMapping, at: at(first)}
	col := first.Position.Column
	for t := first; t != nil && t.Position.Column == col && c.isKey(); t = c.peek() {
		c.i++
		colon := c.peek()
		c.i++
		v, err := c.value(colon, col, true)
		if err != nil {
			return nil, err
		}
		if err := c.addPair(n, t, v); err != nil {
			return nil, err
		}
	}
	c.findDuplicates(n)
	return c.blockEnd(n, col)
}

// blockEnd checks that what follows a block belongs to one around it.
func (c *composer) blockEnd(n *yamlNode, col int) (*yamlNode, error) {
	c.depth--
	t := c.peek()
	if t != nil && t.Position.Column >= col {
		switch {
		case t.Type == token.DocumentHeaderType || t.Type == token.DocumentEndType:
		case t.Type == token.SequenceEntryType && n.kind == yamlMapping && t.Position.Column == col:
			return nil, badSyntax(at(t), "", `"-" begins a list item among the keys of a mapping`)
		case isScalar(t) && n.kind == yamlMapping && t.Position.Column == col:
			return nil, badSyntax(at(t), "a key is followed by a colon and a space", "%q is no key", clip(t.Value))
		case n.kind == yamlSequence && t.Position.Column == col && c.isKey():
			// The list of a key, not indented: the next key ends it. Its
			// mapping looks at the token again.
		default:
			return nil, c.unexpected(t)
		}
	}
	return c.finish(n)
}

// value reads what follows a "-" or a ":"; outer is the column of the block that
// it is in. A list may stand in the column of its key.
func (c *composer) value(after *token.Token, outer int, inMapping bool) (*yamlNode, error) {
	t := c.peek()
	line := after.Position.Line
	var anchor *token.Token
	if t != nil && t.Type == token.AnchorType && (t.Position.Line == line || t.Position.Column > outer) {
		var err error
		if anchor, err = c.anchorName(t); err != nil {
			return nil, err
		}
		line = t.Position.Line
		t = c.peek()
	}
	n, err := c.valueAt(t, line, outer, inMapping, anchor)
	if err != nil {
		return nil, err
	}
	if n == nil {
		n = &yamlNode{at: at(after), weight: 1}
	}
	if anchor != nil {
		c.anchors[anchor.Value] = n
	}
	return n, nil
}

func (c *composer) valueAt(t *token.Token, line, outer int, inMapping bool, anchor *token.Token) (*yamlNode, error) {
	switch {
	case t == nil:
		return nil, nil
	case anchor != nil && t.Type == token.AliasType:
		return nil, badSyntax(at(t), "", "an alias cannot have an anchor of its own")
	case t.Position.Line == line:
		switch {
		case t.Type == token.SequenceEntryType && (inMapping || anchor != nil):
			return nil, badSyntax(at(t), "begin the list on the next line", "a list item cannot stand behind a key")
		case c.isKey() && anchor != nil:
			return nil, badSyntax(at(t), "begin the mapping on the next line", "an anchor cannot stand before a key")
		case c.isKey() && inMapping:
			return nil, badSyntax(at(t), `quote a text that has ": " in it`, "a key cannot stand behind another key")
		}
		return c.block()
	case t.Position.Column > outer:
		return c.block()
	case inMapping && t.Position.Column == outer && t.Type == token.SequenceEntryType:
		return c.blockSequence(t)
	}
	return nil, nil
}

// anchorName takes "&" and the name behind it.
func (c *composer) anchorName(amp *token.Token) (*token.Token, error) {
	c.i++
	if c.i >= len(c.toks) || !isScalar(c.toks[c.i]) || c.toks[c.i].Position.Line != amp.Position.Line {
		return nil, badSyntax(at(amp), "", `"&" without the name of an anchor`)
	}
	c.i++
	return c.toks[c.i-1], nil
}

// addPair adds a key and its value to a mapping, or what "<<" merges into it.
func (c *composer) addPair(n *yamlNode, key *token.Token, v *yamlNode) error {
	if key.Type != token.MergeKeyType {
		k := &yamlNode{kind: yamlScalar, at: at(key), text: key.Value, weight: 1}
		n.keys = append(n.keys, k)
		n.items = append(n.items, v)
		return nil
	}
	from := []*yamlNode{v}
	if v.kind == yamlSequence {
		from = v.items
	}
	for _, f := range from {
		if f.kind != yamlMapping {
			return badSyntax(at(key), "", `"<<" merges mappings, such as an alias of one`)
		}
	}
	// The keys that are there win over merged ones, which are added when the
	// mapping is complete: see findDuplicates.
	n.keys = append(n.keys, &yamlNode{kind: yamlNull, at: at(key), weight: 1})
	n.items = append(n.items, &yamlNode{kind: yamlSequence, at: v.at, items: from, weight: v.weight})
	return nil
}

// findDuplicates notes keys that a mapping has twice, and merges what "<<" asks
// for.
func (c *composer) findDuplicates(n *yamlNode) {
	seen := make(map[string]int32, len(n.keys))
	keys, items := n.keys[:0], n.items[:0]
	var merged []*yamlNode
	for i, k := range n.keys {
		if k.kind == yamlNull {
			merged = append(merged, n.items[i].items...)
			continue
		}
		if line, ok := seen[k.text]; ok {
			c.add(k.at, "", "key %q is there twice, first on line %d", clip(k.text), line)
			continue
		}
		seen[k.text] = k.at.line
		keys, items = append(keys, k), append(items, n.items[i])
	}
	for _, m := range merged {
		for i, k := range m.keys {
			if _, ok := seen[k.text]; !ok {
				seen[k.text] = k.at.line
				keys, items = append(keys, k), append(items, m.items[i])
			}
		}
	}
	n.keys, n.items = keys, items
}

// inline reads a value that is no block: a scalar, an alias, or a collection in
// brackets.
func (c *composer) inline() (*yamlNode, error) {
	t := c.peek()
	if t == nil {
		return nil, badSyntax(filePos{1, 1}, "", "the file ends too early")
	}
	switch t.Type {
	case token.SequenceStartType:
		return c.flowSequence(t)
	case token.MappingStartType:
		return c.flowMapping(t)
	case token.LiteralType, token.FoldedType:
		c.i++
		n := &yamlNode{kind: yamlScalar, quoted: true, at: at(t), weight: 1}
		if c.i < len(c.toks) && c.toks[c.i].Type == token.CommentType {
			c.i++ // behind the header
		}
		if c.i < len(c.toks) && c.toks[c.i].Type == token.StringType {
			n.text = c.toks[c.i].Value
			c.i++
		}
		return n, c.spend(n.at, 1)
	case token.AliasType:
		return c.alias(t)
	}
	if !isScalar(t) || t.Type == token.MergeKeyType {
		return nil, c.unexpected(t)
	}
	c.i++
	n := &yamlNode{kind: yamlScalar, at: at(t), text: t.Value, weight: 1}
	n.quoted = t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType
	if t.Type == token.NullType {
		n.kind, n.text = yamlNull, ""
	}
	return n, c.spend(n.at, 1)
}

func (c *composer) alias(star *token.Token) (*yamlNode, error) {
	c.i++
	if c.i >= len(c.toks) || !isScalar(c.toks[c.i]) || c.toks[c.i].Position.Line != star.Position.Line {
		return nil, badSyntax(at(star), `quote a text that begins with "*"`, `"*" without the name of an anchor`)
	}
	name := c.toks[c.i].Value
	c.i++
	n, ok := c.anchors[name]
	if !ok {
		return nil, badSyntax(at(star), `an anchor is written &name before the value; quote a text that begins with "*"`, "no anchor %q above", clip(name))
	}
	return n, c.spend(at(star), n.weight)
}

// flowSequence reads [a, b].
func (c *composer) flowSequence(open *token.Token) (*yamlNode, error) {
	if err := c.enter(open); err != nil {
		return nil, err
	}
	n := &yamlNode{kind: yamlSequence, at: at(open)}
	c.i++
	for {
		t := c.peek()
		if t == nil {
			return nil, badSyntax(at(open), "", `"[" is never closed`)
		}
		if t.Type == token.SequenceEndType {
			c.i++
			break
		}
		v, err := c.flowValue(t)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, v)
		if err := c.flowNext(open, token.SequenceEndType); err != nil {
			return nil, err
		}
	}
	c.depth--
	return c.finish(n)
}

// flowMapping reads {a: b}.
func (c *composer) flowMapping(open *token.Token) (*yamlNode, error) {
	if err := c.enter(open); err != nil {
		return nil, err
	}
	n := &yamlNode{kind: yamlMapping, at: at(open)}
	c.i++
	for {
		key := c.peek()
		if key == nil {
			return nil, badSyntax(at(open), "", `"{" is never closed`)
		}
		if key.Type == token.MappingEndType {
			c.i++
			break
		}
		if !isScalar(key) {
			return nil, c.unexpected(key)
		}
		c.i++
		colon := c.peek()
		if colon == nil || colon.Type != token.MappingValueType {
			return nil, badSyntax(at(key), "write key: value", "key %q has no value", clip(key.Value))
		}
		c.i++
		v := &yamlNode{at: at(colon), weight: 1}
		if t := c.peek(); t != nil && t.Type != token.CollectEntryType && t.Type != token.MappingEndType {
			var err error
			if v, err = c.flowValue(t); err != nil {
				return nil, err
			}
		}
		if err := c.addPair(n, key, v); err != nil {
			return nil, err
		}
		if err := c.flowNext(open, token.MappingEndType); err != nil {
			return nil, err
		}
	}
	c.depth--
	c.findDuplicates(n)
	return c.finish(n)
}

func (c *composer) flowValue(t *token.Token) (*yamlNode, error) {
	if t.Type != token.AnchorType {
		return c.inline()
	}
	name, err := c.anchorName(t)
	if err != nil {
		return nil, err
	}
	n, err := c.inline()
	if err == nil {
		c.anchors[name.Value] = n
	}
	return n, err
}

// flowNext takes the comma between two entries; before the closing bracket there
// need be none.
func (c *composer) flowNext(open *token.Token, end token.Type) error {
	t := c.peek()
	switch {
	case t == nil:
		return badSyntax(at(open), "", "%q is never closed", open.Value)
	case t.Type == end:
		return nil
	case t.Type == token.CollectEntryType:
		c.i++
		return nil
	case t.Type == token.MappingValueType && end == token.SequenceEndType:
		return badSyntax(at(t), "write [{key: value}], or quote the text", `a list in brackets has no keys, but here is ":"`)
	}
	return c.unexpected(t)
}
