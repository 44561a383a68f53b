package bridge

import (
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Attributes of IFLA_AF_SPEC for AF_BRIDGE (include/uapi/linux/if_bridge.h).
const (
	iflaBridgeFlags = 0
	iflaBridgeMode  = 1
)

// A Side says who carries out a PortSet (BRIDGE_FLAGS_* in
// include/uapi/linux/if_bridge.h). For the zero Side, that is the bridge.
type Side uint16

// Sides may be combined.
const (
	// Master is the bridge that has the device as a port.
	Master Side = 1 << iota
	// Self is the device itself, such as a network card with a built-in bridge.
	Self
)

// A Mode is how a bridge in hardware forwards (IEEE 802.1Qbg).
type Mode uint16

// The modes of a bridge in hardware (BRIDGE_MODE_* in
// include/uapi/linux/if_bridge.h).
const (
	// VEB forwards between its own ports. VEPA leaves that to the external
	// switch.
	VEB Mode = iota
	VEPA
)

// PortSet is the RTM_SETLINK for AF_BRIDGE of `bridge link set`. For a device
// that is not a port, the kernel returns EOPNOTSUPP.
type PortSet struct {
	// Link is the port.
	Link rtnl.LinkRef
	// Options are the options to change.
	Options PortOptions
	// Side says who changes them.
	Side Side
	// Mode is for Self only.
	Mode rtnl.Opt[Mode]
}

// Encode implements rtnl.Request.
func (r *PortSet) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_SETLINK, 0)
	if r.Link.IsZero() {
		e.Fail("bridge port: no interface given")
		return
	}
	// struct ifinfomsg: family, index, flags and the mask of flags.
	e.Header(unix.AF_BRIDGE, 0, 0, 0)
	e.HeaderLink(r.Link)
	e.Header(0, 0, 0, 0, 0, 0, 0, 0)
	mark := e.Nest(unix.IFLA_PROTINFO)
	r.Options.EncodeData(e)
	e.EndNest(mark)
	mode, hasMode := r.Mode.Get()
	if r.Side == 0 && !hasMode {
		return
	}
	mark = e.NestPlain(unix.IFLA_AF_SPEC)
	if r.Side != 0 {
		e.Uint16(iflaBridgeFlags, uint16(r.Side))
	}
	if hasMode {
		e.Uint16(iflaBridgeMode, uint16(mode))
	}
	e.EndNest(mark)
}
