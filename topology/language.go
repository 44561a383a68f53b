package topology

import "bytes"

// A Language is another language of files that describe labs. What it reads
// becomes a lab file of nslab's own, which is the Topology's Source.
type Language interface {
	// Is reports whether a file is written in the language. root has the keys of
	// the file, without their values; it is nil if the text is not the YAML of a
	// lab file, which it need not be before Expand.
	Is(root *Value, text []byte) bool
	// Expand returns the YAML of a file's text, in which variables may have been
	// replaced, and a function that finds a place of it in the text.
	Expand(text string, wrong *Mistakes) (yaml string, place func(Pos) Pos)
	// Lab returns the lab file that stands for a file. The places of its values
	// are those of what they stand for. What the lab does without is added to
	// warnings. With mistakes it may be nil: if what is right would be wrong
	// without what they have left out.
	Lab(root *Value, wrong, warnings *Mistakes) *Value
}

// withoutItems returns a Value that has the kind and the keys of a node, nil of
// none.
func (n *yamlNode) withoutItems() *Value {
	if n == nil {
		return nil
	}
	v := &Value{Kind: n.kind, At: n.at}
	for _, k := range n.keys {
		v.Keys = append(v.Keys, &Value{Kind: k.kind, At: k.at, Text: k.text})
	}
	return v
}

// parseOther reads a file in another language.
func (m *Mistakes) parseOther(name string, data []byte, opts *ParseOptions) *Topology {
	limits := opts.Limits.withDefaults()
	text, place := opts.Language.Expand(m.src, m)
	if len(m.list) > 0 || !m.prescan([]byte(text), limits) {
		return nil
	}
	expanded := &Mistakes{file: m.file, src: text}
	root := expanded.compose(limits)
	for _, e := range expanded.list {
		at := place(Pos{int32(e.Line), int32(e.Column)})
		m.Add(at, e.Suggestion, "%s", e.Message)
		if e.Err != nil && len(m.list) > 0 {
			m.list[len(m.list)-1].Err = e.Err
		}
	}
	if root == nil || len(m.list) > 0 {
		return nil
	}
	warnings := &Mistakes{file: name, src: m.src}
	tree := root.values(place)
	renamed := opts.Name != "" && tree.rename(opts.Name)
	lab := opts.Language.Lab(tree, m, warnings)
	if lab == nil {
		return nil
	}
	t := &Topology{Path: name, Source: lab.YAML(), written: bytes.Clone(data)}
	t.warnings = warnings.Errors()
	m.parseTree(t, lab.node(), opts)
	t.renamed = renamed
	return t
}

// rename gives a file's tree another name of the lab, and reports whether it had
// not that one.
func (v *Value) rename(name string) bool {
	if v.Kind != Mapping {
		return false
	}
	n := v.Get("name")
	if n == nil {
		v.Set("name", &Value{Kind: Scalar, At: v.At, Text: name})
		return true
	}
	was := *n
	*n = Value{Kind: Scalar, At: n.At, Text: name}
	return was.Kind != Scalar || was.Text != name
}

// Warnings returns what the lab does without that its file asks for, if the
// file is in another Language.
func (t *Topology) Warnings() Errors { return t.warnings }

// Translated reports whether the file is in another Language, so that Source is
// the lab file that stands for it.
func (t *Topology) Translated() bool { return t.written != nil }

// text returns the file as it is written.
func (t *Topology) text() []byte {
	if t.written != nil {
		return t.written
	}
	return t.Source
}
