package ynl

import (
	"slices"

	"github.com/nslab/nslab/nlspec"
)

// set is an attribute set: its source and its result. The array of attrs is
// allocated before it is filled, because sets contain each other and
// themselves.
type set struct {
	name   string
	prefix string
	list   []entry
	attrs  nlspec.Set
	inside []inside // the places that contain the set
}

// entry is an attribute of a set: its number and its keys, those of the set
// itself before those of the set that it is a subset of.
type entry struct {
	name   string
	number int64
	nodes  []node
}

// inside says that a set is the contents of an attribute of another one, and
// how many levels deeper.
type inside struct {
	set    *set
	levels int
}

// get returns the value of key in the first node that has it.
func (e entry) get(key string) node {
	for _, n := range e.nodes {
		if v := n.get(key); v.Node != nil {
			return v
		}
	}
	return node{}
}

// with returns the node that has key, or the entry's own.
func (e entry) with(key string) node {
	for _, n := range e.nodes {
		if n.has(key) {
			return n
		}
	}
	return e.nodes[0]
}

func (e entry) text(key string) string { return e.with(key).text(key) }

// makeSets builds all attribute sets.
func (s *spec) makeSets() {
	for _, n := range s.root.get("attribute-sets").list() {
		s.numberSet(n, nil)
	}
	for _, set := range s.order {
		set.attrs = make(nlspec.Set, s.size(set))
	}
	// The nesting of sets must be known before selectors are resolved.
	for _, set := range s.order {
		for _, e := range set.list {
			s.nesting(set, e)
		}
	}
	for _, set := range s.order {
		for _, e := range set.list {
			a := s.attr(set, e)
			a.Name = set.prefix + upper(e.name)
			set.attrs[e.number] = a
		}
	}
}

// numberSet numbers the attributes of a set. outer are the sets whose subset-of
// keys led here.
func (s *spec) numberSet(n node, outer []string) *set {
	name := n.name("name")
	if known := s.sets[name]; known != nil {
		return known
	}
	this := &set{name: name, prefix: s.setPrefix(n, name)}
	if whole := n.text("subset-of"); whole != "" {
		wholeNode, ok := s.setNodes[whole]
		if !ok {
			n.get("subset-of").fail("there is no attribute set %q", whole)
		}
		if outer = append(outer, name); slices.Contains(outer, whole) {
			n.get("subset-of").fail("the attribute set %q is a subset of itself", whole)
		}
		of := s.numberSet(wholeNode, outer)
		this.prefix = of.prefix
		for _, a := range n.get("attributes").list() {
			i := slices.IndexFunc(of.list, func(e entry) bool { return e.name == a.name("name") })
			if i < 0 {
				a.fail("the attribute set %q has no attribute %q", whole, a.name("name"))
			}
			e := of.list[i]
			e.nodes = append([]node{a}, e.nodes...)
			this.list = append(this.list, e)
		}
		// The kernel also sends attributes that the subset does not list, in
		// devlink's tree of resources. They have the grammar of the whole set.
		for _, e := range of.list {
			if !slices.ContainsFunc(this.list, func(l entry) bool { return l.number == e.number }) {
				this.list = append(this.list, e)
			}
		}
	} else {
		next := int64(1)
		for _, a := range n.get("attributes").list() {
			next = a.number("value", next, 0, maxAttrType)
			if next > maxAttrType {
				a.fail("attribute number %d; the highest possible is %d", next, maxAttrType)
			}
			this.list = append(this.list, entry{a.name("name"), next, []node{a}})
			next++
		}
	}
	s.sets[name] = this
	s.order = append(s.order, this)
	return this
}

// setPrefix returns the prefix of the names of a set's attributes.
func (s *spec) setPrefix(n node, name string) string {
	switch {
	case n.has("name-prefix"):
		return upper(n.text("name-prefix"))
	case name == s.name:
		return upper(s.name + "-a-")
	}
	return upper(s.name + "-a-" + name + "-")
}

// size returns the length of a set's array.
func (s *spec) size(this *set) int64 {
	var last int64 = -1
	for _, e := range this.list {
		last = max(last, e.number)
	}
	if s.entries += int(last + 1); s.entries > maxEntries {
		this.list[0].nodes[0].fail("the attribute sets have more than %d numbers", maxEntries)
	}
	return last + 1
}

// setOf returns an attribute set that at refers to.
func (s *spec) setOf(at node, name string) *set {
	set := s.sets[name]
	if set == nil {
		at.fail("there is no attribute set %q", name)
	}
	return set
}

// nesting notes which sets are the contents of attribute e, and how many levels
// deeper: a nest is one level, and so are a list and an array by number.
func (s *spec) nesting(in *set, e entry) {
	levels := 1 + s.lists(e)
	for _, name := range s.nested(e) {
		at := s.setOf(e.nodes[0], name)
		at.inside = append(at.inside, inside{in, levels})
	}
}

// nested returns the names of the sets that may be the contents of e.
func (s *spec) nested(e entry) (names []string) {
	if name := e.text("nested-attributes"); name != "" {
		names = append(names, name)
	}
	if name := e.text("sub-message"); name != "" {
		for _, f := range s.submessage(e, name).get("formats").list() {
			if set := f.text("attribute-set"); set != "" {
				names = append(names, set)
			}
		}
	}
	return names
}

// lists returns the number of lists, whose types are indices or other numbers,
// between e and its contents.
func (s *spec) lists(e entry) int {
	switch n := len(e.get("type-value").list()); e.text("type") {
	case "indexed-array", "array-nest":
		return 1
	case "nest-type-value":
		return max(n, 1)
	default:
		return n
	}
}

// submessage returns the definition of a sub-message.
func (s *spec) submessage(e entry, name string) node {
	n, ok := s.submessages[name]
	if !ok {
		e.with("sub-message").get("sub-message").fail("there is no sub-message %q", name)
	}
	return n
}
