package rtnl

import "fmt"

// Opt is a value that may be absent, for attributes whose zero value has a
// meaning. The zero Opt is absent.
type Opt[T any] struct {
	value T
	set   bool
}

// Some returns an Opt that holds v.
func Some[T any](v T) Opt[T] { return Opt[T]{value: v, set: true} }

// Get returns the value. It is false if there is none.
func (o Opt[T]) Get() (T, bool) { return o.value, o.set }

// IsSet reports whether there is a value.
func (o Opt[T]) IsSet() bool { return o.set }

// Or returns the value, or def if there is none.
func (o Opt[T]) Or(def T) T {
	if o.set {
		return o.value
	}
	return def
}

// String returns the value as fmt.Sprint does, "none" if there is none.
func (o Opt[T]) String() string {
	if !o.set {
		return "none"
	}
	return fmt.Sprint(o.value)
}
