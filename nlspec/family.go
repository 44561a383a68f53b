package nlspec

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// Family is the grammar of a generic netlink family, or of messages of another
// protocol, that a program reads at run time, for instance from one of the
// kernel's specifications (package ynl). Families.Add adds it to a decoder.
type Family struct {
	Name     string // the controller's name of a generic netlink family
	Protocol int    // unix.NETLINK_GENERIC, or the protocol whose messages these are

	// Requests are the messages that programs send, and Replies those that the
	// kernel sends, both answers and notifications: by command in generic
	// netlink, otherwise by message type. In generic netlink a message's Header
	// begins with genlmsghdr; GenlHeader makes such a header.
	Requests, Replies map[uint16]Message

	Groups map[uint32]string // the multicast groups of a protocol with fixed numbers
}

// messages returns the messages that one side sends.
func (s *Family) messages(d Direction) map[uint16]Message {
	if d == Sent {
		return s.Requests
	}
	return s.Replies
}

// GenlHeader returns the header of the messages of a generic netlink family.
// own is the family's own header, or nil.
func GenlHeader(own *CStruct) *CStruct {
	if own == nil {
		return genlmsghdr
	}
	return &CStruct{Name: own.Name, Fields: slices.Concat(genlmsghdr.Fields, own.Fields)}
}

// Add adds a specification to f. The tables of this package take precedence,
// because they follow the kernel's source, which specifications do not always
// do. The specification fills the gaps: messages, attributes and contents of
// attributes that the tables lack. It is an error to specify a family or a
// message twice.
func (f *Families) Add(s *Family) error {
	if s.Protocol == unix.NETLINK_GENERIC {
		if f.specs[s.Name] != nil {
			return fmt.Errorf("two specifications of the family %q", s.Name)
		}
		if f.specs == nil {
			f.specs = map[string]*Family{}
		}
		if s.Name != staticFamilies[unix.GENL_ID_CTRL].name {
			f.specs[s.Name] = s
		}
		return nil
	}
	raw := f.raw[s.Protocol]
	if raw == nil {
		raw = &Family{Protocol: s.Protocol, Requests: map[uint16]Message{}, Replies: map[uint16]Message{}, Groups: map[uint32]string{}}
	}
	var m merger
	for _, d := range []Direction{Sent, Received} {
		have, more := raw.messages(d), s.messages(d)
		for _, typ := range slices.Sorted(maps.Keys(more)) {
			if old, ok := have[typ]; ok {
				return fmt.Errorf("two specifications of message type %d of protocol %d, %s and %s", typ, s.Protocol, old.Name, more[typ].Name)
			}
			if typ >= unix.NLMSG_MIN_TYPE {
				have[typ] = m.message(message(s.Protocol, typ), more[typ])
			}
		}
	}
	maps.Copy(raw.Groups, s.Groups)
	if f.raw == nil {
		f.raw = map[int]*Family{}
	}
	f.raw[s.Protocol] = raw
	return nil
}

// merger merges the tables and a specification. It merges each pair of sets
// once, because sets may contain each other.
type merger struct {
	sets map[[2]*Attr]Set
}

// message returns own with its gaps filled from spec.
func (m *merger) message(own, spec Message) Message {
	if own.Header == nil { // at most the name is known
		if own.Attrs = spec.Attrs; own.Name[0] >= '0' && own.Name[0] <= '9' {
			own.Name = spec.Name
		}
		own.Header = spec.Header
		return own
	}
	own.Attrs = m.set(own.Attrs, spec.Attrs)
	return own
}

// set returns own, with what it lacks added from spec.
func (m *merger) set(own, spec Set) Set {
	if len(own) == 0 || len(spec) == 0 {
		if len(own) == 0 {
			return spec
		}
		return own
	}
	key := [2]*Attr{&own[0], &spec[0]}
	if done, ok := m.sets[key]; ok {
		return done
	}
	merged := make(Set, max(len(own), len(spec)))
	if m.sets == nil {
		m.sets = map[[2]*Attr]Set{}
	}
	m.sets[key] = merged
	for i := range merged {
		switch {
		case i >= len(own) || own[i].Name == "":
			merged[i] = spec[i]
		case i >= len(spec) || spec[i].Name == "":
			merged[i] = own[i]
		default:
			merged[i] = m.attr(own[i], spec[i])
		}
	}
	return merged
}

// attr returns own, or spec's grammar if only the name of own is known.
func (m *merger) attr(own, spec Attr) Attr {
	switch {
	case own.By != nil && spec.By != nil:
		own.By = own.By.orElse(spec.By)
	case own.By != nil:
	case own.Kind == Binary:
		spec.Name = own.Name
		return spec
	case own.Kind == Nested && spec.Kind == Nested && spec.By == nil && (own.Struct == nil) == (spec.Struct == nil):
		own.Nest = m.set(own.Nest, spec.Nest)
	case own.Kind == List && spec.Kind == List && own.Elem != nil && spec.Elem != nil:
		elem := m.attr(*own.Elem, *spec.Elem)
		elem.Name = own.Elem.Name
		own.Elem = &elem
	}
	return own
}

// orElse returns a selector that falls back to last if no case of s holds.
func (s *Selector) orElse(last *Selector) *Selector {
	if s == nil {
		return last
	}
	c := *s
	c.Else = s.Else.orElse(last)
	return &c
}
