package audit

import (
	"strconv"

	"github.com/nslab/nslab/nlspec"
)

// walk visits everything in a message: fields, elements and attributes at any
// depth, each before its contents.
type walk struct {
	path []string // names of the items around the current one
	// item is called for each item, including padding. If it returns false, the
	// item's contents are skipped.
	item func(it *nlspec.Item) bool
	// rest, unless it is nil, is called for bytes that are not in the grammar
	// and are not all zero.
	rest func(rest []byte)

	each func(it *nlspec.Item) bool
}

// body visits a fixed header and the attributes after it.
func (w *walk) body(b *nlspec.Body) {
	if w.each == nil {
		w.each = func(it *nlspec.Item) bool {
			w.visit(it)
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
	inner, hops := it.Child(), 0
	w.path = append(w.path, it.Attr.Name)
	switch {
	case inner != nil:
		w.body(inner)
	case it.Attr.Kind == nlspec.NextHops:
		w.left(it.Hops(func(b *nlspec.Body) bool {
			w.path = append(w.path, strconv.Itoa(hops))
			hops++
			w.body(b)
			w.path = w.path[:len(w.path)-1]
			return true
		}))
	case it.HasParts():
		w.left(it.Parts(w.each))
	}
	w.path = w.path[:len(w.path)-1]
}
