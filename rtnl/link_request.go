package rtnl

import "golang.org/x/sys/unix"

// LinkAdd creates a link. If the name or the index is taken, the error matches
// fs.ErrExist.
type LinkAdd struct {
	// Kind is the device type and its options.
	Kind Kind
	// Name has at most 15 bytes. A "%d" in it is replaced by the first free
	// number. For "", the kernel chooses a name, such as veth0.
	Name string
	// Index is the interface index, which must be free in the link's namespace.
	// For 0, the kernel chooses one.
	Index uint32
	LinkAttrs
}

// Encode implements Request.
func (r *LinkAdd) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	e.ifinfomsg(unix.AF_UNSPEC, LinkIndex(r.Index), r.Flags, r.Change)
	if r.Kind == nil {
		e.Fail("link %q: no device type given", r.Name)
		return
	}
	if what := r.ignoredInCreate(); what != "" {
		e.Fail("link %q: the kernel ignores %s in the message that creates a link; set it afterwards", r.Name, what)
		return
	}
	if r.Name != "" {
		ifName(e, r.Name)
	}
	r.LinkAttrs.encode(e)
	info := e.Nest(unix.IFLA_LINKINFO)
	encodeKind(e, r.Kind, unix.IFLA_INFO_KIND, unix.IFLA_INFO_DATA)
	e.EndNest(info)
}

// LinkSet changes a link, or all links of a group.
type LinkSet struct {
	// Link is the link to change.
	Link LinkRef
	// InGroup is used instead of Link: all links of that device group are
	// changed.
	InGroup Opt[uint32]
	// NewName renames the link. A message has room for one name, so the old one
	// is looked up.
	NewName string
	// NewIndex is the index in NetNS, the namespace that the link moves to. 0
	// keeps its index if that is free there (Linux 5.13; earlier kernels ignore
	// it).
	NewIndex uint32
	LinkAttrs
	// Kind changes options of the device type, which must be the link's own.
	Kind Kind
	// Port changes options that the link has as a port of its master.
	Port Kind
}

// Encode implements Request.
func (r *LinkSet) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWLINK, 0)
	link := r.Link
	if r.NewName != "" {
		link.ByIndex = true
	}
	e.ifinfomsg(unix.AF_UNSPEC, link.inHeader(), r.Flags, r.Change)
	switch group, ok := r.InGroup.Get(); {
	case !ok:
		link.encodeName(e)
	case !link.IsZero() || r.NewName != "":
		e.Fail("links of group %d: neither one link nor a new name can be given", group)
	case r.Group.IsSet():
		e.Fail("links of group %d: one message cannot both select links by their group and change the group", group)
	default:
		e.Uint32(unix.IFLA_GROUP, group)
	}
	if e.err != nil {
		return
	}
	if r.NewName != "" {
		ifName(e, r.NewName)
	}
	if r.NewIndex != 0 {
		if r.NetNS.IsZero() {
			e.Fail("new index %d: the index of a link can change only while the link moves to another namespace", r.NewIndex)
			return
		}
		e.Uint32(unix.IFLA_NEW_IFINDEX, r.NewIndex)
	}
	r.LinkAttrs.encode(e)
	if r.Kind == nil && r.Port == nil {
		return
	}
	info := e.Nest(unix.IFLA_LINKINFO)
	if r.Kind != nil {
		encodeKind(e, r.Kind, unix.IFLA_INFO_KIND, unix.IFLA_INFO_DATA)
	}
	if r.Port != nil {
		encodeKind(e, r.Port, unix.IFLA_INFO_SLAVE_KIND, unix.IFLA_INFO_SLAVE_DATA)
	}
	e.EndNest(info)
}

// LinkDel deletes a link, or all links of a group. Deleting one end of a veth
// pair deletes both.
type LinkDel struct {
	// Link is the link to delete.
	Link LinkRef
	// InGroup is used instead of Link: all links of that device group are
	// deleted.
	InGroup Opt[uint32]
	// NetNS is the namespace that the link is in, by id; zero is the socket's.
	// With it, give the link's index: Linux 5.10, unlike 6.1, looks for a name
	// in the socket's namespace (rtnl_dellink in net/core/rtnetlink.c).
	NetNS NetNS
	// Family is AF_UNSPEC. With AF_BRIDGE, the kernel deletes nothing: it asks
	// the link's bridge to drop VLANs, and the request contains none
	// (rtnl_bridge_dellink in net/core/rtnetlink.c).
	Family uint8
}

// Encode implements Request.
func (r *LinkDel) Encode(e *Encoder) {
	e.Begin(unix.RTM_DELLINK, 0)
	e.ifinfomsg(r.Family, r.Link.inHeader(), 0, 0)
	switch group, ok := r.InGroup.Get(); {
	case !ok:
		r.Link.encodeName(e)
	case !r.Link.IsZero():
		e.Fail("links of group %d: one link cannot be given too", group)
	default:
		e.Uint32(unix.IFLA_GROUP, group)
	}
	r.NetNS.encodeID(e)
}

// LinkGet asks for one link. Conn.Link runs it.
type LinkGet struct {
	// Link is the link that is asked for.
	Link LinkRef
	// NetNS is the namespace that the link is in, by id; zero is the socket's.
	NetNS NetNS
	// ExtMask is RTEXT_FILTER_* bits, which ask for more or for less.
	ExtMask uint32
}

// Encode implements Request.
func (r *LinkGet) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETLINK, 0)
	e.ifinfomsg(unix.AF_UNSPEC, r.Link.inHeader(), 0, 0)
	r.Link.encodeName(e)
	r.NetNS.encodeID(e)
	nonZero(e, unix.IFLA_EXT_MASK, r.ExtMask)
}

// LinkDump lists links; the zero value lists all. Conn.Links runs it.
type LinkDump struct {
	// Family is AF_UNSPEC, or AF_BRIDGE for bridge ports with their port and
	// VLAN attributes.
	Family uint8
	// Master, unless 0, is the index of the device whose ports are listed.
	Master uint32
	// Kind, unless "", restricts the list to that device type.
	Kind string
	// NetNS is the namespace to list, by id; zero is the socket's.
	NetNS NetNS
	// ExtMask is RTEXT_FILTER_* bits, which ask for more or for less.
	// RTEXT_FILTER_SKIP_STATS omits IPv6's counters, a third of a message.
	ExtMask uint32
}

// Encode implements Request.
func (r *LinkDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETLINK, unix.NLM_F_DUMP)
	e.ifinfomsg(r.Family, LinkRef{}, 0, 0)
	nonZero(e, unix.IFLA_EXT_MASK, r.ExtMask)
	nonZero(e, unix.IFLA_MASTER, r.Master)
	r.NetNS.encodeID(e)
	if r.Kind != "" {
		info := e.Nest(unix.IFLA_LINKINFO)
		e.String(unix.IFLA_INFO_KIND, r.Kind)
		e.EndNest(info)
	}
}

// AltNameAdd gives a link alternative names (Linux 5.5).
type AltNameAdd struct {
	// Link is the link that gets the names.
	Link LinkRef
	// Names have 1 to 127 bytes each. A name may not be in use in the
	// namespace.
	Names []string
}

// Encode implements Request.
func (r *AltNameAdd) Encode(e *Encoder) {
	encodeAltNames(e, unix.RTM_NEWLINKPROP, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_APPEND, r.Link, r.Names)
}

// AltNameDel removes alternative names from a link (Linux 5.5).
type AltNameDel struct {
	// Link is the link that loses the names.
	Link LinkRef
	// Names are alternative names of the link.
	Names []string
}

// Encode implements Request.
func (r *AltNameDel) Encode(e *Encoder) {
	encodeAltNames(e, unix.RTM_DELLINKPROP, 0, r.Link, r.Names)
}

func encodeAltNames(e *Encoder, typ, flags uint16, link LinkRef, names []string) {
	e.Begin(typ, flags)
	e.ifinfomsg(unix.AF_UNSPEC, link.inHeader(), 0, 0)
	link.encodeName(e)
	if len(names) == 0 {
		e.Fail("no alternative name given")
		return
	}
	list := e.Nest(unix.IFLA_PROP_LIST)
	for _, n := range names {
		altName(e, n)
	}
	e.EndNest(list)
}
