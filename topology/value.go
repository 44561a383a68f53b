package topology

import (
	"fmt"
	"strings"
)

// ValueKind is the kind of a Value.
type ValueKind = yamlKind

// The kinds of values.
const (
	Null    ValueKind = yamlNull
	Scalar  ValueKind = yamlScalar
	List    ValueKind = yamlSequence
	Mapping ValueKind = yamlMapping
)

// A Value is a value of a YAML file, for a Language that reads it.
type Value struct {
	Kind ValueKind
	// At is its place in the file.
	At Pos
	// Text is that of a Scalar.
	Text string
	// Keys are those of a Mapping, which are Scalars.
	Keys []*Value
	// Items are the values of a Mapping, in the order of Keys, or of a List.
	Items []*Value
	// Comments are written before the key or item of this value, one a line.
	Comments []string
}

// Get returns the value of a key of a Mapping, or nil.
func (v *Value) Get(key string) *Value {
	if v == nil {
		return nil
	}
	for i, k := range v.Keys {
		if k.Text == key {
			return v.Items[i]
		}
	}
	return nil
}

// Set adds a key to a Mapping.
func (v *Value) Set(key string, item *Value) {
	v.Kind = Mapping
	v.Keys = append(v.Keys, &Value{Kind: Scalar, At: item.At, Text: key})
	v.Items = append(v.Items, item)
}

// values turns a tree of yamlNodes into Values, with their places as place has
// them.
func (n *yamlNode) values(place func(Pos) Pos) *Value {
	v := &Value{Kind: n.kind, At: place(n.at), Text: n.text}
	for _, k := range n.keys {
		v.Keys = append(v.Keys, k.values(place))
	}
	for _, item := range n.items {
		v.Items = append(v.Items, item.values(place))
	}
	return v
}

// node turns a Value into a yamlNode.
func (v *Value) node() *yamlNode {
	n := &yamlNode{kind: v.Kind, quoted: true, at: v.At, weight: 1, text: v.Text}
	for _, k := range v.Keys {
		n.keys = append(n.keys, k.node())
	}
	for _, item := range v.Items {
		w := item.node()
		n.items = append(n.items, w)
		n.weight += w.weight
	}
	return n
}

// YAML returns the value as the text of a file.
func (v *Value) YAML() []byte {
	var b strings.Builder
	v.write(&b, "")
	return []byte(b.String())
}

// flowWidth is how many columns a list or mapping may take that is written on
// one line.
const flowWidth = 100

// write writes a value in lines of its own, each after an indentation.
func (v *Value) write(b *strings.Builder, indent string) {
	for i, item := range v.Items {
		for _, c := range item.Comments {
			fmt.Fprintf(b, "%s# %s\n", indent, c)
		}
		if v.Kind == List {
			item.writeItem(b, indent)
			continue
		}
		fmt.Fprintf(b, "%s%s:", indent, scalar(v.Keys[i].Text))
		if text, ok := item.flow(flowWidth - len(indent) - len(v.Keys[i].Text)); ok {
			fmt.Fprintf(b, " %s\n", text)
			continue
		}
		b.WriteByte('\n')
		item.write(b, indent+"  ")
	}
}

// writeItem writes an entry of a list.
func (v *Value) writeItem(b *strings.Builder, indent string) {
	if text, ok := v.flow(flowWidth - len(indent)); ok {
		fmt.Fprintf(b, "%s- %s\n", indent, text)
		return
	}
	var below strings.Builder
	v.write(&below, indent+"  ")
	if !strings.HasPrefix(below.String()[len(indent)+2:], "#") {
		fmt.Fprintf(b, "%s- %s", indent, below.String()[len(indent)+2:])
		return
	}
	fmt.Fprintf(b, "%s-\n%s", indent, below.String())
}

// flow writes a value on one line, if it is a single value or short.
func (v *Value) flow(width int) (text string, ok bool) {
	if v.Kind == Null {
		return "{}", true
	}
	if v.Kind == Scalar {
		return scalar(v.Text), true
	}
	parts := make([]string, len(v.Items))
	for i, item := range v.Items {
		if parts[i], ok = item.flow(width); !ok || len(item.Comments) > 0 {
			return "", false
		}
		if v.Kind == Mapping {
			parts[i] = scalar(v.Keys[i].Text) + ": " + parts[i]
		}
	}
	text = strings.Join(parts, ", ")
	if v.Kind == Mapping {
		return "{" + text + "}", len(text) <= width
	}
	return "[" + text + "]", len(text) <= width
}
