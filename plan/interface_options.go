package plan

import (
	"reflect"
	"slices"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// kindOptions are the options of a kind of interface.
type kindOptions struct {
	// read decodes those of a link that is there: all that the kernel tells.
	read func(data []byte) (rtnl.Kind, error)
	// compare returns what to set so that the options are as the file gives
	// them, and what to set to take that back, nil for nothing. What the file
	// does not give is left alone, unless unsaid says that it is to be as in a
	// new interface.
	compare func(file, have rtnl.Kind, unsaid unsaid) (set, undo rtnl.Kind)
	// fixed returns the names of those fields among what is to be set that the
	// kernel cannot change.
	fixed func(set, have rtnl.Kind) []string
	// again, unless nil, returns those of the options that are there that a new
	// interface has to be given so that it has all of them.
	again func(have rtnl.Kind) rtnl.Kind
}

// unsaid reports whether what the file does not give is to be as in a new
// interface, for an earlier file gave it, or to prune. Gave tells whether
// options give it.
type unsaid func(gave func(options rtnl.Kind) bool) bool

// optionsOf makes kindOptions from functions that know the type of the options,
// and fixed if the kernel cannot change all of them.
func optionsOf[K any](decode func([]byte) (*K, error), compare func(file, have *K, unsaid unsaid) (set, undo *K, differ bool),
	fixed func(set, have *K) []string) *kindOptions {
	to := func(k *K) rtnl.Kind { return any(k).(rtnl.Kind) }
	from := func(k rtnl.Kind) *K { return any(k).(*K) }
	return &kindOptions{
		read: func(data []byte) (rtnl.Kind, error) {
			k, err := decode(data)
			if err != nil {
				return nil, err
			}
			return to(k), nil
		},
		compare: func(file, have rtnl.Kind, unsaid unsaid) (rtnl.Kind, rtnl.Kind) {
			set, undo, differ := compare(from(file), from(have), unsaid)
			if !differ {
				return nil, nil
			}
			return to(set), to(undo)
		},
		fixed: func(set, have rtnl.Kind) []string { return fixed(from(set), from(have)) },
	}
}

// setAmong returns those of the fields that options set.
func setAmong[K any](k *K, fields ...string) []string {
	return slices.DeleteFunc(fields, func(name string) bool { return reflect.ValueOf(k).Elem().FieldByName(name).IsZero() })
}

// An optionChange is the difference between the options that an interface has
// and those that it should have: what to set, and what to set to undo that, nil
// for nothing. The kernel cannot change the fields named in fixed.
type optionChange struct {
	set, undo rtnl.Kind
	fixed     []string
}

// compareOptions compares the options of an interface with the file's. What only
// earlier files gave is to be as in a new one, and with Prune what none gave.
func (p *planner) compareOptions(node string, in *topology.Interface, l *live.Link) (c optionChange) {
	opts := InterfaceKinds[in.Kind].options
	if opts == nil || l.IsNew {
		return c
	}
	have, err := opts.read(l.Data)
	if err != nil {
		p.failf(in.Line, "node %q: %q: %w", node, l.Name, err)
		return c
	}
	unsaid := func(gave func(rtnl.Kind) bool) bool {
		return p.opts.Prune || slices.ContainsFunc(p.old, func(t *topology.Topology) bool {
			n := t.Node(node)
			if n == nil {
				return false
			}
			was := n.Interface(l.Name)
			return was != nil && was.Kind == in.Kind && gave(was.Options)
		})
	}
	if c.set, c.undo = opts.compare(in.Options, have, unsaid); c.set == nil {
		return c
	}
	c.fixed = opts.fixed(c.set, have)
	return c
}

// compareFields does what kindOptions.compare does, for all fields but lists,
// of which each kind has its own. What the kernel does not tell is left alone.
func compareFields[K any](file, have, fresh *K, unsaid unsaid) (set, undo *K, differ bool) {
	want := *file
	w := reflect.ValueOf(&want).Elem()
	for i := range w.NumField() {
		switch f := w.Type().Field(i); {
		case f.Type.Kind() == reflect.Slice:
			w.Field(i).SetZero()
		case w.Field(i).IsZero() && unsaid(func(k rtnl.Kind) bool { return !reflect.ValueOf(k).Elem().Field(i).IsZero() }):
			w.Field(i).Set(reflect.ValueOf(fresh).Elem().Field(i))
		}
	}
	set, undo = new(K), new(K)
	differ = differentOptions(have, &want, new(K), set, undo)
	return set, undo, differ
}

// only returns options with these fields alone.
func only(k rtnl.Kind, fields []string) rtnl.Kind {
	some := reflect.New(reflect.TypeOf(k).Elem())
	for _, name := range fields {
		some.Elem().FieldByName(name).Set(reflect.ValueOf(k).Elem().FieldByName(name))
	}
	return some.Interface().(rtnl.Kind)
}
