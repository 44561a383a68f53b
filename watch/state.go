package watch

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A state is what is known of one namespace. The zero state is that of an empty one.
//
// It is kept by applying notifications, which say not all: see dirty. Applying those that
// are older than the state, in order, leads to the same state in the end, or makes it
// dirty.
type state struct {
	// objects are those of each key, one but for routes: several may differ in
	// their nexthops only. Those are in the kernel's order, in which the first is
	// the one that is used and that a replacement takes the place of.
	objects map[key][]object
	// names are those of links; those of links that are gone stay until the
	// namespace is read again, for what is told of them.
	names linkNames
	// dirty says that the kernel may have more, or less, than it has told of: it
	// is to be asked.
	dirty bool
}

// A delta is what an object became.
type delta struct {
	action Action
	object
	// old are the facts before, of Changed and Replaced.
	old facts
	// renamed is the link's name before.
	renamed string
}

// apply does what a notification says. It returns nil where that is nothing that is kept.
func (s *state) apply(m rtnl.Message) (*delta, error) {
	switch m.Type {
	case unix.RTM_NEWNEXTHOP, unix.RTM_DELNEXTHOP:
		s.dirty = true // routes go, or change, with it
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

// set is apply for an object that is there, of a kind of which a key has one.
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
			// With a link IPv4's routes come and go, those that the
			// kernel does not tell of among them.
			s.dirty = s.dirty || up != wasUp
		}
	}
	s.put(o.key, *o)
	return d
}

// remove is apply for an object that is gone.
func (s *state) remove(o *object) *delta {
	d := &delta{action: Removed, object: *o}
	was := s.objects[o.key]
	if len(was) == 0 {
		d.action = Repeated
		return d
	}
	// A deletion may say otherwise: of an address, what it became in its last moment.
	d.facts = was[0].facts
	delete(s.objects, o.key)
	// What is on a link goes with it, and routes with an address that they are from.
	// Of two rules that are the same one is left.
	if o.kind == Link || o.kind == Address || o.kind == Rule {
		s.dirty = true
	}
	return d
}

// applyRoute is apply for a route. The flags of the notification say what became of the
// others of its key (fib_table_insert in net/ipv4/fib_trie.c, fib6_add_rt2node in
// net/ipv6/ip6_fib.c).
func (s *state) applyRoute(o *object, m rtnl.Message) *delta {
	was := s.objects[o.key]
	d := &delta{object: *o}
	same := slices.IndexFunc(was, func(w object) bool { return w.facts == o.facts })
	replace, appended := m.Flags&unix.NLM_F_REPLACE != 0, m.Flags&unix.NLM_F_APPEND != 0
	switch {
	case deletes(m.Type):
		d.action = Removed
		if same < 0 && len(was) > 0 {
			// One nexthop of several, or the state is not what it was.
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
		s.dirty = true // of several, which one is first may have changed
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

// replaces6 reports whether a route of IPv6 cannot be beside another of its key: the kernel
// joins those with gateways to one, and takes no second one on the same interface.
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

// put makes objects those of a key.
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

// add adds what a dump has.
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

// become makes s what a namespace was read as, but for the keys that notifications have
// touched meanwhile; with one, s stays dirty. It returns what differs, those that are gone
// first.
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
			now.names[index] = name // until it is read again, for what is told now
		}
	}
	s.objects, s.names = now.objects, now.names
	s.dirty = s.dirty || now.dirty || len(touched) > 0
	return append(gone, there...)
}

// without returns those of a that are not in b, by their facts.
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
