package ynl

import (
	"go.yaml.in/yaml/v4"

	"strconv"

	"github.com/nslab/nslab/nlspec"
)

// valuesOf returns the names of the values of an enum, as values or as bits. at
// refers to it.
func (s *spec) valuesOf(at node, enum string, asFlags bool) *nlspec.Values {
	def, ok := s.definitions[enum]
	if !ok {
		at.fail("there is no definition %q", enum)
	}
	kind := def.name("type")
	if kind != "enum" && kind != "flags" {
		at.fail("%q is a %s, not an enum", enum, kind)
	}
	key := valuesKey{enum, asFlags || kind == "flags"}
	if v := s.values[key]; v != nil {
		return v
	}
	prefix := s.name + "-" + enum + "-"
	if def.has("name-prefix") {
		prefix = def.text("name-prefix")
	}
	v := &nlspec.Values{Prefix: upper(prefix), Bits: key.flags, Numbered: key.flags}
	s.values[key] = v
	next := s.constant(def, "value-start", 0)
	for _, entry := range def.get("entries").list() {
		name := ""
		if entry.Kind == yaml.MappingNode {
			name = entry.name("name")
			next = entry.number("value", next, -1<<31, 1<<32-1)
		} else {
			name = entry.scalar()
		}
		if key.flags && (next < 0 || next > 63) {
			entry.fail("%s is bit %d; there are bits 0 to 63", name, next)
		}
		v.Consts = append(v.Consts, nlspec.Const{Number: uint64(next), Name: v.Prefix + upper(name)})
		next++
	}
	return v
}

// constant returns the value of key, which is a number or the name of a
// constant. If key is missing, it returns otherwise.
func (s *spec) constant(n node, key string, otherwise int64) int64 {
	v := n.get(key)
	if v.Node == nil {
		return otherwise
	}
	text := v.scalar()
	if i, err := strconv.ParseInt(text, 0, 64); err == nil {
		return i
	}
	def, ok := s.definitions[text]
	if !ok || def.text("type") != "const" {
		v.fail("%s is %q, which is neither a number nor a constant that this file defines", key, text)
	}
	return def.number("value", 0, -1<<62, 1<<62)
}

// structOf returns a structure. at refers to it.
func (s *spec) structOf(at node, name string) *nlspec.CStruct {
	if c := s.structs[name]; c != nil {
		if c.Name == "" {
			at.fail("the structure %q contains itself", name)
		}
		return c
	}
	def, ok := s.definitions[name]
	if !ok {
		at.fail("there is no definition %q", name)
	}
	if kind := def.name("type"); kind != "struct" {
		at.fail("%q is a %s, not a struct", name, kind)
	}
	c := &nlspec.CStruct{} // without a name until it is complete
	s.structs[name] = c
	members := def.get("members").list()
	for i, m := range members {
		c.Fields = append(c.Fields, s.field(m, i == len(members)-1))
	}
	if n := c.Size(); n > maxStructSize {
		def.fail("the structure %q has %d bytes, more than an attribute can hold", name, n)
	}
	c.Name = lower(name)
	return c
}

// field returns one member of a structure.
func (s *spec) field(m node, last bool) nlspec.Field {
	f := nlspec.Field{Name: lower(m.name("name"))}
	kind := m.name("type")
	if m.has("len") {
		if n := s.constant(m, "len", 0); n < 0 || n > maxStructSize {
			m.get("len").fail("a member of %d bytes", n)
		} else {
			f.Len = int(n)
		}
	}
	switch {
	case kind == "pad":
		if f.Len == 0 {
			m.fail("a pad needs a len")
		}
		return nlspec.Field{Len: f.Len}
	case kind == "binary" && m.has("struct"):
		f.Kind, f.Struct = nlspec.Struct, s.structOf(m, m.text("struct"))
		return f
	case kind == "binary":
		f.Kind = hinted(m, nlspec.Bytes)
	case kind == "string":
		f.Kind = nlspec.String
	default:
		f.Kind, f.Len = s.scalar(m, kind), 0
		if f.Kind.Size() == 0 {
			m.fail("%q is not a type of a structure's member", kind)
		}
		if m.has("enum") {
			f.Values = s.valuesOf(m, m.text("enum"), m.flag("enum-as-flags"))
		}
		// An address in an integer keeps its length.
		if hint := hinted(m, f.Kind); hint != f.Kind {
			f.Kind, f.Len = hint, f.Kind.Size()
		}
	}
	if f.Size() == 0 && !last {
		m.fail("only the last member of a structure may have no length")
	}
	return f
}

// scalar returns the kind of an integer type.
func (s *spec) scalar(at node, kind string) nlspec.Kind {
	big := false
	switch order := at.text("byte-order"); order {
	case "", "little-endian":
	case "big-endian":
		big = true
	default:
		at.get("byte-order").fail("there is no byte order %q", order)
	}
	kinds := map[string]nlspec.Kind{
		"u8": nlspec.U8, "u16": nlspec.U16, "u32": nlspec.U32, "u64": nlspec.U64, "uint": nlspec.Uint,
		"s8": nlspec.S8, "s16": nlspec.S16, "s32": nlspec.S32, "s64": nlspec.S64, "sint": nlspec.Sint,
	}
	k, ok := kinds[kind]
	if !ok {
		at.fail("there is no type %q", kind)
	}
	if big {
		switch k.Size() {
		case 2:
			return nlspec.BE16
		case 4:
			return nlspec.BE32
		case 8:
			return nlspec.BE64
		}
	}
	return k
}

// hinted returns the kind that display-hint gives: an address, or kind itself.
func hinted(n node, kind nlspec.Kind) nlspec.Kind {
	switch n.text("display-hint") {
	case "mac", "fddi":
		return nlspec.LLAddr
	case "ipv4", "ipv6", "ipv4-or-v6":
		return nlspec.IP
	}
	return kind
}
