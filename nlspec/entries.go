package nlspec

import (
	"iter"
	"math/bits"

	"golang.org/x/sys/unix"
)

// EntryOf is the kind of an Entry.
type EntryOf uint8

// The kinds of entries.
const (
	MessageEntry EntryOf = iota + 1 // a message type
	AttrEntry                       // an attribute
	ValueEntry                      // a value or bits of an integer
	StructEntry                     // a structure
)

// Entry is one name of the tables.
type Entry struct {
	Of     EntryOf
	Name   string   // the kernel's name
	Number uint64   // the message's type, the attribute's type, the value, the structure's length in bytes
	Attrs  []Attr   // of an attribute: all its grammars, without selectors
	Mask   uint64   // of a bit that the tables give by its number: its mask
	Values *Values  // of a value: its table
	Struct *CStruct // of a structure
}

// Entries yields all names in the tables of NETLINK_ROUTE, of
// NETLINK_SOCK_DIAG, of the controller of generic netlink, and of what all
// protocols have in common. A name in several tables comes several times.
func Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		w := walk{yield: yield, seen: map[any]bool{}}
		w.messages(0, controlMessages)
		w.messages(unix.RTM_BASE, routeMessages)
		w.messages(0, ctrlMessages)
		w.messages(0, sockDiagMessages)
		w.structure(inetDiagReq)
		for _, f := range sockDiagFamilies {
			w.structure(f.request)
			w.structure(f.answer)
			w.set(f.requestAttrs)
			w.set(f.attrs)
		}
		w.values(&sockDiagGroups)
		w.set(nlmsgerrAttrs)
		w.structure(nlmsgerr)
		w.structure(rtnexthop)
		for _, v := range []*Values{&getFlags, &newFlags, &delFlags, &ackFlags, &commonFlags, &genlFlags, &routeGroups} {
			w.values(v)
		}
	}
}

// NetfilterEntries yields all names in the tables of NETLINK_NETFILTER.
func NetfilterEntries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		w := walk{yield: yield, seen: map[any]bool{}}
		w.messages(unix.NFNL_SUBSYS_NFTABLES<<8, nftMessages)
		w.set(nfnlBatchAttrs)
	}
}

// walk visits each table once.
type walk struct {
	yield func(Entry) bool
	seen  map[any]bool
	done  bool
}

func (w *walk) entry(e Entry) { w.done = w.done || !w.yield(e) }

// once reports whether key is met for the first time.
func (w *walk) once(key any) bool {
	if w.done || w.seen[key] {
		return false
	}
	w.seen[key] = true
	return true
}

func (w *walk) messages(from int, messages []Message) {
	for i, m := range messages {
		if m.Name != "" {
			w.entry(Entry{Of: MessageEntry, Name: m.Name, Number: uint64(from + i)})
			w.structure(m.Header)
			w.set(m.Attrs)
		}
	}
}

func (w *walk) set(s Set) {
	if len(s) == 0 || !w.once(&s[0]) {
		return
	}
	for i := range s {
		if a := &s[i]; a.Name != "" {
			w.entry(Entry{Of: AttrEntry, Name: a.Name, Number: uint64(i), Attrs: a.choices(nil)})
			w.otherNames(a, uint64(i))
			w.attr(a)
		}
	}
}

// otherNames yields the names that selectors give attribute a of type typ.
func (w *walk) otherNames(a *Attr, typ uint64) {
	for s := a.By; s != nil; s = s.Else {
		for i := range s.Cases {
			if c := s.Cases[i].Attr; c != nil && c.Name != "" {
				w.entry(Entry{Of: AttrEntry, Name: c.Name, Number: typ, Attrs: c.choices(nil)})
			}
		}
	}
}

// attr visits what an attribute refers to.
func (w *walk) attr(a *Attr) {
	w.values(a.Values)
	w.structure(a.Struct)
	w.set(a.Nest)
	if a.Elem != nil && w.once(a.Elem) {
		w.attr(a.Elem)
	}
	for s := a.By; s != nil && w.once(s); s = s.Else {
		for i := range s.Cases {
			w.set(s.Cases[i].Set)
			if c := s.Cases[i].Attr; c != nil && w.once(c) {
				w.attr(c)
			}
		}
	}
}

func (w *walk) structure(s *CStruct) {
	if s == nil || !w.once(s) {
		return
	}
	w.entry(Entry{Of: StructEntry, Name: s.Name, Number: uint64(s.Size()), Struct: s})
	for i := range s.Fields {
		w.attr(&s.Fields[i])
	}
}

func (w *walk) values(v *Values) {
	if v == nil || !w.once(v) {
		return
	}
	for _, c := range v.Consts {
		e := Entry{Of: ValueEntry, Name: c.Name, Number: c.Number, Values: v}
		if v.Bits && v.Numbered {
			e.Mask = v.mask(c)
		} else if v.Bits && bits.OnesCount64(c.Number) == 1 {
			e.Mask = c.Number
		}
		w.entry(e)
	}
}

// choices appends all grammars of the attribute.
func (a *Attr) choices(list []Attr) []Attr {
	own := *a
	own.By = nil
	list = append(list, own)
	for s := a.By; s != nil; s = s.Else {
		for i := range s.Cases {
			switch c := &s.Cases[i]; {
			case c.Set != nil:
				list = append(list, Attr{Kind: Nested, Nest: c.Set})
			case c.Attr != nil:
				list = c.Attr.choices(list)
			}
		}
	}
	return list
}
