package audit

import (
	"strconv"

	"github.com/nslab/nslab/nlspec"
)

// walk visits everything in a message: fields, elements and attributes at any depth, each before what is inside it.
type walk struct {
	path []string // of what surrounds the item
	// item is called for each item, padding too. It returns false to leave out what is inside.
	item func(it *nlspec.Item) bool
	// rest, unless it is nil, is called for bytes of which the grammar knows nothing, which are not all zero.
	rest func(rest []byte)

	each func(it nlspec.Item) bool
}

// body visits a fixed header and the attributes that follow it.
func (w *walk) body(b *nlspec.Body) {
	if w.each == nil {
		w.each = func(it nlspec.Item) bool {
			w.visit(&it)
			return true
		}
	}
	if b.Header != nil {
		if rest := b.Fields(w.each); !allZero(rest) {
			w.left(rest)
			return
		}
	}
	w.left(b.Items(w.each))
}

func (w *walk) left(rest []byte) {
	if w.rest != nil && !allZero(rest) {
		w.rest(rest)
	}
}

func (w *walk) visit(it *nlspec.Item) {
	if !w.item(it) {
		return
	}
	bodies, rest := it.Children()
	if len(bodies) == 0 && !it.HasParts() {
		w.left(rest)
		return
	}
	w.path = append(w.path, it.Attr.Name)
	for i := range bodies {
		if it.Attr.Kind == nlspec.NextHops {
			w.path = append(w.path, strconv.Itoa(i))
		}
		w.body(&bodies[i])
		if it.Attr.Kind == nlspec.NextHops {
			w.path = w.path[:len(w.path)-1]
		}
	}
	if len(bodies) == 0 {
		rest = it.Parts(w.each)
	}
	w.left(rest)
	w.path = w.path[:len(w.path)-1]
}
