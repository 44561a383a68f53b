package iproute

import (
	"path"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// An addrFilter selects addresses, for ip address show and flush.
type addrFilter struct {
	// family is AF_UNSPEC for both families.
	family          uint8
	dev             string // looked up later
	index           uint32
	to              inetPrefix
	scope           maskedUint8
	flags, flagMask uint32
	label           string // a pattern
}

// has reports whether an address is selected. If an address has no label, the
// name of its interface is used.
func (f *addrFilter) has(a *rtnl.Address, name func(index uint32) string) bool {
	local := a.Prefix.Addr()
	if f.index != 0 && f.index != a.Link.Index || !f.scope.has(a.Scope) || (f.flags^a.Flags)&f.flagMask != 0 ||
		f.family != unix.AF_UNSPEC && f.family != familyOf(local) {
		return false
	}
	if f.to.bits() > 0 && (f.to.family != familyOf(local) || !sameBits(local, f.to.prefix.Addr(), f.to.bits())) {
		return false
	}
	if f.label == "" {
		return true
	}
	label := a.Label
	if label == "" {
		label = name(a.Link.Index)
	}
	ok, err := path.Match(shellPattern(f.label), label)
	return ok && err == nil
}

// shellPattern converts a pattern of fnmatch(3) to one of path.Match.
func shellPattern(pattern string) string { return strings.ReplaceAll(pattern, "[!", "[^") }

// flag takes the name of a flag, with "-" before it for a flag that must not be
// set. It reports whether the word is one.
func (f *addrFilter) flag(word string) bool {
	name, not := strings.CutPrefix(word, "-")
	switch name {
	case "dynamic":
		name, not = "permanent", !not
	case "primary":
		name, not = "secondary", !not
	}
	a := findAddrFlag(name)
	if a == nil {
		return false
	}
	f.flagMask |= a.mask
	f.flags |= a.mask
	if not {
		f.flags &^= a.mask
	}
	return true
}

// one takes the part of the filter that starts with the keyword k, which has
// already been taken; "" means none.
func (f *addrFilter) one(w *words, k string) {
	switch k {
	case "to":
		f.to = w.inetPrefix("a prefix that contains the addresses", f.family)
		if f.family == unix.AF_UNSPEC {
			f.family = f.to.family
		}
	case "scope":
		if w.is("all") {
			f.scope = maskedUint8{}
		} else {
			f.scope = exactly8(uint8(w.named(rtScopes, `a scope or "all"`, 255)))
		}
	case "label":
		f.label = w.need("a label, or a pattern of one")
		if _, err := path.Match(shellPattern(f.label), ""); err != nil || f.label == "" {
			w.bad("a label, or a pattern of one as a shell has them for files")
		}
	default:
		if k == "" && f.flag(w.peek()) {
			w.next()
			return
		}
		if dev := w.device("an interface"); f.dev != "" {
			w.bad("only one interface; %q is already given", f.dev)
			w.garbage("dev")
		} else {
			f.dev = dev
		}
	}
}
