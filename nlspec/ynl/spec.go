package ynl

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// spec is a specification that is being read. Its parts are found by name and
// built when something refers to them.
type spec struct {
	root     node
	name     string // of the family
	protocol int

	definitions map[string]node // constants, enums and structures
	setNodes    map[string]node // attribute sets
	submessages map[string]node

	values  map[valuesKey]*nlspec.Values
	structs map[string]*nlspec.CStruct
	sets    map[string]*set
	order   []*set // in the order of the file
	entries int    // in all sets
}

// valuesKey is an enum, and the way in which an integer holds its values.
type valuesKey struct {
	enum  string
	flags bool
}

// The largest numbers that a specification may give. The second bounds the
// memory that it takes.
const (
	maxAttrType   = 1<<14 - 1 // nla_type has 14 bits for it
	maxEntries    = 1 << 17
	maxStructSize = 1 << 16
)

// readSpec finds the parts of a specification.
func readSpec(text []byte) (s *spec, err error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	defer catch(&err)
	s = &spec{
		root: root, name: root.name("name"), protocol: unix.NETLINK_GENERIC,
		values: map[valuesKey]*nlspec.Values{}, structs: map[string]*nlspec.CStruct{}, sets: map[string]*set{},
	}
	switch schema := root.text("protocol"); schema {
	case "", "genetlink", "genetlink-c", "genetlink-legacy":
	case "netlink-raw":
		if !root.has("protonum") {
			root.fail("the key protonum is missing, which netlink-raw needs")
		}
		s.protocol = int(root.number("protonum", 0, 0, 1<<16-1))
	default:
		root.get("protocol").fail("there is no schema %q; the schemas are genetlink, genetlink-c, genetlink-legacy and netlink-raw", schema)
	}
	s.definitions = index(root.get("definitions"))
	s.setNodes = index(root.get("attribute-sets"))
	s.submessages = index(root.get("sub-messages"))
	if !root.has("attribute-sets") {
		root.fail("the key attribute-sets is missing: this is not a netlink specification")
	}
	if !root.has("operations") {
		root.fail("the key operations is missing: this is not a netlink specification")
	}
	return s, nil
}

// index returns the elements of a list by name.
func index(list node) map[string]node {
	m := map[string]node{}
	for _, n := range list.list() {
		name := n.name("name")
		if old, ok := m[name]; ok {
			n.fail("%q is defined twice, first on line %d", name, old.Line)
		}
		m[name] = n
	}
	return m
}

// upper turns a name of a specification into one of C.
func upper(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "_")) }

// lower makes the name of a structure or of its field.
func lower(s string) string { return strings.ReplaceAll(s, "-", "_") }

// family builds the grammar.
func (s *spec) family() (f *nlspec.Family, err error) {
	defer catch(&err)
	s.makeSets()
	f = &nlspec.Family{
		Name: s.name, Protocol: s.protocol,
		Requests: map[uint16]nlspec.Message{}, Replies: map[uint16]nlspec.Message{}, Groups: map[uint32]string{},
	}
	s.operations(f)
	for _, g := range s.root.get("mcast-groups").get("list").list() {
		if g.has("value") {
			f.Groups[uint32(g.number("value", 0, 1, 1<<32-1))] = upper(g.name("name"))
		}
	}
	return f, nil
}
