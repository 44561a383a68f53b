package main

import (
	_ "embed"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/nslab/nslab/nlspec"
)

// listedFor is the version of the headers for which the lists are complete:
// each of their lines must be needed.
const listedFor = "6.1"

var (
	//go:embed lacking.txt
	lackingText string
	//go:embed newer.txt
	newerText string
	//go:embed opaque.txt
	opaqueText string
)

// reason is one line of a list: a name or a pattern (path.Match), and why.
type reason struct {
	pattern, why string
	used         bool
}

// readReasons reads a list, whose lines are a name or a pattern, blanks, and
// the reason. It skips empty lines and those that begin with #.
func readReasons(file, text string) ([]*reason, error) {
	var list []*reason
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		pattern, why, _ := strings.Cut(line, " ")
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", file, i+1, pattern, err)
		}
		if why = strings.TrimSpace(why); why == "" {
			return nil, fmt.Errorf("%s:%d: %s has no reason after it", file, i+1, pattern)
		}
		list = append(list, &reason{pattern: pattern, why: why})
	}
	return list, nil
}

// find returns the first reason for a name, or nil.
func find(list []*reason, name string) *reason {
	for _, r := range list {
		if ok, _ := path.Match(r.pattern, name); ok {
			r.used = true
			return r
		}
	}
	return nil
}

// line is the report's part about one family.
type line struct {
	family
	have, all int
	lacking   []string // not in the tables, without a reason
	different []string // in the tables with another number
	excused   []string
}

type report struct {
	lines   []line
	unknown []string // in the tables but in no header, without a reason
	opaque  []string // attributes of which the tables know only the name, without a reason
	unused  []string // lines of the lists that are not needed
	twice   []string // names with different numbers in different tables
	newer   int
}

// compare compares the tables with the headers.
func compare(h *headers) (*report, error) {
	lacking, err := readReasons("lacking.txt", lackingText)
	if err != nil {
		return nil, err
	}
	newer, err := readReasons("newer.txt", newerText)
	if err != nil {
		return nil, err
	}
	opaque, err := readReasons("opaque.txt", opaqueText)
	if err != nil {
		return nil, err
	}
	tables := map[string][]nlspec.Entry{}
	for e := range nlspec.Entries() {
		if e.Of != nlspec.StructEntry {
			tables[e.Name] = append(tables[e.Name], e)
		}
	}
	r := &report{}
	for _, f := range h.families {
		r.lines = append(r.lines, compareFamily(f, tables, lacking))
	}
	for name, entries := range tables {
		for _, e := range entries {
			if e.Number != entries[0].Number && e.Of == entries[0].Of {
				r.twice = append(r.twice, fmt.Sprintf("%s = %d and %d", name, entries[0].Number, e.Number))
			}
		}
		if isOpaque(entries) && find(opaque, name) == nil {
			r.opaque = append(r.opaque, name)
		}
		if _, ok := h.numbers[name]; ok || strings.HasPrefix(name, "AF_") { // AF_* are the C library's
			continue
		}
		switch {
		case find(newer, name) != nil:
			r.newer++
		default:
			r.unknown = append(r.unknown, fmt.Sprintf("%s = %d", name, entries[0].Number))
		}
	}
	slices.Sort(r.unknown)
	slices.Sort(r.twice)
	slices.Sort(r.opaque)
	if h.version == listedFor {
		for _, l := range slices.Concat(lacking, newer, opaque) {
			if !l.used {
				r.unused = append(r.unused, l.pattern)
			}
		}
	}
	return r, nil
}

// isOpaque reports whether entries are about an attribute of which the tables
// know only the name.
func isOpaque(entries []nlspec.Entry) bool {
	return !slices.ContainsFunc(entries, func(e nlspec.Entry) bool {
		return e.Of != nlspec.AttrEntry || slices.ContainsFunc(e.Attrs, func(a nlspec.Attr) bool { return a.Kind != nlspec.Binary })
	})
}

func compareFamily(f family, tables map[string][]nlspec.Entry, lacking []*reason) line {
	l := line{family: f}
	attrs := slices.ContainsFunc(f.consts, func(c constDef) bool {
		return slices.ContainsFunc(tables[c.name], func(e nlspec.Entry) bool { return e.Of == nlspec.AttrEntry })
	})
	for _, c := range f.consts {
		entries := tables[c.name]
		switch {
		case len(entries) > 0:
			l.all++
			bad := slices.IndexFunc(entries, func(e nlspec.Entry) bool {
				negative := uint64(int64(int32(c.number))) // for 0xffffffff in a signed field
				return e.Number != c.number && (e.Mask == 0 || e.Mask != c.number) && (negative>>63 == 0 || e.Number != negative)
			})
			switch {
			case bad < 0:
				l.have++
			case find(lacking, c.name) != nil:
				l.have++
				l.excused = append(l.excused, c.name)
			default:
				l.different = append(l.different, fmt.Sprintf("%s = %d, not %d", c.name, c.number, entries[bad].Number))
			}
		case f.internalName(c, attrs):
		case find(lacking, c.name) != nil:
			l.excused = append(l.excused, c.name)
		default:
			l.all++
			l.lacking = append(l.lacking, fmt.Sprintf("%s = %d", c.name, int64(c.number)))
		}
	}
	return l
}

// internalName reports whether c, one of f's names, does not name a value: the
// end of an enum, or the 0 that no attribute has.
func (f *family) internalName(c constDef, attrs bool) bool {
	switch {
	case strings.HasPrefix(c.name, "_"):
		return true
	case strings.HasSuffix(c.name, "_MAX"):
		same := 0
		for _, other := range f.consts {
			if other.number == c.number {
				same++
			}
		}
		return f.label == "#define" || same > 1 || c == f.consts[len(f.consts)-1]
	}
	return attrs && c.number == 0 &&
		(strings.HasSuffix(c.name, "_UNSPEC") || strings.HasSuffix(c.name, "_UNUSED") || strings.HasSuffix(c.name, "_NONE") ||
			strings.HasSuffix(c.name, "_UNDEFINED"))
}

func (r *report) ok() bool {
	return len(r.unknown)+len(r.twice)+len(r.opaque) == 0 && len(r.unused) == 0 && !slices.ContainsFunc(r.lines, func(l line) bool {
		return len(l.lacking)+len(l.different) > 0
	})
}

// print writes a line for each family, the names that it lacks, and the sum.
func (r *report) print(w io.Writer, verbose bool) {
	have, all, excused := 0, 0, 0
	for _, l := range r.lines {
		have, all, excused = have+l.have, all+l.all, excused+len(l.excused)
		if l.all == 0 && !verbose {
			continue
		}
		fmt.Fprintf(w, "%-24s %-38s %4d/%d\n", l.header, l.label, l.have, l.all)
		printList(w, "other number", l.different)
		printList(w, "not in the tables", l.lacking)
		if verbose {
			printList(w, "left out", l.excused)
		}
	}
	printList(w, "with two numbers in the tables", r.twice)
	printList(w, "known only by name, and not in opaque.txt", r.opaque)
	printList(w, "in no header, and not in newer.txt", r.unknown)
	printList(w, "lines of lacking.txt, newer.txt and opaque.txt that are not needed", r.unused)
	fmt.Fprintf(w, "all: %d/%d; %d left out for a reason; %d newer than these headers\n", have, all, excused, r.newer)
}

func printList(w io.Writer, what string, names []string) {
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(w, "    %s:\n", what)
	for _, name := range names {
		fmt.Fprintf(w, "        %s\n", name)
	}
}
