package rtnl

import "golang.org/x/sys/unix"

// A Mode says what a request does when its object exists, and when it does not.
// The zero Mode is ModeAdd. The names are the commands of ip(8).
type Mode uint8

const (
	// ModeAdd creates, and fails with fs.ErrExist where the object exists.
	ModeAdd Mode = iota
	// ModeReplace creates, or changes what exists.
	ModeReplace
	// ModeChange changes what exists, and fails with fs.ErrNotExist otherwise.
	// Addresses are the exception: the kernel creates one that is missing
	// (inet_rtm_newaddr in net/ipv4/devinet.c, inet6_rtm_newaddr in
	// net/ipv6/addrconf.c).
	ModeChange
	// ModeAppend creates behind objects that differ in something else: a
	// route with the same destination, an FDB entry with another remote.
	ModeAppend
	// ModePrepend creates a route in front of those with the same destination.
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

// flags returns the NLM_F_* flags of m. It fails e where m is none of those up
// to last, the last mode that the kernel has for this object.
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
