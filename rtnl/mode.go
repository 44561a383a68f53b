package rtnl

import "golang.org/x/sys/unix"

// A Mode says what a request does if its object exists, and if it does not. The
// zero Mode is ModeAdd. The names are those of ip(8)'s commands.
type Mode uint8

const (
	// ModeAdd creates. If the object exists, the error matches fs.ErrExist.
	ModeAdd Mode = iota
	// ModeReplace creates, or changes an existing object.
	ModeReplace
	// ModeChange changes an existing object. If there is none, the error
	// matches fs.ErrNotExist. The exception are addresses: the kernel creates a
	// missing one (inet_rtm_newaddr in net/ipv4/devinet.c, inet6_rtm_newaddr in
	// net/ipv6/addrconf.c).
	ModeChange
	// ModeAppend creates an object after those that differ only in other
	// fields: a route with the same destination, an FDB entry with another
	// remote.
	ModeAppend
	// ModePrepend creates a route before those with the same destination.
	ModePrepend
)

// String returns the command of ip(8): "add", "replace" and so on.
func (m Mode) String() string {
	switch m {
	case ModeAdd:
		return "add"
	case ModeReplace:
		return "replace"
	case ModeChange:
		return "change"
	case ModeAppend:
		return "append"
	case ModePrepend:
		return "prepend"
	}
	return "mode " + itoa(uint64(m))
}

// flags returns the NLM_F_* flags of m. It fails e if m is beyond last, the
// last mode that the kernel has for this object.
func (m Mode) flags(e *Encoder, object string, last Mode) uint16 {
	if m > last {
		e.Fail("%s: %s is not possible", object, m)
	}
	switch m {
	case ModeReplace:
		return unix.NLM_F_CREATE | unix.NLM_F_REPLACE
	case ModeChange:
		return unix.NLM_F_REPLACE
	case ModeAppend:
		return unix.NLM_F_CREATE | unix.NLM_F_APPEND
	case ModePrepend:
		return unix.NLM_F_CREATE
	}
	return unix.NLM_F_CREATE | unix.NLM_F_EXCL
}
