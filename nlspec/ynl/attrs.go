package ynl

import (
	"github.com/nslab/nslab/nlspec"
)

// maxLists is how deep lists may be nested.
const maxLists = 4

// attr returns the grammar of attribute e of a set, without its name.
func (s *spec) attr(in *set, e entry) nlspec.Attr {
	kind := e.text("type")
	if kind == "" {
		e.nodes[0].fail("the attribute %q has no type", e.name)
	}
	a := s.content(in, e, kind)
	lists := s.lists(e)
	if lists > maxLists {
		e.nodes[0].fail("%d nested lists; at most %d are allowed", lists, maxLists)
	}
	for range lists {
		elem := a
		a = nlspec.Attr{Kind: nlspec.List, Elem: &elem}
	}
	return a
}

// content returns the grammar of an attribute of type kind or, if it has lists,
// of each of their elements.
func (s *spec) content(in *set, e entry, kind string) nlspec.Attr {
	at := e.with("type")
	switch kind {
	case "unused":
		return nlspec.Attr{}
	case "pad":
		return nlspec.Attr{Kind: nlspec.Pad}
	case "flag":
		return nlspec.Attr{Kind: nlspec.Flag}
	case "string", "nul-string":
		return nlspec.Attr{Kind: nlspec.String}
	case "binary":
		return s.binary(e)
	case "bitfield32":
		a := nlspec.Attr{Kind: nlspec.Bitfield32}
		if enum := e.text("enum"); enum != "" {
			a.Values = s.valuesOf(e.with("enum"), enum, true)
		}
		return a
	case "nest", "array-nest", "nest-type-value":
		return s.nest(e)
	case "indexed-array":
		sub := e.text("sub-type")
		if sub == "indexed-array" || sub == "" {
			at.fail("an indexed-array needs a sub-type for its elements")
		}
		return s.content(in, e, sub)
	case "sub-message":
		return s.selected(in, e)
	}
	a := nlspec.Attr{Kind: s.scalar(e.with("byte-order"), kind)}
	if hint := hinted(e.with("display-hint"), a.Kind); hint == nlspec.IP && a.Kind.Size() == 4 {
		return nlspec.Attr{Kind: hint}
	}
	if enum := e.text("enum"); enum != "" {
		a.Values = s.valuesOf(e.with("enum"), enum, e.with("enum-as-flags").flag("enum-as-flags"))
	}
	return a
}

// binary returns the grammar of bytes: a structure, an array, an address, or
// bytes.
func (s *spec) binary(e entry) nlspec.Attr {
	if name := e.text("struct"); name != "" {
		return nlspec.Attr{Kind: nlspec.Struct, Struct: s.structOf(e.with("struct"), name)}
	}
	if sub := e.text("sub-type"); sub != "" && sub != "binary" {
		elem := nlspec.Attr{Kind: s.scalar(e.with("byte-order"), sub)}
		if elem.Kind.Size() == 0 {
			e.with("sub-type").fail("an array of %s", sub)
		}
		if enum := e.text("enum"); enum != "" {
			elem.Values = s.valuesOf(e.with("enum"), enum, e.with("enum-as-flags").flag("enum-as-flags"))
		}
		return nlspec.Attr{Kind: nlspec.Array, Elem: &elem}
	}
	return nlspec.Attr{Kind: hinted(e.with("display-hint"), nlspec.Bytes)}
}

// nest returns a nest. If the specification does not describe its contents,
// nothing is known of them.
func (s *spec) nest(e entry) nlspec.Attr {
	name := e.text("nested-attributes")
	if name == "" {
		return nlspec.Attr{Kind: nlspec.Nested}
	}
	return nlspec.Attr{Kind: nlspec.Nested, Nest: s.setOf(e.with("nested-attributes"), name).attrs}
}

// selected returns an attribute whose contents depend on another attribute, on
// the same level or on the level of an enclosing attribute.
func (s *spec) selected(in *set, e entry) nlspec.Attr {
	message := s.submessage(e, e.text("sub-message"))
	selector := e.text("selector")
	if selector == "" {
		e.nodes[0].fail("the attribute %q needs a selector for its sub-message", e.name)
	}
	var first, last *nlspec.Selector
	for _, place := range s.places(in, selector) {
		by := &nlspec.Selector{Sibling: uint16(place.entry.number), Up: place.up, Cases: s.cases(message, place.entry)}
		if first == nil {
			first = by
		} else {
			last.Else = by
		}
		last = by
	}
	if first == nil {
		e.with("selector").get("selector").fail("there is no attribute %q on the level of %q or around it", selector, e.name)
	}
	return nlspec.Attr{By: first}
}

// place is the place of an attribute that decides on another.
type place struct {
	entry entry
	up    int
}

// places returns the places of the nearest attribute called name: in set
// itself, or in the sets that contain it.
func (s *spec) places(in *set, name string) (found []place) {
	type around struct {
		set *set
		up  int
	}
	seen := map[*set]bool{in: true}
	for queue := []around{{in, 0}}; len(queue) > 0; queue = queue[1:] {
		here := queue[0]
		if e, ok := here.set.find(name); ok {
			found = append(found, place{e, here.up})
			continue
		}
		for _, outer := range here.set.inside {
			if !seen[outer.set] {
				seen[outer.set] = true
				queue = append(queue, around{outer.set, here.up + outer.levels})
			}
		}
	}
	return found
}

// find returns the attribute called name.
func (t *set) find(name string) (entry, bool) {
	for _, e := range t.list {
		if e.name == name {
			return e, true
		}
	}
	return entry{}, false
}

// cases returns the cases of a sub-message, by the value of the attribute that
// decides.
func (s *spec) cases(message node, by entry) (cases []nlspec.Case) {
	var numbers *nlspec.Values
	if enum := by.text("enum"); enum != "" {
		numbers = s.valuesOf(by.with("enum"), enum, false)
	}
	for _, f := range message.get("formats").list() {
		a := nlspec.Attr{Kind: nlspec.Nested}
		header, set := f.text("fixed-header"), f.text("attribute-set")
		if header != "" {
			a.Struct = s.structOf(f, header)
		}
		if set != "" {
			a.Nest = s.setOf(f, set).attrs
		}
		if header != "" && set == "" {
			a.Kind = nlspec.Struct
		}
		c := nlspec.Case{Name: f.name("value"), Attr: &a}
		if numbers != nil {
			number, ok := uint64(0), false
			for _, v := range numbers.Consts {
				if v.Name == numbers.Prefix+upper(c.Name) {
					number, ok = v.Number, true
				}
			}
			if !ok {
				f.fail("%q is not a value of %q, which decides", c.Name, by.name)
			}
			c.Name, c.Number = "", number
		}
		cases = append(cases, c)
	}
	return cases
}
