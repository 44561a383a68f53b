package rtnltest

import (
	"encoding/binary"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Attributes that x/sys/unix lacks (include/uapi/linux/if_link.h).
const (
	iflaAllMulti       = 61
	iflaGSOIPv4MaxSize = 63
	iflaGROIPv4MaxSize = 64
)

// link is a link as the request whose message reports it.
type link rtnl.Link

// Encode implements rtnl.Request.
func (l *link) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_NEWLINK, 0)
	e.Header(append(binary.NativeEndian.AppendUint16([]byte{l.Family, 0}, l.Type), numbers(l.Index, l.Flags, 0)...)...)
	stringAttr(e, unix.IFLA_IFNAME, l.Name)
	if len(l.AltNames) > 0 {
		list := e.Nest(unix.IFLA_PROP_LIST)
		for _, n := range l.AltNames {
			e.String(unix.IFLA_ALT_IFNAME, n)
		}
		e.EndNest(list)
	}
	l.encodeInfo(e)
	for _, a := range [...]struct {
		typ uint16
		v   uint32
	}{
		{unix.IFLA_MTU, l.MTU}, {unix.IFLA_MIN_MTU, l.MinMTU}, {unix.IFLA_MAX_MTU, l.MaxMTU},
		{unix.IFLA_TXQLEN, l.TxQueueLen}, {unix.IFLA_MASTER, l.Master}, {unix.IFLA_GROUP, l.Group},
		{unix.IFLA_PROMISCUITY, l.Promiscuity}, {unix.IFLA_NUM_TX_QUEUES, l.TxQueues}, {unix.IFLA_NUM_RX_QUEUES, l.RxQueues},
		{unix.IFLA_GSO_MAX_SIZE, l.GSOMaxSize}, {unix.IFLA_GSO_MAX_SEGS, l.GSOMaxSegs},
		{unix.IFLA_CARRIER_CHANGES, l.CarrierChanges}, {unix.IFLA_CARRIER_UP_COUNT, l.CarrierUpCount},
		{unix.IFLA_CARRIER_DOWN_COUNT, l.CarrierDownCount}, {unix.IFLA_EVENT, l.Event},
	} {
		uint32Attr(e, a.typ, a.v)
	}
	for _, a := range [...]struct {
		typ uint16
		v   rtnl.Opt[uint32]
	}{
		{unix.IFLA_LINK, l.Link}, {iflaAllMulti, l.AllMulti}, {unix.IFLA_GRO_MAX_SIZE, l.GROMaxSize},
		{unix.IFLA_TSO_MAX_SIZE, l.TSOMaxSize}, {unix.IFLA_TSO_MAX_SEGS, l.TSOMaxSegs},
		{iflaGSOIPv4MaxSize, l.GSOIPv4MaxSize}, {iflaGROIPv4MaxSize, l.GROIPv4MaxSize},
	} {
		if v, ok := a.v.Get(); ok {
			e.Uint32(a.typ, v)
		}
	}
	int32Attr(e, unix.IFLA_LINK_NETNSID, l.LinkNetNSID)
	int32Attr(e, unix.IFLA_NEW_NETNSID, l.NewNetNSID)
	int32Attr(e, unix.IFLA_NEW_IFINDEX, l.NewIndex)
	for _, a := range [...]struct {
		typ uint16
		v   uint8
	}{
		{unix.IFLA_OPERSTATE, l.OperState}, {unix.IFLA_LINKMODE, l.LinkMode},
		{unix.IFLA_CARRIER, l.Carrier}, {unix.IFLA_PROTO_DOWN, l.ProtoDown},
	} {
		if a.v != 0 {
			e.Uint8(a.typ, a.v)
		}
	}
	for _, a := range [...]struct {
		typ uint16
		v   string
	}{
		{unix.IFLA_QDISC, l.Qdisc}, {unix.IFLA_IFALIAS, l.Alias}, {unix.IFLA_PARENT_DEV_NAME, l.ParentDevName},
		{unix.IFLA_PARENT_DEV_BUS_NAME, l.ParentDevBusName}, {unix.IFLA_PHYS_PORT_NAME, l.PhysPortName},
	} {
		stringAttr(e, a.typ, a.v)
	}
	for _, a := range [...]struct {
		typ uint16
		v   []byte
	}{
		{unix.IFLA_ADDRESS, l.Address}, {unix.IFLA_BROADCAST, l.Broadcast}, {unix.IFLA_PERM_ADDRESS, l.PermAddress},
		{unix.IFLA_PHYS_PORT_ID, l.PhysPortID}, {unix.IFLA_PHYS_SWITCH_ID, l.PhysSwitchID}, {unix.IFLA_AF_SPEC, l.AFSpec},
		{unix.IFLA_STATS64, l.Stats64}, {unix.IFLA_PROTINFO, l.ProtInfo}, {unix.IFLA_XDP, l.XDP}, {unix.IFLA_PROTO_DOWN_REASON, l.ProtoDownReason},
	} {
		bytesAttr(e, a.typ, a.v)
	}
}

func (l *link) encodeInfo(e *rtnl.Encoder) {
	if l.Kind == "" && l.PortKind == "" && l.Data == nil && l.PortData == nil {
		return
	}
	info := e.Nest(unix.IFLA_LINKINFO)
	stringAttr(e, unix.IFLA_INFO_KIND, l.Kind)
	bytesAttr(e, unix.IFLA_INFO_DATA, l.Data)
	stringAttr(e, unix.IFLA_INFO_SLAVE_KIND, l.PortKind)
	bytesAttr(e, unix.IFLA_INFO_SLAVE_DATA, l.PortData)
	e.EndNest(info)
}

func stringAttr(e *rtnl.Encoder, typ uint16, s string) {
	if s != "" {
		e.String(typ, s)
	}
}

func bytesAttr(e *rtnl.Encoder, typ uint16, b []byte) {
	if b != nil {
		e.Bytes(typ, b)
	}
}

// Links answers an RTM_GETLINK from a list of links, as the kernel does: with
// the one that it asks for by index, name or alternative name, or ENODEV; or,
// if it asks for a table, with those of the kind and the master that it gives.
// A Conn asks for the link whenever a request has a name where the kernel wants
// an index.
func (a *Answer) Links(links ...rtnl.Link) {
	var want rtnl.Link
	if len(a.request.Data) >= unix.SizeofIfInfomsg {
		as := a.request
		as.Type = unix.RTM_NEWLINK // the same format
		var err error
		if want, err = rtnl.DecodeLink(as); err != nil {
			a.Error(unix.EINVAL, &ExtAck{Message: err.Error()})
			return
		}
	}
	if a.request.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP {
		var table []rtnl.Message
		for _, l := range links {
			if (want.Kind == "" || want.Kind == l.Kind) && (want.Master == 0 || want.Master == l.Master) {
				table = append(table, NewLink(l))
			}
		}
		a.Dump(table...)
		return
	}
	name := want.Name
	for r := rtnl.NewAttrReader(a.request.Data[min(unix.SizeofIfInfomsg, len(a.request.Data)):]); r.Next(); {
		if r.Type() == unix.IFLA_ALT_IFNAME {
			name = r.String()
		}
	}
	for _, l := range links {
		if want.Index != 0 && l.Index == want.Index || want.Index == 0 && name != "" && (l.Name == name || slices.Contains(l.AltNames, name)) {
			a.Reply(NewLink(l))
			return
		}
	}
	a.Error(unix.ENODEV, nil)
}
