package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

const (
	rtTableLocal = unix.RT_TABLE_LOCAL
	nudNoARP     = unix.NUD_NOARP
	afBridge     = unix.AF_BRIDGE
)

// devNames are a node's interfaces by their indices.
type devNames map[uint32]string

// name returns an interface's name, "" for index 0. One that appeared since the
// names were read has its number.
func (d devNames) name(index uint32) string {
	if index == 0 {
		return ""
	}
	if name, ok := d[index]; ok {
		return name
	}
	return "if" + strconv.FormatUint(uint64(index), 10)
}

func inspectLink(l *live.Link, dev devNames) (InterfaceInfo, error) {
	in := InterfaceInfo{
		Name: l.Name, Index: l.Index, Kind: l.Kind, Up: l.Up(), MTU: l.MTU, TxQueues: l.TxQueues, RxQueues: l.RxQueues,
		Alias: l.Whole.Alias, Master: dev.name(l.Master), MAC: l.Address.String(),
		OperState: named(tables().operState, uint64(l.Whole.OperState)),
		Addresses: []AddressInfo{}, Qdisc: l.QdiscWords(),
	}
	if s, ok := l.Whole.Stats(); ok {
		in.Counters = CounterInfo{s.RxPackets, s.RxBytes, s.RxErrors, s.RxDropped, s.TxPackets, s.TxBytes, s.TxErrors, s.TxDropped}
	}
	for _, a := range l.Addrs {
		in.Addresses = append(in.Addresses, inspectAddress(&a))
	}
	if l.Kind == "veth" {
		in.Peer = inspectPeer(l)
	}
	if l.Whole.PortKind == "bridge" {
		p, err := bridge.DecodePort(l.Whole.PortData)
		if err != nil {
			return in, fmt.Errorf("interface %q: bridge port: %w", l.Name, err)
		}
		in.Port = &PortInfo{p.Number, p.State.Or(bridge.Disabled).String(), p.Priority.Or(0), p.PathCost.Or(0)}
	}
	if l.Kind == "bridge" {
		b, err := rtnl.DecodeBridge(l.Data)
		if err != nil {
			return in, fmt.Errorf("interface %q: bridge: %w", l.Name, err)
		}
		in.Bridge = &BridgeInfo{
			ID: bridgeID(b.BridgeID), Root: bridgeID(b.RootID),
			STP: b.STPState.Or(0) != 0, VLANFiltering: b.VLANFiltering.Or(0) != 0,
			ForwardDelay: b.ForwardDelay.Or(0).Seconds(), AgeingTime: b.AgeingTime.Or(0).Seconds(),
		}
	}
	return in, nil
}

// bridgeID writes a bridge's identifier as brctl(8) does: the priority in hex,
// a dot, the MAC in hex.
func bridgeID(id [8]byte) string { return fmt.Sprintf("%x.%x", id[:2], id[2:]) }

func inspectPeer(l *live.Link) *PeerInfo {
	index, ok := l.Peer.Get()
	if !ok {
		return nil // the end is in a namespace that this one has no id for
	}
	p := &PeerInfo{Node: l.PeerNode, Name: l.PeerName, Index: index}
	if id, ok := l.NetNS.Get(); ok && l.PeerNode == "" {
		p.NSID = &id
	}
	return p
}

func inspectAddress(a *rtnl.Address) AddressInfo {
	in := AddressInfo{Address: a.Prefix, Scope: scopeName(a.Scope)}
	if a.Peer.IsValid() {
		in.Peer = a.Peer.String()
	}
	// Permanent is what every address is that has no end.
	names, rest := tables().addrFlags.Names(uint64(a.Flags &^ unix.IFA_F_PERMANENT))
	for _, n := range names {
		in.Flags = append(in.Flags, strings.ToLower(strings.TrimPrefix(n, tables().addrFlags.Prefix)))
	}
	if rest != 0 {
		in.Flags = append(in.Flags, fmt.Sprintf("0x%x", rest))
	}
	return in
}

func inspectRoute(r *rtnl.Route, dev devNames) RouteInfo {
	in := RouteInfo{
		Family: "inet", Dst: "default", Type: named(tables().rtType, uint64(r.Type)), Gateway: addrText(r.Gateway), Dev: dev.name(r.OIF.Index),
		PrefSrc: addrText(r.PrefSrc), Metric: r.Priority, Protocol: named(tables().rtProtocol, uint64(r.Protocol)),
		Table: named(tables().rtTable, uint64(r.Table)),
	}
	if r.Family == unix.AF_INET6 {
		in.Family = "inet6"
	} else if scope, ok := r.Scope.Get(); ok {
		in.Scope = scopeName(scope)
	}
	if !r.IsDefault() {
		in.Dst = r.Dst.String()
	}
	for _, h := range r.Nexthops {
		in.Nexthops = append(in.Nexthops, HopInfo{addrText(h.Gateway), dev.name(h.OIF.Index), h.Weight})
	}
	return in
}

func inspectNeigh(n *rtnl.Neigh, dev devNames) NeighInfo {
	state := tables().neighState
	names, _ := state.Names(uint64(n.State))
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], state.Prefix)
	}
	return NeighInfo{addrText(n.Dst), dev.name(n.Link.Index), n.LLAddr.String(), strings.Join(names, "|")}
}

func inspectFDB(n *rtnl.Neigh, dev devNames) FDBInfo {
	in := FDBInfo{MAC: n.LLAddr.String(), Dev: dev.name(n.Link.Index), Bridge: dev.name(n.Master), VLAN: n.VLAN, Dst: addrText(n.Dst), State: "dynamic"}
	switch {
	case n.State&unix.NUD_PERMANENT != 0:
		in.State = "permanent"
	case n.State&unix.NUD_NOARP != 0:
		in.State = "static"
	}
	names, _ := tables().neighFlags.Names(uint64(n.Flags))
	for _, f := range names {
		in.Flags = append(in.Flags, strings.ToLower(strings.TrimPrefix(f, tables().neighFlags.Prefix)))
	}
	return in
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// scopeName is a scope in iproute2's words: it says "global" for the universe.
func scopeName(scope uint8) string {
	if scope == unix.RT_SCOPE_UNIVERSE {
		return "global"
	}
	return named(tables().scope, uint64(scope))
}

// named returns the name of a number in lower case without its prefix, the
// number itself where it has none.
func named(v *nlspec.Values, n uint64) string {
	if names, rest := v.Names(n); rest == 0 && len(names) == 1 {
		return strings.ToLower(strings.TrimPrefix(names[0], v.Prefix))
	}
	return strconv.FormatUint(n, 10)
}

// nameTables are those of nlspec that an Inspection names numbers by.
type nameTables struct {
	operState, addrFlags, scope, rtType, rtProtocol, rtTable, neighState, neighFlags *nlspec.Values
}

var tables = sync.OnceValue(func() *nameTables {
	field := func(typ uint16, name string) *nlspec.Values {
		h := grammar(typ).Header
		i := slices.IndexFunc(h.Fields, func(f nlspec.Field) bool { return f.Name == name })
		return h.Fields[i].Values
	}
	attr := func(typ, attr uint16) *nlspec.Values { return grammar(typ).Attrs.Attr(attr).Values }
	return &nameTables{
		operState:  attr(unix.RTM_NEWLINK, unix.IFLA_OPERSTATE),
		addrFlags:  attr(unix.RTM_NEWADDR, unix.IFA_FLAGS),
		scope:      field(unix.RTM_NEWROUTE, "scope"),
		rtType:     field(unix.RTM_NEWROUTE, "type"),
		rtProtocol: field(unix.RTM_NEWROUTE, "protocol"),
		rtTable:    attr(unix.RTM_NEWROUTE, unix.RTA_TABLE),
		neighState: field(unix.RTM_NEWNEIGH, "state"),
		neighFlags: field(unix.RTM_NEWNEIGH, "flags"),
	}
})

// grammar is nlspec's of a message type.
func grammar(typ uint16) nlspec.Message {
	msg := make([]byte, unix.SizeofNlMsghdr)
	binary.NativeEndian.PutUint32(msg, unix.SizeofNlMsghdr)
	binary.NativeEndian.PutUint16(msg[4:], typ)
	return nlspec.Open(unix.NETLINK_ROUTE, msg).Message
}
