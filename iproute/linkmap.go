package iproute

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A linkMap has what links refer to: other links by index, and namespaces by
// id. learn fills it beforehand, so that printing needs no request to the
// kernel.
type linkMap struct {
	s    *Session
	conn *rtnl.Conn
	// ns is the namespace of the links, by its id in conn's namespace. Zero is
	// conn's namespace.
	ns    rtnl.NetNS
	known map[uint32]knownLink
	nsids map[int32]string // nil until needed
}

type knownLink struct {
	name   string // "" for a link that does not exist
	flags  uint32
	arphrd uint16
}

func (s *Session) linkMap(conn *rtnl.Conn) *linkMap {
	return &linkMap{s: s, conn: conn, known: make(map[uint32]knownLink)}
}

// remember records a link.
func (m *linkMap) remember(l *rtnl.Link) { m.known[l.Index] = knownLink{l.Name, l.Flags, l.Type} }

// forget removes a link that has gone.
func (m *linkMap) forget(index uint32) { delete(m.known, index) }

// ask asks the kernel for a link unless it is known.
func (m *linkMap) ask(ctx context.Context, index uint32) error {
	if _, ok := m.known[index]; ok || index == 0 {
		return nil
	}
	msg, err := m.conn.Get(ctx, &rtnl.LinkGet{Link: rtnl.LinkIndex(index), NetNS: m.ns, ExtMask: rtextFilterSkipStats})
	switch {
	case err == nil:
		l, err := rtnl.DecodeLink(msg)
		if err != nil {
			return err
		}
		m.remember(&l)
	case errors.Is(err, fs.ErrNotExist):
		m.known[index] = knownLink{}
	default:
		return err
	}
	return nil
}

// learn records links and asks for what they refer to.
func (m *linkMap) learn(ctx context.Context, links []rtnl.Link, o *Options) error {
	for i := range links {
		m.remember(&links[i])
	}
	for i := range links {
		if err := m.references(ctx, &links[i], o); err != nil {
			return err
		}
	}
	return nil
}

func (m *linkMap) references(ctx context.Context, l *rtnl.Link, o *Options) error {
	refers := []uint32{l.Master}
	if index, ok := l.Link.Get(); ok && !l.LinkNetNSID.IsSet() {
		refers = append(refers, index)
	}
	if o.Details > 0 {
		refers = append(refers, kindRefers(l)...)
	}
	for _, index := range refers {
		if err := m.ask(ctx, index); err != nil {
			return err
		}
	}
	if m.nsids != nil || o.JSON || !l.LinkNetNSID.IsSet() && !l.NewNetNSID.IsSet() {
		return nil
	}
	var err error
	m.nsids, err = m.s.nsidNames(ctx, m.conn)
	return err
}

// name returns a link's name, "*" for index 0, or "if7" for an unknown link
// (ll_index_to_name in lib/ll_map.c).
func (m *linkMap) name(index uint32) string {
	if index == 0 {
		return "*"
	}
	if k := m.known[index]; k.name != "" {
		return k.name
	}
	return indexName(index)
}

// down reports whether a link is known to be down.
func (m *linkMap) down(index uint32) bool {
	k := m.known[index]
	return k.name != "" && k.flags&unix.IFF_UP == 0
}

// arphrd returns a link's type, ARPHRD_VOID if the link is not known.
func (m *linkMap) arphrd(index uint32) uint16 {
	if k := m.known[index]; k.name != "" {
		return k.arphrd
	}
	return unix.ARPHRD_VOID
}

// indexName returns what iproute2 writes, and reads, for a link without a name.
func indexName(index uint32) string { return "if" + strconv.FormatUint(uint64(index), 10) }

// filterIndex does what LinkIndex does for the parameter of a filter: a link
// that does not exist is a wrong word, with iproute2's exit status for one.
func filterIndex(ctx context.Context, conn *rtnl.Conn, parameter, name string) (uint32, error) {
	index, err := conn.LinkIndex(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, &Error{Status: statusUsage, Err: noDevice(fmt.Errorf("%s %q: %w", parameter, name, err), peerWrongDev)}
	}
	return index, err
}
