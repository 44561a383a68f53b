package iproute

import (
	"net/netip"
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatAddr returns the words of the ip address command that does what a
// request does. It is nil if there is none.
func formatAddr(req rtnl.Request) []string {
	switch r := req.(type) {
	case *rtnl.AddrAdd:
		if r.Mode > rtnl.ModeChange {
			return nil
		}
		return formatAddrAdd(r)
	case *rtnl.AddrDel:
		if !r.Prefix.IsValid() {
			return nil
		}
		out := []string{"address", "delete"}
		if r.AnyLength {
			out = append(out, ipText(r.Prefix.Addr()))
		} else {
			out = appendAddr(out, &r.Address)
		}
		out = append(out, "dev", linkWord(r.Link))
		if r.Label != "" {
			out = append(out, "label", r.Label)
		}
		if r.Scope != 0 {
			out = append(out, "scope", strconv.Itoa(int(r.Scope)))
		}
		if r.Flags&unix.IFA_F_MANAGETEMPADDR != 0 {
			out = append(out, "mngtmpaddr")
		}
		return out
	}
	return nil
}

func formatAddrAdd(r *rtnl.AddrAdd) []string {
	if !r.Prefix.IsValid() {
		return nil
	}
	v4 := r.Prefix.Addr().Is4()
	out := appendAddr([]string{"address", r.Mode.String()}, &r.Address)
	out = append(out, "dev", linkWord(r.Link))
	if b := r.Broadcast; b.IsValid() {
		word := ipText(b)
		if b == rtnl.BroadcastAddr(networkOf(&r.Address)) {
			word = "+"
		}
		out = append(out, "broadcast", word)
	}
	if r.Anycast.IsValid() {
		out = append(out, "anycast", ipText(r.Anycast))
	}
	if r.Label != "" {
		out = append(out, "label", r.Label)
	}
	if r.Scope != rtnl.DefaultAddrScope(r.Prefix.Addr()) {
		out = append(out, "scope", strconv.Itoa(int(r.Scope)))
	}
	if r.Metric != 0 {
		out = append(out, "metric", strconv.FormatUint(uint64(r.Metric), 10))
	}
	if r.Protocol != 0 {
		out = append(out, "proto", strconv.Itoa(int(r.Protocol)))
	}
	if r.Valid.IsSet() || r.Preferred.IsSet() {
		valid := r.Valid.Or(rtnl.Forever)
		out = append(out, "valid_lft", lifetimeWord(valid))
		if pref := r.Preferred.Or(valid); pref != rtnl.Forever {
			out = append(out, "preferred_lft", lifetimeWord(pref))
		}
	}
	flags := r.Flags
	for i := range addrFlags {
		f := &addrFlags[i]
		if !f.kernels && flags&f.mask != 0 && !(v4 && f.v6) {
			out = append(out, f.name)
			flags &^= f.mask
		}
	}
	if flags != 0 {
		return nil
	}
	return out
}

// appendAddr appends the address and its peer.
func appendAddr(out []string, a *rtnl.Address) []string {
	if a.Peer.IsValid() {
		return append(out, ipText(a.Prefix.Addr()), "peer", networkOf(a).String())
	}
	return append(out, a.Prefix.String())
}

// networkOf returns the network of an address: its own prefix, or that of its
// peer.
func networkOf(a *rtnl.Address) netip.Prefix {
	if a.Peer.IsValid() {
		return netip.PrefixFrom(a.Peer, a.Prefix.Bits())
	}
	return a.Prefix
}

func lifetimeWord(seconds uint32) string {
	if seconds == rtnl.Forever {
		return "forever"
	}
	return strconv.FormatUint(uint64(seconds), 10)
}
