package rtnl

import (
	"net"

	"golang.org/x/sys/unix"
)

// Macvlan is a device with a MAC address of its own on the link that
// LinkAttrs.Link gives (drivers/net/macvlan.c). A LinkAdd leaves absent fields
// to the kernel; a LinkSet does not change them.
type Macvlan struct {
	// Mode says which devices on the same link it reaches, one of Macvlan*
	// constants. The kernel's default is MacvlanVEPA. It changes neither to nor
	// from MacvlanPassthru.
	Mode Opt[uint32]
	// Flags are MacvlanNoPromisc and MacvlanNoDst.
	Flags Opt[uint16]
	// MACAddrMode says what to do with MACAddr or MACAddrs, the addresses of the
	// senders of mode MacvlanSource: one of MacvlanMACAddr*.
	MACAddrMode Opt[uint32]
	// MACAddr is the address to add or to delete.
	MACAddr net.HardwareAddr
	// MACAddrs are all addresses, for MacvlanMACAddrSet.
	MACAddrs []net.HardwareAddr
	// BCQueueLen bounds the queue of broadcast packets, in packets (Linux 5.11).
	// The kernel takes the largest of those of all devices on the link.
	BCQueueLen Opt[uint32]
}

// MacvlanInfo is what the kernel reports about such a device: every option that
// it knows.
type MacvlanInfo struct {
	Macvlan
	// MACAddrCount is the number of MACAddrs.
	MACAddrCount Opt[uint32]
	// BCQueueLenUsed is the length in use, the largest BCQueueLen on the link.
	BCQueueLenUsed Opt[uint32]
}

// Modes of a Macvlan (enum macvlan_mode in include/uapi/linux/if_link.h): it
// reaches no other on the link, or those that the switch beyond reflects to, or
// all; or it is the only one, and has the link's MAC address; or it takes only
// what certain MAC addresses send.
const (
	MacvlanPrivate  uint32 = 1
	MacvlanVEPA     uint32 = 2
	MacvlanBridge   uint32 = 4
	MacvlanPassthru uint32 = 8
	MacvlanSource   uint32 = 16
)

// Flags of a Macvlan (include/uapi/linux/if_link.h): in MacvlanPassthru the link
// does not become promiscuous; in MacvlanSource a packet goes only to the
// devices that take its sender (Linux 5.15).
const (
	MacvlanNoPromisc uint16 = 1
	MacvlanNoDst     uint16 = 2
)

// What a request does with the senders of a Macvlan (enum macvlan_macaddr_mode
// in include/uapi/linux/if_link.h).
const (
	MacvlanMACAddrAdd uint32 = iota
	MacvlanMACAddrDel
	MacvlanMACAddrFlush
	MacvlanMACAddrSet
)

// Numbers that x/sys/unix lacks in some versions (include/uapi/linux/if_link.h).
const (
	iflaMacvlanBCQueueLen     = 7
	iflaMacvlanBCQueueLenUsed = 8
)

// Kind returns "macvlan".
func (*Macvlan) Kind() string { return "macvlan" }

// EncodeData implements Kind.
func (k *Macvlan) EncodeData(e *Encoder) {
	opt32(e, iflaMacvlanBCQueueLen, k.BCQueueLen)
	opt32(e, unix.IFLA_MACVLAN_MACADDR_MODE, k.MACAddrMode)
	if len(k.MACAddr) > 0 {
		e.HardwareAddr(unix.IFLA_MACVLAN_MACADDR, k.MACAddr)
	}
	if k.MACAddrMode == Some(MacvlanMACAddrSet) {
		mark := e.Nest(unix.IFLA_MACVLAN_MACADDR_DATA)
		for _, a := range k.MACAddrs {
			e.HardwareAddr(unix.IFLA_MACVLAN_MACADDR, a)
		}
		e.EndNest(mark)
	}
	opt32(e, unix.IFLA_MACVLAN_MODE, k.Mode)
	opt16(e, unix.IFLA_MACVLAN_FLAGS, k.Flags)
}

// DecodeMacvlan reads the IFLA_INFO_DATA of a Macvlan, a Link's Data. MACAddrs
// are in the kernel's order. MACAddrMode is MacvlanMACAddrSet if there are any.
func DecodeMacvlan(data []byte) (*MacvlanInfo, error) {
	k := &MacvlanInfo{}
	r := AttrReader{rest: data}
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_MACVLAN_MODE:
			k.Mode = Some(r.Uint32())
		case unix.IFLA_MACVLAN_FLAGS:
			k.Flags = Some(r.Uint16())
		case unix.IFLA_MACVLAN_MACADDR_MODE: // in a request
			k.MACAddrMode = Some(r.Uint32())
		case unix.IFLA_MACVLAN_MACADDR:
			k.MACAddr = r.HardwareAddr()
		case unix.IFLA_MACVLAN_MACADDR_COUNT:
			k.MACAddrCount = Some(r.Uint32())
		case unix.IFLA_MACVLAN_MACADDR_DATA:
			nest := r.Nested()
			for nest.Next() {
				if nest.Type() == unix.IFLA_MACVLAN_MACADDR {
					k.MACAddrMode = Some(MacvlanMACAddrSet)
					k.MACAddrs = append(k.MACAddrs, nest.HardwareAddr())
				}
			}
			r.Adopt(&nest)
		case iflaMacvlanBCQueueLen:
			k.BCQueueLen = Some(r.Uint32())
		case iflaMacvlanBCQueueLenUsed:
			k.BCQueueLenUsed = Some(r.Uint32())
		}
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return k, nil
}

// decodeMacvlanKind reads the options in a request.
func decodeMacvlanKind(data []byte) (Kind, error) {
	k, err := DecodeMacvlan(data)
	if err != nil {
		return nil, err
	}
	return &k.Macvlan, nil
}
