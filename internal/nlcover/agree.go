package main

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/nslab/nslab/nlspec"
)

//go:embed source.txt
var sourceText string

// sourceListedFor is the version of the source for which source.txt is
// complete: each of its lines must be needed.
const sourceListedFor = "6.12"

var sizeofStruct = regexp.MustCompile(`^sizeof\(struct (\w+)\)$`)

// numberForms are the possible kinds of an integer, by a policy's type or by
// the kernel's put function.
var numberForms = map[string][]nlspec.Kind{
	"NLA_U8":   {nlspec.U8, nlspec.S8},
	"NLA_U16":  {nlspec.U16, nlspec.S16, nlspec.BE16},
	"NLA_U32":  {nlspec.U32, nlspec.S32, nlspec.BE32, nlspec.MPLSLabel, nlspec.IP},
	"NLA_U64":  {nlspec.U64, nlspec.S64, nlspec.BE64},
	"NLA_S8":   {nlspec.S8},
	"NLA_S16":  {nlspec.S16},
	"NLA_S32":  {nlspec.S32},
	"NLA_S64":  {nlspec.S64},
	"NLA_BE16": {nlspec.BE16},
	"NLA_BE32": {nlspec.BE32, nlspec.MPLSLabel, nlspec.IP},
	"NLA_UINT": {nlspec.Uint},
	"NLA_SINT": {nlspec.Sint},

	"nla_put_u8":        {nlspec.U8, nlspec.S8},
	"nla_put_u16":       {nlspec.U16, nlspec.S16},
	"nla_put_u32":       {nlspec.U32, nlspec.S32},
	"nla_put_u64_64bit": {nlspec.U64, nlspec.S64},
	"nla_put_s8":        {nlspec.S8},
	"nla_put_s16":       {nlspec.S16},
	"nla_put_s32":       {nlspec.S32},
	"nla_put_s64":       {nlspec.S64},
	"nla_put_uint":      {nlspec.Uint},
	"nla_put_sint":      {nlspec.Sint},
	"nla_put_be16":      {nlspec.BE16},
	"nla_put_be32":      {nlspec.BE32, nlspec.MPLSLabel, nlspec.IP},
	"nla_put_be64":      {nlspec.BE64},
	"nla_put_net16":     {nlspec.BE16},
	"nla_put_net32":     {nlspec.BE32},
	"nla_put_net64":     {nlspec.BE64},
}

// holds reports whether the evidence agrees with attribute a.
func (e *evidence) holds(a *nlspec.Attr) bool {
	k := a.Kind
	switch form := e.form; {
	case numberForms[form] != nil:
		return slices.Contains(numberForms[form], k) || k.String() == "handle" && strings.HasSuffix(strings.ToLower(form), "u32")
	case form == "NLA_REJECT" || strings.HasPrefix(form, "nla_put_nohdr"):
		return true
	case form == "NLA_FLAG" || form == "nla_put_flag":
		return k == nlspec.Flag
	case form == "NLA_STRING" || form == "NLA_NUL_STRING" || form == "nla_put_string":
		return k == nlspec.String
	case form == "NLA_MSECS" || form == "nla_put_msecs":
		return k == nlspec.U64
	case form == "NLA_BITFIELD32" || form == "nla_put_bitfield32":
		return k == nlspec.Bitfield32
	case form == "nla_put_in_addr" || form == "nla_put_in6_addr":
		return k == nlspec.IP
	case form == "NLA_NESTED" || form == "NLA_NESTED_ARRAY" || strings.HasPrefix(form, "nla_nest_start"):
		return k == nlspec.Nested || k == nlspec.List || k == nlspec.MessageBody || k == nlspec.NextHops
	}
	// A policy may give a length as the minimum, the maximum or the exact one.
	if m := sizeofStruct.FindStringSubmatch(e.size); m != nil && m[1] != "in_addr" && m[1] != "in6_addr" {
		s := a.Struct
		if a.Elem != nil && s == nil {
			s = a.Elem.Struct
		}
		return k == nlspec.MessageBody || k == nlspec.NextHops && m[1] == "rtnexthop" || s != nil && s.Name == m[1]
	}
	if n := sizeNumber(e.size); n > 0 && strings.HasPrefix(e.form, "nla_put") && k.Size() > 0 {
		return k.Size() == n
	}
	return true
}

// agreement is the result of comparing the tables with a source tree.
type agreement struct {
	attrs, seen, agree, excused int
	differ, unseen, unused      []string
}

// agree compares the types of the tables' attributes with the evidence in a
// tree.
func agree(tree string) (*agreement, error) {
	list, err := readReasons("source.txt", sourceText)
	if err != nil {
		return nil, err
	}
	attrs, names := map[string][]nlspec.Attr{}, map[string]bool{}
	for e := range nlspec.Entries() {
		if e.Of == nlspec.AttrEntry {
			attrs[e.Name] = append(attrs[e.Name], e.Attrs...)
			names[e.Name] = true
		}
	}
	src, err := readSource(tree, names)
	if err != nil {
		return nil, err
	}
	a := &agreement{attrs: len(attrs)}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		found := src.found[name]
		if found == nil {
			a.unseen = append(a.unseen, name)
			continue
		}
		a.seen++
		var bad []evidence
		for _, e := range found {
			if !slices.ContainsFunc(attrs[name], func(c nlspec.Attr) bool { return e.holds(&c) }) {
				bad = append(bad, e)
			}
		}
		switch {
		case bad == nil:
			a.agree++
		case find(list, name) != nil:
			a.excused++
		default:
			var kinds []string
			for _, c := range attrs[name] {
				if kind := c.Kind.String(); !slices.Contains(kinds, kind) {
					kinds = append(kinds, kind)
				}
			}
			for _, e := range bad {
				a.differ = append(a.differ, fmt.Sprintf("%s is %s here; %s %s in %s", name, strings.Join(kinds, " or "), e.form, e.size, e.where))
			}
		}
	}
	if src.version == sourceListedFor {
		for _, r := range list {
			if !r.used && !strings.HasPrefix(r.why, "up to Linux ") {
				a.unused = append(a.unused, r.pattern)
			}
		}
	}
	return a, nil
}

func (a *agreement) ok() bool { return len(a.differ)+len(a.unused) == 0 }

func (a *agreement) print(w io.Writer, verbose bool) {
	printList(w, "other types in the source", a.differ)
	printList(w, "lines of source.txt that nothing needs", a.unused)
	if verbose {
		printList(w, "neither in a policy nor put by name", a.unseen)
	}
	fmt.Fprintf(w, "attributes: %d; %d in a policy or a put of the source; of these %d agree, %d are otherwise for a reason\n",
		a.attrs, a.seen, a.agree, a.excused)
}
