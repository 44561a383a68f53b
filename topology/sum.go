package topology

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"net/netip"
	"reflect"
)

// sumSeed is random: sums are only compared within one process.
var sumSeed = maphash.MakeSeed()

// sum returns a checksum of all exported fields of a Topology and of what is in
// them, except Path, which is only for people.
func (t *Topology) sum() uint64 {
	s := summer{b: make([]byte, 0, 8<<10)}
	s.h.SetSeed(sumSeed)
	s.text(t.Name)
	s.text(t.Prefix)
	s.number(int(t.Hosts))
	s.bytes(t.Source)
	s.number(len(t.Nodes))
	for i := range t.Nodes {
		s.node(&t.Nodes[i])
	}
	s.number(len(t.Links))
	for i := range t.Links {
		s.link(&t.Links[i])
	}
	s.h.Write(s.b)
	return s.h.Sum64()
}

// A summer hashes values, preceded by their lengths if these vary. It collects
// them in b, because a lab of 10,000 nodes has half a million.
type summer struct {
	h maphash.Hash
	b []byte
	// last are the Programs that came last: most nodes share them.
	last *Programs
}

func (s *summer) number(n int) { s.b = binary.LittleEndian.AppendUint64(s.b, uint64(n)) }

func (s *summer) text(v string) {
	s.number(len(v))
	s.b = append(s.b, v...)
}

func (s *summer) bytes(v []byte) {
	s.number(len(v))
	s.b = append(s.b, v...)
}

func (s *summer) texts(all []string) {
	s.number(len(all))
	for _, v := range all {
		s.text(v)
	}
}

func (s *summer) prefixes(all []netip.Prefix) {
	s.number(len(all))
	for _, p := range all {
		s.addr(p.Addr())
		s.number(p.Bits())
	}
}

func (s *summer) addr(a netip.Addr) {
	b := a.As16()
	s.number(a.BitLen())
	s.b = append(s.b, b[:]...)
	s.text(a.Zone())
}

func (s *summer) node(n *Node) {
	s.text(n.Name)
	s.number(int(n.Kind))
	s.text(n.Group)
	s.number(n.Ordinal)
	s.number(len(n.Bridges))
	for i := range n.Bridges {
		s.bridge(&n.Bridges[i])
	}
	s.number(len(n.Interfaces))
	for i := range n.Interfaces {
		s.iface(&n.Interfaces[i])
	}
	s.prefixes(n.Addresses)
	s.number(len(n.Routes))
	for _, words := range n.Routes {
		s.texts(words)
	}
	s.number(len(n.Sysctls))
	for _, c := range n.Sysctls {
		s.text(c.Key)
		s.text(c.Value)
	}
	s.programs(n.Programs)
	s.number(int(n.IPv6))
	s.number(n.Line)
	s.drain()
}

// drain empties b into the hash.
func (s *summer) drain() {
	if len(s.b) >= 4<<10 {
		s.h.Write(s.b)
		s.b = s.b[:0]
	}
}

func (s *summer) bridge(b *Bridge) {
	s.text(b.Name)
	s.options(&b.Options)
	s.prefixes(b.Addresses)
	s.bytes(b.MAC)
	s.number(int(b.MTU))
	s.number(int(b.IPv6))
}

// options hashes the fields of a struct that are set: few of some 40.
func (s *summer) options(o any) {
	v := reflect.Indirect(reflect.ValueOf(o))
	if v.Kind() != reflect.Struct {
		s.text(fmt.Sprint(o)) // nil, or a kind without options
		return
	}
	s.text(v.Type().String())
	for i := range v.NumField() {
		field := v.Field(i)
		if field.IsZero() {
			continue
		}
		s.number(i)
		if table, ok := field.Interface().([]int16); ok { // a distribution: thousands, which fmt is slow with
			s.number(len(table))
			for _, n := range table {
				s.b = binary.LittleEndian.AppendUint16(s.b, uint16(n))
			}
			continue
		}
		s.text(fmt.Sprint(field))
	}
	s.number(-1)
}

func (s *summer) link(l *Link) {
	for e := range l.Ends {
		end := &l.Ends[e]
		s.number(end.Node)
		s.text(end.Iface)
		s.text(end.Bridge)
		s.options(end.Port)
		s.number(len(end.VLANs))
		for _, v := range end.VLANs {
			s.number(int(v.First))
			s.number(int(v.Last))
			s.number(int(v.Flags))
		}
		if end.Impair != nil {
			s.options(end.Impair)
		}
		s.bytes(end.MAC)
		s.prefixes(end.Addresses)
		s.number(int(end.IPv6))
	}
	s.number(int(l.MTU))
	s.number(int(l.Queues))
	s.number(l.Line)
	s.drain()
}
