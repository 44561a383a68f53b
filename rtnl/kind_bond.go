package rtnl

import (
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Bond is a device that sends and receives through several others, its slaves
// (drivers/net/bonding). Links become its slaves by their Master, and have to be
// down for that. A LinkAdd leaves absent fields to the kernel; a LinkSet does
// not change them. Times are in milliseconds. The kernel refuses options that
// the mode does not have with EACCES, and those that it cannot change with
// slaves, or while the bond is up, with ENOTEMPTY and EBUSY
// (bond_options.c there).
type Bond struct {
	// Mode is one of Bond* constants, by default BondBalanceRR. It changes only
	// while the bond is down and has no slaves.
	Mode Opt[uint8]
	// ActiveSlave is the slave in use, for the modes active-backup, balance-tlb
	// and balance-alb. The zero LinkRef lets the kernel choose.
	ActiveSlave Opt[LinkRef]
	// MIIMon is how often the carrier of slaves is looked at, 0 for never, up to
	// 2^31-1. The modes 802.3ad, balance-tlb and balance-alb have 100 unless they
	// are given another one. It excludes ARPInterval.
	MIIMon Opt[uint32]
	// UpDelay and DownDelay are how long a carrier that comes or goes is waited
	// for. They need MIIMon, and are rounded down to a multiple of it.
	UpDelay, DownDelay Opt[uint32]
	// UseCarrier is 1 to ask the driver for the carrier, as all kernels do since
	// 6.18, 0 for MII ioctls.
	UseCarrier Opt[uint8]
	// ARPInterval is how often ARPIPTargets and NSIP6Targets are asked, 0 for
	// never.
	ARPInterval Opt[uint32]
	// ARPIPTargets are at most 16 IPv4 addresses. If it is not nil, they replace
	// those that are there.
	ARPIPTargets []netip.Addr
	// NSIP6Targets are at most 16 IPv6 addresses (Linux 6.0). If it is not nil,
	// they replace those that are there.
	NSIP6Targets []netip.Addr
	// ARPValidate says which slaves have to hear answers: 0 none, 1 active, 2
	// backup, 3 all, 4 filter, 5 filter_active, 6 filter_backup.
	ARPValidate Opt[uint32]
	// ARPAllTargets is 1 if all targets have to answer, 0 for any of them.
	ARPAllTargets Opt[uint32]
	// Primary is the slave that is preferred, which need not be one yet, for the
	// modes of ActiveSlave. The zero LinkRef is none.
	Primary Opt[LinkRef]
	// PrimaryReselect says when Primary becomes active again: 0 always, 1 better,
	// 2 failure.
	PrimaryReselect Opt[uint8]
	// FailOverMAC says whose MAC address is used in mode active-backup: 0 all
	// slaves have that of the bond, 1 active: the bond has that of the active
	// slave, 2 follow: the active slave has that of the bond. It changes only
	// without slaves.
	FailOverMAC Opt[uint8]
	// XmitHashPolicy chooses the slave for a packet: 0 layer2, 1 layer3+4, 2
	// layer2+3, 3 encap2+3, 4 encap3+4, 5 vlan+srcmac (Linux 5.12).
	XmitHashPolicy Opt[uint8]
	// ResendIGMP is how many reports are sent after a failover, 0 to 255.
	ResendIGMP Opt[uint32]
	// NumPeerNotif is how many gratuitous ARPs and NAs are sent after a failover.
	NumPeerNotif Opt[uint8]
	// PeerNotifDelay is between those, 0 to 300000. It needs MIIMon, and is
	// rounded down to a multiple of it.
	PeerNotifDelay Opt[uint32]
	// AllSlavesActive is 1 to take what inactive slaves receive.
	AllSlavesActive Opt[uint8]
	// MinLinks is how many slaves need a carrier for the bond to have one.
	MinLinks Opt[uint32]
	// LPInterval is in seconds, between the packets that teach switches
	// addresses, from 1.
	LPInterval Opt[uint32]
	// PacketsPerSlave is for mode balance-rr, up to 65535; 0 chooses at random.
	PacketsPerSlave Opt[uint32]
	// LACPActive is 0 to send LACPDUs only as an answer, 1 otherwise (Linux
	// 5.15). It and the following ones are for mode 802.3ad (LACP).
	LACPActive Opt[uint8]
	// LACPRate is 0 to ask the partner for an LACPDU each 30 s, 1 for each
	// second. It changes only while the bond is down.
	LACPRate Opt[uint8]
	// ADSelect says when another aggregator is chosen: 0 stable, 1 bandwidth, 2
	// count. It changes only while the bond is down.
	ADSelect Opt[uint8]
	// ADActorSysPrio is the system's priority, 1 to 65535.
	ADActorSysPrio Opt[uint16]
	// ADUserPortKey is the upper part of the ports' key, 0 to 1023. It changes
	// only while the bond is down.
	ADUserPortKey Opt[uint16]
	// ADActorSystem is the system's MAC address in LACPDUs; all zero is that of
	// the bond.
	ADActorSystem net.HardwareAddr
	// TLBDynamicLB is 0 to choose slaves by XmitHashPolicy in mode balance-tlb, 1
	// by their load. It changes only while the bond is down.
	TLBDynamicLB Opt[uint8]
	// MissedMax is how many ARPInterval may pass without an answer, 1 to 255
	// (Linux 5.17).
	MissedMax Opt[uint8]
}

// BondInfo is what the kernel reports about a bond: its state, and every option
// that it knows. ADActorSysPrio, ADUserPortKey and ADActorSystem it tells only
// those who administer the initial user namespace.
type BondInfo struct {
	Bond
	// ADInfo is the aggregator in use, nil in other modes than 802.3ad and
	// without slaves.
	ADInfo *BondADInfo
}

// BondADInfo is the state of LACP.
type BondADInfo struct {
	// Aggregator is the number of the aggregator, NumPorts that of its slaves.
	Aggregator, NumPorts Opt[uint16]
	// ActorKey and PartnerKey are the keys of both sides.
	ActorKey, PartnerKey Opt[uint16]
	// PartnerMAC is the other side's system, all zero if there is none.
	PartnerMAC net.HardwareAddr
}

// Modes of a Bond (include/uapi/linux/if_bonding.h).
const (
	BondBalanceRR uint8 = iota
	BondActiveBackup
	BondBalanceXOR
	BondBroadcast
	Bond8023AD
	BondBalanceTLB
	BondBalanceALB
)

// Numbers that x/sys/unix lacks in some versions (include/uapi/linux/if_link.h).
const (
	iflaBondPeerNotifDelay = 28
	iflaBondADLACPActive   = 29
	iflaBondMissedMax      = 30
	iflaBondNSIP6Target    = 31
)

// maxBondTargets is BOND_MAX_ARP_TARGETS in include/net/bonding.h.
const maxBondTargets = 16

// Kind returns "bond".
func (*Bond) Kind() string { return "bond" }

// EncodeData implements Kind. The kernel sets options in an order of its own,
// so the mode of a request counts for all of them.
func (k *Bond) EncodeData(e *Encoder) {
	opt8(e, unix.IFLA_BOND_MODE, k.Mode)
	optLink(e, unix.IFLA_BOND_ACTIVE_SLAVE, k.ActiveSlave)
	opt32(e, unix.IFLA_BOND_MIIMON, k.MIIMon)
	opt32(e, unix.IFLA_BOND_UPDELAY, k.UpDelay)
	opt32(e, unix.IFLA_BOND_DOWNDELAY, k.DownDelay)
	opt32(e, iflaBondPeerNotifDelay, k.PeerNotifDelay)
	opt8(e, unix.IFLA_BOND_USE_CARRIER, k.UseCarrier)
	opt32(e, unix.IFLA_BOND_ARP_INTERVAL, k.ARPInterval)
	bondTargets(e, unix.IFLA_BOND_ARP_IP_TARGET, k.ARPIPTargets, netip.Addr.Is4, "IPv4")
	bondTargets(e, iflaBondNSIP6Target, k.NSIP6Targets, netip.Addr.Is6, "IPv6")
	opt32(e, unix.IFLA_BOND_ARP_VALIDATE, k.ARPValidate)
	opt32(e, unix.IFLA_BOND_ARP_ALL_TARGETS, k.ARPAllTargets)
	optLink(e, unix.IFLA_BOND_PRIMARY, k.Primary)
	opt8(e, unix.IFLA_BOND_PRIMARY_RESELECT, k.PrimaryReselect)
	opt8(e, unix.IFLA_BOND_FAIL_OVER_MAC, k.FailOverMAC)
	opt8(e, unix.IFLA_BOND_XMIT_HASH_POLICY, k.XmitHashPolicy)
	opt32(e, unix.IFLA_BOND_RESEND_IGMP, k.ResendIGMP)
	opt8(e, unix.IFLA_BOND_NUM_PEER_NOTIF, k.NumPeerNotif)
	opt8(e, unix.IFLA_BOND_ALL_SLAVES_ACTIVE, k.AllSlavesActive)
	opt32(e, unix.IFLA_BOND_MIN_LINKS, k.MinLinks)
	opt32(e, unix.IFLA_BOND_LP_INTERVAL, k.LPInterval)
	opt32(e, unix.IFLA_BOND_PACKETS_PER_SLAVE, k.PacketsPerSlave)
	opt8(e, unix.IFLA_BOND_AD_LACP_RATE, k.LACPRate)
	opt8(e, iflaBondADLACPActive, k.LACPActive)
	opt8(e, unix.IFLA_BOND_AD_SELECT, k.ADSelect)
	opt16(e, unix.IFLA_BOND_AD_USER_PORT_KEY, k.ADUserPortKey)
	opt16(e, unix.IFLA_BOND_AD_ACTOR_SYS_PRIO, k.ADActorSysPrio)
	if len(k.ADActorSystem) > 0 {
		e.HardwareAddr(unix.IFLA_BOND_AD_ACTOR_SYSTEM, k.ADActorSystem)
	}
	opt8(e, unix.IFLA_BOND_TLB_DYNAMIC_LB, k.TLBDynamicLB)
	opt8(e, iflaBondMissedMax, k.MissedMax)
}

func optLink(e *Encoder, typ uint16, o Opt[LinkRef]) {
	if l, ok := o.Get(); ok {
		e.Link(typ, l)
	}
}

// bondTargets appends a list of addresses, unless it is nil.
func bondTargets(e *Encoder, typ uint16, all []netip.Addr, is func(netip.Addr) bool, family string) {
	if all == nil {
		return
	}
	if len(all) > maxBondTargets {
		e.Fail("a bond has at most %d targets of a family, not %d", maxBondTargets, len(all))
		return
	}
	mark := e.Nest(typ)
	for i, a := range all {
		if !is(a) || a.Is4In6() || a.Zone() != "" {
			e.Fail("a bond's target %v is not an %s address", a, family)
			return
		}
		e.Addr(uint16(i), a)
	}
	e.EndNest(mark)
}

// DecodeBond reads the IFLA_INFO_DATA of a bond, a Link's Data.
func DecodeBond(data []byte) (*BondInfo, error) {
	k := &BondInfo{}
	r := AttrReader{rest: data}
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_BOND_MODE:
			k.Mode = Some(r.Uint8())
		case unix.IFLA_BOND_ACTIVE_SLAVE:
			k.ActiveSlave = Some(LinkIndex(r.Uint32()))
		case unix.IFLA_BOND_MIIMON:
			k.MIIMon = Some(r.Uint32())
		case unix.IFLA_BOND_UPDELAY:
			k.UpDelay = Some(r.Uint32())
		case unix.IFLA_BOND_DOWNDELAY:
			k.DownDelay = Some(r.Uint32())
		case iflaBondPeerNotifDelay:
			k.PeerNotifDelay = Some(r.Uint32())
		case unix.IFLA_BOND_USE_CARRIER:
			k.UseCarrier = Some(r.Uint8())
		case unix.IFLA_BOND_ARP_INTERVAL:
			k.ARPInterval = Some(r.Uint32())
		case unix.IFLA_BOND_ARP_IP_TARGET:
			k.ARPIPTargets = r.addrs(4)
		case iflaBondNSIP6Target:
			k.NSIP6Targets = r.addrs(16)
		case unix.IFLA_BOND_ARP_VALIDATE:
			k.ARPValidate = Some(r.Uint32())
		case unix.IFLA_BOND_ARP_ALL_TARGETS:
			k.ARPAllTargets = Some(r.Uint32())
		case unix.IFLA_BOND_PRIMARY:
			k.Primary = Some(LinkIndex(r.Uint32()))
		case unix.IFLA_BOND_PRIMARY_RESELECT:
			k.PrimaryReselect = Some(r.Uint8())
		case unix.IFLA_BOND_FAIL_OVER_MAC:
			k.FailOverMAC = Some(r.Uint8())
		case unix.IFLA_BOND_XMIT_HASH_POLICY:
			k.XmitHashPolicy = Some(r.Uint8())
		case unix.IFLA_BOND_RESEND_IGMP:
			k.ResendIGMP = Some(r.Uint32())
		case unix.IFLA_BOND_NUM_PEER_NOTIF:
			k.NumPeerNotif = Some(r.Uint8())
		case unix.IFLA_BOND_ALL_SLAVES_ACTIVE:
			k.AllSlavesActive = Some(r.Uint8())
		case unix.IFLA_BOND_MIN_LINKS:
			k.MinLinks = Some(r.Uint32())
		case unix.IFLA_BOND_LP_INTERVAL:
			k.LPInterval = Some(r.Uint32())
		case unix.IFLA_BOND_PACKETS_PER_SLAVE:
			k.PacketsPerSlave = Some(r.Uint32())
		case unix.IFLA_BOND_AD_LACP_RATE:
			k.LACPRate = Some(r.Uint8())
		case iflaBondADLACPActive:
			k.LACPActive = Some(r.Uint8())
		case unix.IFLA_BOND_AD_SELECT:
			k.ADSelect = Some(r.Uint8())
		case unix.IFLA_BOND_AD_INFO:
			k.ADInfo = r.bondADInfo()
		case unix.IFLA_BOND_AD_ACTOR_SYS_PRIO:
			k.ADActorSysPrio = Some(r.Uint16())
		case unix.IFLA_BOND_AD_USER_PORT_KEY:
			k.ADUserPortKey = Some(r.Uint16())
		case unix.IFLA_BOND_AD_ACTOR_SYSTEM:
			k.ADActorSystem = r.HardwareAddr()
		case unix.IFLA_BOND_TLB_DYNAMIC_LB:
			k.TLBDynamicLB = Some(r.Uint8())
		case iflaBondMissedMax:
			k.MissedMax = Some(r.Uint8())
		}
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("bond options: %w", r.Err())
	}
	return k, nil
}

// addrs reads a list of addresses of so many bytes, which may be empty but is
// not nil.
func (r *AttrReader) addrs(size int) []netip.Addr {
	all := []netip.Addr{}
	for n := r.Nested(); ; {
		if !n.Next() {
			r.Adopt(&n)
			return all
		}
		if a := n.Addr(); a.BitLen() == 8*size {
			all = append(all, a)
		} else {
			n.short(size)
		}
	}
}

func (r *AttrReader) bondADInfo() *BondADInfo {
	info := &BondADInfo{}
	n := r.Nested()
	for n.Next() {
		switch n.Type() {
		case unix.IFLA_BOND_AD_INFO_AGGREGATOR:
			info.Aggregator = Some(n.Uint16())
		case unix.IFLA_BOND_AD_INFO_NUM_PORTS:
			info.NumPorts = Some(n.Uint16())
		case unix.IFLA_BOND_AD_INFO_ACTOR_KEY:
			info.ActorKey = Some(n.Uint16())
		case unix.IFLA_BOND_AD_INFO_PARTNER_KEY:
			info.PartnerKey = Some(n.Uint16())
		case unix.IFLA_BOND_AD_INFO_PARTNER_MAC:
			info.PartnerMAC = n.HardwareAddr()
		}
	}
	r.Adopt(&n)
	return info
}

func decodeBondKind(data []byte) (Kind, error) {
	k, err := DecodeBond(data)
	if err != nil {
		return nil, err
	}
	return &k.Bond, nil
}
