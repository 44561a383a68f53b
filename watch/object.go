package watch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A key identifies an object for the kernel. Several routes may have one key:
// see state.
type key struct {
	kind  Kind
	index uint32 // of the object's interface, or 0
	id    string
}

// An object is the subject of a message.
type object struct {
	key
	// name is the object's name in a sentence, with linkText for links and
	// escaped foreign text.
	name  string
	facts facts
	// absent says that there is no such object, although the message is not a
	// deletion: a neighbour whose address was not found.
	absent bool
}

// read reads a message. ok is false for objects that are not kept: entries that
// the kernel makes and removes silently, and objects of other kinds and address
// families. A dump of all routes also contains those of MPLS and of multicast
// routing.
func read(m rtnl.Message) (o object, ok bool, err error) {
	if o, ok, err = readObject(m); errors.Is(err, rtnl.ErrNotSupported) {
		return object{}, false, nil
	}
	return o, ok, err
}

func readObject(m rtnl.Message) (o object, ok bool, err error) {
	switch m.Type {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		return readLink(m)
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		return readAddress(m)
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		return readRoute(m)
	case unix.RTM_NEWNEIGH, unix.RTM_DELNEIGH:
		return readNeigh(m)
	case unix.RTM_NEWRULE, unix.RTM_DELRULE:
		return readRule(m)
	case unix.RTM_NEWQDISC, unix.RTM_DELQDISC:
		return readQdisc(m)
	}
	return object{}, false, nil
}

// deletes reports whether a message of a type that read knows is a deletion.
func deletes(typ uint16) bool { return typ&3 == 1 }

func readLink(m rtnl.Message) (object, bool, error) {
	l, err := rtnl.DecodeLink(m)
	if err != nil || l.Family != unix.AF_UNSPEC {
		// A bridge reports its ports with AF_BRIDGE, and with RTM_DELLINK when
		// one has left.
		return object{}, false, err
	}
	var w factWriter
	w.text("name", l.Name)
	w.text("kind", l.Kind)
	w.flag("up", l.Up())
	w.flag("carrier", l.Flags&unix.IFF_LOWER_UP != 0)
	w.link("master", l.Master)
	w.number("mtu", l.MTU)
	if len(l.Address) > 0 {
		w.add("address", l.Address.String())
	}
	w.flag("promisc", l.Flags&unix.IFF_PROMISC != 0)
	w.flag("noarp", l.Flags&unix.IFF_NOARP != 0)
	w.number("txqueuelen", l.TxQueueLen)
	w.number("group", l.Group)
	w.text("alias", l.Alias)
	for _, name := range l.AltNames {
		w.text("altname", name)
	}
	return object{key: key{Link, l.Index, ""}, name: foreign(l.Name), facts: w.facts()}, true, nil
}

// addressFlags are the reported flags (include/uapi/linux/if_addr.h).
var addressFlags = []struct {
	bit  uint32
	name string
}{
	{unix.IFA_F_TENTATIVE, "tentative"},
	{unix.IFA_F_DADFAILED, "dadfailed"},
	{unix.IFA_F_DEPRECATED, "deprecated"},
	{unix.IFA_F_SECONDARY, "secondary"}, // of IPv6, temporary
	{unix.IFA_F_NOPREFIXROUTE, "noprefixroute"},
}

func readAddress(m rtnl.Message) (object, bool, error) {
	a, err := rtnl.DecodeAddress(m)
	if err != nil || !a.Prefix.IsValid() {
		return object{}, false, err
	}
	name := a.Prefix.String()
	if a.Peer.IsValid() {
		name = a.Prefix.Addr().String() + " peer " + netip.PrefixFrom(a.Peer, a.Prefix.Bits()).String()
	}
	var w factWriter
	w.link("dev", a.Link.Index)
	if strings.Contains(a.Label, ":") {
		w.text("label", a.Label) // without one, it is the link's first name
	}
	if s := scopeName(a.Scope); s != "" {
		w.add("scope", s)
	}
	for _, f := range addressFlags {
		w.flag(f.name, a.Flags&f.bit != 0)
	}
	return object{key: key{Address, a.Link.Index, name}, name: name, facts: w.facts()}, true, nil
}

func readNeigh(m rtnl.Message) (object, bool, error) {
	n, err := rtnl.DecodeNeigh(m)
	switch {
	case err != nil:
		return object{}, false, err
	case n.Family == unix.AF_BRIDGE:
		return readFDB(&n)
	case n.Flags&unix.NTF_PROXY != 0 || !n.Dst.IsValid() || n.State&unix.NUD_NOARP != 0:
		// The kernel makes and removes entries that need no look-up silently.
		return object{}, false, nil
	}
	var w factWriter
	w.link("dev", n.Link.Index)
	if len(n.LLAddr) > 0 {
		w.add("lladdr", n.LLAddr.String())
	}
	w.flag("permanent", n.State&unix.NUD_PERMANENT != 0)
	const found = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE | unix.NUD_PERMANENT
	name := n.Dst.String()
	return object{key: key{Neighbour, n.Link.Index, name}, name: name, facts: w.facts(), absent: n.State&found == 0}, true, nil
}

func readFDB(n *rtnl.Neigh) (object, bool, error) {
	if n.Master == 0 && !n.Dst.IsValid() && n.NHID == 0 {
		// These are a device's own filters, of which the kernel reports only a
		// few.
		return object{}, false, nil
	}
	name := n.LLAddr.String()
	if n.VLAN != 0 {
		name += " vlan " + strconv.Itoa(int(n.VLAN))
	}
	var w factWriter
	w.link("dev", n.Link.Index)
	k := key{FDB, n.Link.Index, name}
	if n.Master != 0 {
		// An address that moves from port to port stays one entry.
		k.index = n.Master
		w.link("master", n.Master)
	} else {
		if n.Dst.IsValid() {
			name += " dst " + n.Dst.String()
		}
		if n.VNI != 0 {
			name += " vni " + strconv.FormatUint(uint64(n.VNI), 10)
		}
		if n.Port != 0 {
			name += " port " + strconv.Itoa(int(n.Port))
		}
		if n.SrcVNI != 0 {
			name += " src_vni " + strconv.FormatUint(uint64(n.SrcVNI), 10)
		}
		k.id = name + " via " + strconv.FormatUint(uint64(n.Via.Index), 10)
	}
	switch {
	case n.State&unix.NUD_PERMANENT != 0:
		w.flag("permanent", true)
	case n.State&unix.NUD_NOARP != 0:
		w.flag("static", true)
	}
	return object{key: k, name: name, facts: w.facts()}, true, nil
}

func readRule(m rtnl.Message) (object, bool, error) {
	r, err := rtnl.DecodeRule(m)
	if err != nil || r.Family != unix.AF_INET && r.Family != unix.AF_INET6 {
		return object{}, false, err
	}
	// A rule cannot change: all of it is its identity.
	var b strings.Builder
	fmt.Fprintf(&b, "%d:", r.Priority.Or(0))
	word := func(format string, args ...any) { fmt.Fprintf(&b, " "+format, args...) }
	if r.Family == unix.AF_INET6 {
		word("inet6")
	}
	if r.Flags&unix.FIB_RULE_INVERT != 0 {
		word("not")
	}
	from := "all"
	if r.Src.IsValid() {
		from = r.Src.String()
	}
	word("from %s", from)
	if r.Dst.IsValid() {
		word("to %s", r.Dst)
	}
	if r.TOS != 0 {
		word("tos %#x", r.TOS)
	}
	if mask, ok := r.FwMask.Get(); r.FwMark != 0 || ok && mask != 0 && mask != 1<<32-1 {
		word("fwmark %#x", r.FwMark)
		if ok && mask != 1<<32-1 {
			b.WriteString(fmt.Sprintf("/%#x", mask))
		}
	}
	if r.IIFName != "" {
		word("iif %s", foreign(r.IIFName))
	}
	if r.OIFName != "" {
		word("oif %s", foreign(r.OIFName))
	}
	if r.L3MDev != 0 {
		word("l3mdev")
	}
	if u, ok := r.UIDRange.Get(); ok {
		word("uidrange %d-%d", u.Start, u.End)
	}
	if r.IPProto != 0 {
		word("ipproto %d", r.IPProto)
	}
	if p := r.SrcPorts; p != (rtnl.PortRange{}) {
		word("sport %d-%d", p.Start, p.End)
	}
	if p := r.DstPorts; p != (rtnl.PortRange{}) {
		word("dport %d-%d", p.Start, p.End)
	}
	if r.TunID != 0 {
		word("tun_id %d", r.TunID)
	}
	if n, ok := r.SuppressPrefixLen.Get(); ok && n != 1<<32-1 {
		word("suppress_prefixlength %d", n)
	}
	if n, ok := r.SuppressIFGroup.Get(); ok && n != 1<<32-1 {
		word("suppress_ifgroup %d", n)
	}
	if r.Realms != 0 {
		word("realms %d/%d", r.Realms>>16, r.Realms&0xffff)
	}
	switch r.Action {
	case unix.FR_ACT_TO_TBL:
		if r.Table != 0 {
			word("lookup %s", tableName(r.Table))
		}
	case unix.FR_ACT_GOTO:
		word("goto %d", r.Goto)
	case unix.FR_ACT_NOP:
		word("nop")
	default:
		word("%s", routeTypeName(r.Action)) // FR_ACT_* have the numbers of RTN_*
	}
	if r.Protocol != 0 && r.Protocol != unix.RTPROT_KERNEL {
		word("proto %s", protocolName(r.Protocol))
	}
	return object{key: key{Rule, 0, b.String()}, name: b.String()}, true, nil
}

// Attributes and sizes of include/uapi/linux/rtnetlink.h that x/sys/unix lacks.
const (
	tcmsgSize  = 20
	tcRoot     = 1<<32 - 1 // TC_H_ROOT
	tcaKind    = 1
	tcaOptions = 2
)

func readQdisc(m rtnl.Message) (object, bool, error) {
	if len(m.Data) < tcmsgSize {
		return object{}, false, fmt.Errorf("%w: a queueing discipline of %d bytes", rtnl.ErrMalformed, len(m.Data))
	}
	index := binary.NativeEndian.Uint32(m.Data[4:])
	handle := binary.NativeEndian.Uint32(m.Data[8:])
	parent := binary.NativeEndian.Uint32(m.Data[12:])
	if handle == 0 {
		return object{}, false, nil // a default one, which the kernel does not report
	}
	var kind, options string
	r := rtnl.NewAttrReader(m.Data[tcmsgSize:])
	for r.Next() {
		switch r.Type() {
		case tcaKind:
			kind = r.String()
		case tcaOptions:
			options = qdiscOptions(m)
		}
	}
	if err := r.Err(); err != nil {
		return object{}, false, fmt.Errorf("queueing discipline %s: %w", handleText(handle), err)
	}
	var w factWriter
	w.link("dev", index)
	w.text("kind", kind)
	if parent == tcRoot {
		w.flag("root", true)
	} else {
		w.add("parent", handleText(parent))
	}
	w.text("options", options)
	id := handleText(handle)
	return object{key: key{Qdisc, index, id}, name: id, facts: w.facts()}, true, nil
}

// handleText writes a handle as tc(8) does, in hexadecimal.
func handleText(h uint32) string {
	s := strconv.FormatUint(uint64(h>>16), 16) + ":"
	if minor := h & 0xffff; minor != 0 {
		s += strconv.FormatUint(uint64(minor), 16)
	}
	return s
}
