package rtnl

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// BondPort are the options of a bond's slave: the Port of a LinkSet.
type BondPort struct {
	// QueueID is the bond's transmit queue that uses this slave, 0 for none.
	QueueID Opt[uint16]
	// Prio is compared when another slave becomes active; the larger one wins. It
	// is for the modes active-backup, balance-tlb and balance-alb (Linux 6.0).
	Prio Opt[int32]
}

// BondPortInfo is what the kernel reports about a bond's slave: a Link's
// PortData.
type BondPortInfo struct {
	BondPort
	// State is 0 for a slave in use, 1 for another one.
	State Opt[uint8]
	// MIIStatus is 0 up, 1 going down, 2 down, 3 coming back.
	MIIStatus Opt[uint8]
	// LinkFailureCount is how often the carrier went.
	LinkFailureCount Opt[uint32]
	// PermHWAddr is the MAC address that it has without the bond.
	PermHWAddr net.HardwareAddr
	// ADAggregatorID is the number of its aggregator in mode 802.3ad.
	ADAggregatorID Opt[uint16]
	// ADActorOperPortState and ADPartnerOperPortState are the bits of LACP's port
	// state (IEEE 802.3-2008, 43.4.2.2) on both sides.
	ADActorOperPortState   Opt[uint8]
	ADPartnerOperPortState Opt[uint16]
}

// Kind returns "bond".
func (*BondPort) Kind() string { return "bond" }

// EncodeData implements Kind.
func (k *BondPort) EncodeData(e *Encoder) {
	opt16(e, unix.IFLA_BOND_SLAVE_QUEUE_ID, k.QueueID)
	if v, ok := k.Prio.Get(); ok {
		e.Int32(unix.IFLA_BOND_SLAVE_PRIO, v)
	}
}

// DecodeBondPort reads the IFLA_INFO_SLAVE_DATA of a bond's slave, a Link's
// PortData.
func DecodeBondPort(data []byte) (*BondPortInfo, error) {
	k := &BondPortInfo{}
	r := AttrReader{rest: data}
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_BOND_SLAVE_STATE:
			k.State = Some(r.Uint8())
		case unix.IFLA_BOND_SLAVE_MII_STATUS:
			k.MIIStatus = Some(r.Uint8())
		case unix.IFLA_BOND_SLAVE_LINK_FAILURE_COUNT:
			k.LinkFailureCount = Some(r.Uint32())
		case unix.IFLA_BOND_SLAVE_PERM_HWADDR:
			k.PermHWAddr = r.HardwareAddr()
		case unix.IFLA_BOND_SLAVE_QUEUE_ID:
			k.QueueID = Some(r.Uint16())
		case unix.IFLA_BOND_SLAVE_AD_AGGREGATOR_ID:
			k.ADAggregatorID = Some(r.Uint16())
		case unix.IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE:
			k.ADActorOperPortState = Some(r.Uint8())
		case unix.IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE:
			k.ADPartnerOperPortState = Some(r.Uint16())
		case unix.IFLA_BOND_SLAVE_PRIO:
			k.Prio = Some(r.Int32())
		}
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("options of a bond's port: %w", r.Err())
	}
	return k, nil
}
