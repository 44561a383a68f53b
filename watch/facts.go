package watch

import (
	"strconv"
	"strings"
)

// facts are what is known of an object beside what identifies it: names and values, in
// a fixed order, in one string. Two objects are the same if their facts are.
type facts string

const (
	factEnd  = '\x01' // ends a name and its value
	valueAt  = '\x00' // begins the value
	linkMark = '\x02' // stands before and behind the index of a link whose name is to be shown
)

// Text that others chose may contain all of them: foreign writes it so that it contains none,
// and own reads that.
var (
	foreign = strings.NewReplacer("\x00", "\x03@", "\x01", "\x03A", "\x02", "\x03B", "\x03", "\x03C").Replace
	own     = strings.NewReplacer("\x03@", "\x00", "\x03A", "\x01", "\x03B", "\x02", "\x03C", "\x03").Replace
)

// A factWriter collects facts.
type factWriter struct{ b strings.Builder }

// flag adds a fact without a value, if it holds.
func (w *factWriter) flag(name string, holds bool) {
	if holds {
		w.add(name, "")
	}
}

// text adds a fact with a value that others chose, unless that is empty.
func (w *factWriter) text(name, value string) {
	if value != "" {
		w.add(name, foreign(value))
	}
}

// number adds a fact with a number, unless that is 0.
func (w *factWriter) number(name string, n uint32) {
	if n != 0 {
		w.add(name, strconv.FormatUint(uint64(n), 10))
	}
}

// link adds a fact whose value is a link, unless the index is 0.
func (w *factWriter) link(name string, index uint32) {
	if index != 0 {
		w.add(name, linkText(index))
	}
}

// add adds a fact, with a value in which foreign text is written so.
func (w *factWriter) add(name, value string) {
	w.b.WriteString(name)
	w.b.WriteByte(valueAt)
	w.b.WriteString(value)
	w.b.WriteByte(factEnd)
}

func (w *factWriter) facts() facts { return facts(w.b.String()) }

// linkText stands for a link in a value until its name is put there.
func linkText(index uint32) string {
	return string(linkMark) + strconv.FormatUint(uint64(index), 10) + string(linkMark)
}

// each yields the facts in order.
func (f facts) each(yield func(name, value string)) {
	for s := string(f); s != ""; {
		one, rest, _ := strings.Cut(s, string(factEnd))
		name, value, _ := strings.Cut(one, string(valueAt))
		yield(name, value)
		s = rest
	}
}

// get returns the value of a fact, and whether it is there.
func (f facts) get(want string) (value string, ok bool) {
	f.each(func(name, v string) {
		if name == want {
			value, ok = v, true
		}
	})
	return value, ok
}

// words are the facts as one text, with names of links.
func (f facts) words(names linkNames) string {
	var b strings.Builder
	f.each(func(name, value string) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name)
		if value != "" {
			b.WriteByte(' ')
			b.WriteString(names.in(value))
		}
	})
	return b.String()
}

// A Change is one fact that became different. Old or New is nil where it was, or is, not
// there; a fact without a value, such as "up", has the value "".
type Change struct {
	Name     string
	Old, New *string
}

// compare returns what differs: in the order of the new facts, then what is there no
// longer.
func compare(old, now facts, names linkNames) []Change {
	var all []Change
	now.each(func(name, value string) {
		was, ok := old.get(name)
		if ok && was == value {
			return
		}
		value = names.in(value)
		c := Change{Name: name, New: &value}
		if ok {
			was = names.in(was)
			c.Old = &was
		}
		all = append(all, c)
	})
	old.each(func(name, value string) {
		if _, ok := now.get(name); !ok {
			value = names.in(value)
			all = append(all, Change{Name: name, Old: &value})
		}
	})
	return all
}

// linkNames are the names of a namespace's links by their indexes, as foreign writes them.
type linkNames map[uint32]string

// of returns the name of a link, "if" and its index if that is not known.
func (n linkNames) of(index uint32) string {
	if name, ok := n[index]; ok {
		return name
	}
	return "if" + strconv.FormatUint(uint64(index), 10)
}

// in returns a text to hand out: with names in the place of linkText's, and others' text as
// they chose it.
func (n linkNames) in(s string) string {
	if strings.IndexByte(s, linkMark) < 0 {
		return own(s)
	}
	parts := strings.Split(s, string(linkMark))
	for i := 1; i < len(parts); i += 2 {
		if index, err := strconv.ParseUint(parts[i], 10, 32); err == nil {
			parts[i] = n.of(uint32(index))
		}
	}
	return own(strings.Join(parts, ""))
}
