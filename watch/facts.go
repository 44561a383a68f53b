package watch

import (
	"strconv"
	"strings"
)

// facts are the properties of an object besides its identity: names and values,
// in a fixed order, in one string. Objects with the same facts are the same.
type facts string

const (
	factEnd  = '\x01' // ends a name and its value
	valueAt  = '\x00' // begins the value
	linkMark = '\x02' // surrounds the index of a link, to be replaced by the link's name
)

// Text that others chose may contain all of these: foreign escapes them, and
// own undoes that.
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

// add adds a fact; foreign text in the value must be escaped.
func (w *factWriter) add(name, value string) {
	w.b.WriteString(name)
	w.b.WriteByte(valueAt)
	w.b.WriteString(value)
	w.b.WriteByte(factEnd)
}

func (w *factWriter) facts() facts { return facts(w.b.String()) }

// linkText returns the placeholder for a link's name in a value.
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

// words returns the facts as one text, with names of links.
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

// A Change is one fact that has changed. Old is nil if the fact is new, and New
// is nil if it has gone. A fact without a value, such as "up", has the value
// "".
type Change struct {
	Name     string
	Old, New *string
}

// compare returns the differences: in the order of the new facts, then the
// facts that have gone.
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

// linkNames are the names of a namespace's links by their indexes, escaped by
// foreign.
type linkNames map[uint32]string

func (n linkNames) has(index uint32) bool {
	_, ok := n[index]
	return ok
}

// of returns the name of a link, or "if" and its index if the name is not
// known.
func (n linkNames) of(index uint32) string {
	if name, ok := n[index]; ok {
		return name
	}
	return "if" + strconv.FormatUint(uint64(index), 10)
}

// in returns a text for an Event: with names instead of linkText's
// placeholders, and with foreign text unescaped.
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
