package nlspec

import "golang.org/x/sys/unix"

// ClaimOf is the kind of a Claim.
type ClaimOf uint8

// The kinds of claims.
const (
	HeaderClaim  ClaimOf = iota + 1 // an nlmsghdr or an nlattr
	ValueClaim                      // a field, an element, or the payload of an attribute with nothing inside
	PaddingClaim                    // alignment, a structure's padding, an attribute that only aligns
	RestClaim                       // bytes outside the grammar, for example after the last well-formed attribute
)

// String returns "header", "value", "padding" or "rest".
func (c ClaimOf) String() string {
	switch c {
	case HeaderClaim:
		return "header"
	case ValueClaim:
		return "value"
	case PaddingClaim:
		return "padding"
	case RestClaim:
		return "rest"
	}
	return "unknown"
}

// Claim says what some bytes of a message are.
type Claim struct {
	Offset int // in bytes, from the start of the nlmsghdr
	Len    int // bytes, never 0
	Of     ClaimOf
}

// Claims says what each byte of msg is. msg begins with an nlmsghdr. Claims
// calls yield from the first byte to the last, each claim beginning where the
// previous one ended, until yield returns false. It also covers the request in
// an NLMSG_ERROR, but not that in an NLMSG_ERROR within an NLMSG_ERROR.
func (c Context) Claims(msg []byte, yield func(Claim) bool) {
	w := claims{yield: yield}
	w.message(c, msg)
}

// claims is a walk that has claimed everything up to byte at.
type claims struct {
	yield func(Claim) bool
	at    int
	done  bool
}

// to claims the bytes from w.at up to end, if there are any.
func (w *claims) to(end int, of ClaimOf) {
	if end > w.at && !w.done {
		w.done = !w.yield(Claim{Offset: w.at, Len: end - w.at, Of: of})
		w.at = end
	}
}

// message claims all of msg, which starts at w.at.
func (w *claims) message(c Context, msg []byte) {
	base := w.at
	if len(msg) < unix.NLMSG_HDRLEN {
		w.to(base+len(msg), RestClaim)
		return
	}
	w.to(base+unix.NLMSG_HDRLEN, HeaderClaim)
	l := c.Open(msg)
	l.Body.move(base)
	w.head(&l.Body)
	if l.Request != nil {
		if base == 0 {
			c.Direction = Sent
			w.message(c, l.Request)
		}
		w.to(base+l.RequestOffset+len(l.Request), RestClaim)
	}
	w.to(l.Body.AttrsOffset, PaddingClaim)
	w.attrs(&l.Body)
	w.to(base+len(msg), RestClaim)
}

// move shifts the offsets of b.
func (b *Body) move(by int) {
	b.HeadOffset += by
	b.AttrsOffset += by
}

// head claims the header of b.
func (w *claims) head(b *Body) {
	b.Fields(w.item)
	w.to(b.HeadOffset+len(b.Head), RestClaim)
}

// attrs claims the attributes of b and the bytes after them.
func (w *claims) attrs(b *Body) {
	b.Items(w.item)
	w.to(b.AttrsOffset+len(b.Attrs), RestClaim)
}

// item claims an attribute, a field or an element, and its padding.
func (w *claims) item(it *Item) bool {
	w.to(it.PayloadOffset(), HeaderClaim)
	end := it.PayloadOffset() + len(it.Payload)
	pad := len(it.Pad)
	inner := it.Child()
	switch {
	case inner != nil:
		w.body(inner)
	case it.Attr.Kind == NextHops:
		rest := it.Hops(w.body)
		w.to(end-len(rest), PaddingClaim)
		w.to(end, RestClaim)
	case it.HasParts():
		it.Parts(w.item)
		w.to(end, RestClaim)
	case it.Attr.Kind == Pad || it.Form == FieldForm && it.Attr.Name == "":
		w.to(end, PaddingClaim)
	default:
		w.to(end, ValueClaim)
	}
	w.to(end+pad, PaddingClaim)
	return !w.done
}

// body claims a header and attributes, and the padding before and between them.
func (w *claims) body(b *Body) bool {
	w.to(b.HeadOffset, PaddingClaim)
	w.head(b)
	w.to(b.AttrsOffset, PaddingClaim)
	w.attrs(b)
	return !w.done
}
