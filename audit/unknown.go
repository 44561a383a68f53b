package audit

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Unknown counts what is not fully named in the messages of events: message
// types, attributes and flag bits without a name, attributes of which only the
// name is known, integers of the wrong length, bytes left over.
type Unknown struct {
	// Decoder knows the families of generic netlink.
	Decoder Decoder
	// Where selects the messages to look at; nil selects all.
	Where *Where

	counts   map[string]int
	messages int // number of messages looked at
	others   int // number of unknown things beyond maxUnknown kinds
	w        walk
	name     string
}

// maxUnknown bounds the number of kinds of unknown things that are counted
// separately.
const maxUnknown = 1 << 16

// Event looks at the messages of an event.
func (u *Unknown) Event(e *Event) {
	d, ok := e.Datagram()
	if !ok {
		return
	}
	rest := u.Decoder.each(&d, func(m *placed) {
		if u.Where == nil || u.Where.matches(e, m) {
			u.message(m)
		}
	})
	if d.Protocol == unix.NETLINK_KOBJECT_UEVENT {
		return
	}
	if (len(rest) == len(d.Data) || !allZero(rest)) && (u.Where == nil || u.Where.matches(e, nil)) {
		u.count(nlspec.ProtocolName(d.Protocol), nil, "no message")
	}
}

// message looks at a message.
func (u *Unknown) message(m *placed) {
	if u.w.item == nil {
		u.w.item, u.w.rest = u.item, func(rest []byte) { u.count(u.name, u.w.path, "bytes left") }
	}
	u.messages++
	u.name = m.layout.Message.Name + " "
	if m.isCutOff() {
		u.count(u.name, nil, "cut off")
	}
	switch {
	case u.name[0] >= '0' && u.name[0] <= '9':
		u.name = nlspec.ProtocolName(m.Protocol) + " " + u.name
		u.count(u.name, nil, "type")
	case strings.Contains(u.name, ":"): // a family's command without a name
		u.count(u.name, nil, "type")
	}
	if _, rest := nlspec.MessageFlags(m.Protocol, m.header.Type).Names(uint64(m.header.Flags)); rest != 0 {
		u.count(u.name, nil, "flags 0x"+strconv.FormatUint(rest, 16))
	}
	u.w.body(&m.layout.Body)
}

// item looks at a field, an element or an attribute. It returns whether to look
// at its contents too.
func (u *Unknown) item(it *nlspec.Item) bool {
	kind, data, values := it.Attr.Kind, it.Payload, it.Attr.Values
	path := append(u.w.path, it.Attr.Name)
	what := ""
	switch {
	case it.Form == nlspec.FieldForm && it.Attr.Name == "":
		return false
	case !it.Known:
		what = "attribute"
	case kind == nlspec.Binary && len(data) > 0:
		what = "a name alone"
	case !it.HasParts() && !kind.Fits(len(data)):
		what = fmt.Sprintf("%d bytes, %s expected", len(data), kind)
	case kind == nlspec.String && afterNUL(data) != nil:
		what = "bytes left"
	case values != nil && values.Bits:
		n, _ := kind.Number(data)
		// All bits of a mask are set if everything has changed.
		if _, rest := values.Each(n, nil); rest != 0 && n != 1<<(8*len(data))-1 {
			what = "bits 0x" + strconv.FormatUint(rest, 16)
		}
	}
	if what != "" {
		u.count(u.name, path, what)
	}
	return true
}

// count counts something unknown.
func (u *Unknown) count(name string, path []string, what string) {
	key := name + strings.Join(path, "/")
	key = strings.TrimRight(key, " ") + ": " + what
	if u.counts == nil {
		u.counts = map[string]int{}
	}
	if _, known := u.counts[key]; !known && len(u.counts) >= maxUnknown {
		u.others++
		return
	}
	u.counts[key]++
}

// Count returns how many unknown things there were.
func (u *Unknown) Count() int {
	n := u.others
	for _, c := range u.counts {
		n += c
	}
	return n
}

// WriteTo writes a line for each kind of unknown thing, the most frequent
// first: how often it occurred, and where. The last line is the sum, "3 unknown
// in 200 messages".
func (u *Unknown) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	keys := slices.SortedFunc(maps.Keys(u.counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(u.counts[b], u.counts[a]), cmp.Compare(a, b))
	})
	for _, key := range keys {
		fmt.Fprintf(&b, "%7d  %s\n", u.counts[key], key)
	}
	if u.others > 0 {
		fmt.Fprintf(&b, "%7d  others\n", u.others)
	}
	fmt.Fprintf(&b, "%d unknown in %d messages\n", u.Count(), u.messages)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
