package topology

import (
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// An option is an option of a bridge, of a bridge's port or of an interface, as
// a number: 1 for true, nanoseconds for a time.
type option interface {
	set(int64)
	get() (int64, bool)
}

type numberOption[T ~uint8 | ~uint16 | ~uint32 | ~int64] struct{ field *rtnl.Opt[T] }

func (o numberOption[T]) set(v int64) { *o.field = rtnl.Some(T(v)) }

func (o numberOption[T]) get() (int64, bool) {
	v, ok := o.field.Get()
	return int64(v), ok
}

// optionAt is the option in a field with a number.
func optionAt[T ~uint8 | ~uint16 | ~uint32 | ~int64](field *rtnl.Opt[T]) option {
	return numberOption[T]{field}
}

type boolOption struct{ field *rtnl.Opt[bool] }

func (o boolOption) set(v int64) { *o.field = rtnl.Some(v != 0) }

func (o boolOption) get() (int64, bool) {
	if v, ok := o.field.Get(); !v {
		return 0, ok
	}
	return 1, true
}

// switchAt is the option in a field that is true or false.
func switchAt(field *rtnl.Opt[bool]) option { return boolOption{field} }

// optionOf makes a function for the options of one kind one for key.option.
func optionOf[K any](of func(*K) option) func(rtnl.Kind) option {
	return func(k rtnl.Kind) option { return of(any(k).(*K)) }
}

// readOptions sets those options that keys give.
func readOptions(f fields, keys []key, k rtnl.Kind) {
	for i := range keys {
		if v := f[keys[i].name]; v != nil && keys[i].option != nil {
			keys[i].option(k).set(number(&keys[i], v))
		}
	}
}

// configOptions returns the file's entries for the options that are set in o and
// that keys set: of tells which. It sets those in said, too.
func configOptions[T any](o, said T, keys []key, of func(*key) func(T) option) (e entries) {
	for i := range keys {
		k := &keys[i]
		field := of(k)
		if field == nil {
			continue
		}
		if v, ok := field(o).get(); ok {
			if text := optionText(k, v); text != "" {
				field(said).set(v)
				e.add(k.name, text)
			}
		}
	}
	return e
}

// configKind returns the file's entries for options of a bridge or an interface.
// rest returns those for options that no key sets by itself, and notes them in
// said; it may be nil. configKind returns false if options are set that the keys
// do not have.
func configKind(o, said rtnl.Kind, keys []key, rest func(k, said rtnl.Kind) entries) (entries, bool) {
	if reflect.TypeOf(o) != reflect.TypeOf(said) {
		return nil, false
	}
	e := configOptions(o, said, keys, func(k *key) func(rtnl.Kind) option { return k.option })
	if rest != nil {
		e = append(e, rest(o, said)...)
	}
	return e, reflect.DeepEqual(o, said)
}

// optionText returns the value of an option as text, "" for one that the key
// has no word for: see number.
func optionText(k *key, v int64) string {
	switch {
	case k.typ == typeEnum:
		if i := slices.IndexFunc(k.numbers, func(n uint32) bool { return int64(n) == v }); i >= 0 {
			return k.words[i]
		}
		return ""
	case k.typ == typeDuration:
		return scalar(time.Duration(v).String())
	case k.typ == typeBool && v == 0:
		return "false"
	case k.typ == typeBool && v == 1:
		return "true"
	}
	return strconv.FormatInt(v, 10)
}
