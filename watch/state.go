package watch

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A state is the known state of a namespace. The zero state is that of an empty
// namespace.
//
// It is updated by applying notifications, which do not report everything: see
// dirty. Applying notifications that are older than the state, in order, leads
// to the same state in the end, or makes it dirty.
type state struct {
	// objects has one object for each key, or several if they are routes that
	// differ only in their nexthops. Routes are in the kernel's order: the
	// first is used, and is the one that a replacement replaces.
	objects map[key][]object
	// names are the names of links. Names of removed links stay until the
	// namespace is read again, for later events about them.
	names linkNames
	// dirty says that the kernel's state may differ from this one, so the
	// namespace must be read.
	dirty bool
}

// A delta is a change of an object.
type delta struct {
	action Action
	object
	// old are the previous facts, for Changed and Replaced.
	old facts
	// renamed is the link's previous name.
	renamed string
}

// apply applies a notification. It returns nil if the notification is about
// nothing that is kept.
func (s *state) apply(m rtnl.Message) (*delta, error) {
	switch m.Type {
	case unix.RTM_NEWNEXTHOP, unix.RTM_DELNEXTHOP:
		s.dirty = true // routes go or change with it
		return nil, nil
	}
	o, ok, err := read(m)
	if err != nil {
		s.dirty = true
		return nil, err
	}
	if !ok {
		return nil, nil
	}
	switch {
	case o.kind == Route:
		return s.applyRoute(&o, m), nil
	case deletes(m.Type) || o.absent:
		return s.remove(&o), nil
	}
	return s.set(&o, m.Flags), nil
}

// set is apply for an existing object of a kind with one object per key.
func (s *state) set(o *object, flags uint16) *delta {
	d := &delta{action: Added, object: *o}
	if was := s.objects[o.key]; len(was) > 0 {
		d.old = was[0].facts
		switch {
		case was[0].facts == o.facts:
			d.action = Repeated
		case flags&unix.NLM_F_REPLACE != 0 && o.kind != Link:
			d.action = Replaced
		default:
			d.action = Changed
		}
		if o.kind == Link {
			d.renamed = was[0].name
			_, up := o.facts.get("up")
			_, wasUp := was[0].facts.get("up")
			// IPv4 routes come and go with a link, some of them without a
			// notification.
			s.dirty = s.dirty || up != wasUp
		}
	}
	s.put(o.key, *o)
	return d
}

// remove is apply for a removed object.
func (s *state) remove(o *object) *delta {
	d := &delta{action: Removed, object: *o}
	was := s.objects[o.key]
	if len(was) == 0 {
		d.action = Repeated
		return d
	}
	// A deletion may have other facts, for example the last state of an
	// address.
	d.facts = was[0].facts
	delete(s.objects, o.key)
	// Objects on a link go with it, and routes go with their source address. Of
	// two equal rules one remains.
	if o.kind == Link || o.kind == Address || o.kind == Rule {
		s.dirty = true
	}
	return d
}

// applyRoute is apply for a route. The flags of the notification say what
// happened to the other routes with its key (fib_table_insert in
// net/ipv4/fib_trie.c, fib6_add_rt2node in net/ipv6/ip6_fib.c).
func (s *state) applyRoute(o *object, m rtnl.Message) *delta {
	was := s.objects[o.key]
	d := &delta{object: *o}
	same := slices.IndexFunc(was, func(w object) bool { return w.facts == o.facts })
	replace, appended := m.Flags&unix.NLM_F_REPLACE != 0, m.Flags&unix.NLM_F_APPEND != 0
	switch {
	case deletes(m.Type):
		d.action = Removed
		if same < 0 && len(was) > 0 {
			// It is one nexthop of several, or the state is outdated.
			s.dirty = true
			return d
		}
		if same < 0 {
			d.action = Repeated
			return d
		}
		s.put(o.key, slices.Delete(slices.Clone(was), same, same+1)...)
	case same == 0 && len(was) == 1:
		d.action, d.old = Repeated, o.facts
	case replace && len(was) > 0:
		d.action, d.old = Replaced, was[0].facts
		rest := slices.DeleteFunc(slices.Clone(was[1:]), func(w object) bool { return w.facts == o.facts })
		if same == 0 {
			d.action = Repeated
		}
		s.dirty = s.dirty || len(was) > 1
		s.put(o.key, append([]object{*o}, rest...)...)
	case same >= 0:
		d.action, d.old = Repeated, o.facts
		s.dirty = true // which one is first may have changed
	default:
		if i := slices.IndexFunc(was, func(w object) bool { return replaces6(&w, o) }); i >= 0 {
			d.action, d.old = Changed, was[i].facts
			now := slices.Clone(was)
			now[i] = *o
			s.put(o.key, now...)
			break
		}
		d.action = Added
		if appended || is6(o) {
			s.put(o.key, append(slices.Clone(was), *o)...)
		} else {
			s.put(o.key, append([]object{*o}, was...)...)
		}
	}
	if appended && (d.action == Added || d.action == Changed) {
		d.action = Appended
	}
	return d
}

// replaces6 reports whether an IPv6 route cannot coexist with another one with
// its key: the kernel merges those with gateways into one, and does not accept
// a second one on the same interface.
func replaces6(was, now *object) bool {
	if !is6(now) {
		return false
	}
	if isMultipath6(was) || isMultipath6(now) {
		return isMultipath6(was) && isMultipath6(now)
	}
	a, _ := was.facts.get("dev")
	b, _ := now.facts.get("dev")
	return a == b
}

// put sets the objects of a key.
func (s *state) put(k key, o ...object) {
	if s.objects == nil {
		s.objects, s.names = make(map[key][]object), make(linkNames)
	}
	if len(o) == 0 {
		delete(s.objects, k)
		return
	}
	s.objects[k] = slices.Clip(o)
	if k.kind == Link {
		s.names[k.index] = o[0].name
	}
}

// add adds an object from a dump.
func (s *state) add(o *object) {
	if o.absent {
		return
	}
	if o.kind == Route {
		s.put(o.key, append(slices.Clone(s.objects[o.key]), *o)...)
		return
	}
	s.put(o.key, *o)
}

// become sets s to a reading, except for the keys that notifications have
// touched meanwhile. If there are such keys, s stays dirty. It returns the
// differences, removed objects first.
func (s *state) become(now *state, touched map[key]bool) []delta {
	for k := range touched {
		now.put(k, s.objects[k]...)
	}
	var gone, there []delta
	for k, was := range s.objects {
		is := now.objects[k]
		if len(was) == 1 && len(is) == 1 {
			if was[0].facts != is[0].facts {
				d := delta{action: Changed, object: is[0], old: was[0].facts}
				if k.kind == Link {
					d.renamed = was[0].name
				}
				there = append(there, d)
			}
			continue
		}
		for _, o := range without(was, is) {
			gone = append(gone, delta{action: Removed, object: o})
		}
	}
	for k, is := range now.objects {
		was := s.objects[k]
		if len(was) == 1 && len(is) == 1 {
			continue
		}
		for _, o := range without(is, was) {
			there = append(there, delta{action: Added, object: o})
		}
	}
	order := func(a, b delta) int {
		if a.kind != b.kind {
			return int(a.kind) - int(b.kind)
		}
		if a.index != b.index {
			return int(int64(a.index) - int64(b.index))
		}
		return strings.Compare(a.id+string(a.facts), b.id+string(b.facts))
	}
	slices.SortFunc(gone, order)
	slices.SortFunc(there, order)
	for index, name := range s.names {
		if _, ok := now.names[index]; !ok && len(gone) > 0 {
			now.names[index] = name // until the next reading, for events about it
		}
	}
	s.objects, s.names = now.objects, now.names
	s.dirty = s.dirty || now.dirty || len(touched) > 0
	return append(gone, there...)
}

// without returns the objects of a that are not in b, compared by their facts.
func without(a, b []object) []object {
	var rest []object
	for _, o := range a {
		if !slices.ContainsFunc(b, func(x object) bool { return x.facts == o.facts }) {
			rest = append(rest, o)
		}
	}
	return rest
}

func newState() *state { return &state{objects: make(map[key][]object), names: make(linkNames)} }
