package iproute

import (
	"strconv"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatNexthop returns the words of the ip nexthop command that does what a
// request does. It is nil if there is none.
func formatNexthop(req rtnl.Request) []string {
	switch r := req.(type) {
	case *rtnl.NexthopAdd:
		if r.Mode <= rtnl.ModeReplace {
			return formatNexthopAdd(r)
		}
	case *rtnl.NexthopDel:
		return []string{"nexthop", "delete", "id", strconv.FormatUint(uint64(r.ID), 10)}
	}
	return nil
}

func formatNexthopAdd(r *rtnl.NexthopAdd) []string {
	const state = unix.RTNH_F_DEAD | unix.RTNH_F_LINKDOWN | unix.RTNH_F_UNRESOLVED | unix.RTNH_F_OFFLOAD | unix.RTNH_F_TRAP
	if r.EncapType != 0 || r.Flags&^(unix.RTNH_F_ONLINK|state) != 0 || int(r.GroupType) >= len(nexthopTypes) ||
		r.Resilient != nil && r.GroupType != rtnl.NexthopGroupResilient {
		return nil
	}
	var f []string
	add := func(words ...string) { f = append(f, words...) }
	number := func(word string, v uint64) { add(word, strconv.FormatUint(v, 10)) }
	if r.Family == unix.AF_INET6 {
		add("-6") // a gateway may follow the interface, or be missing
	}
	add("nexthop", r.Mode.String())
	if r.ID != 0 {
		number("id", uint64(r.ID))
	}
	if r.Blackhole {
		add("blackhole")
	}
	if r.Gateway.IsValid() {
		add("via", ipText(r.Gateway))
	}
	if word := devWord(r.OIF); word != "" {
		add("dev", word)
	}
	if r.Flags&unix.RTNH_F_ONLINK != 0 {
		add("onlink")
	}
	if len(r.Group) > 0 {
		add("group", membersWord(r.Group))
	}
	if r.FDB {
		add("fdb")
	}
	if r.Protocol != 0 {
		number("protocol", uint64(r.Protocol))
	}
	if r.GroupType != 0 {
		add("type", nexthopTypes[r.GroupType])
	}
	if g := r.Resilient; g != nil {
		if v, ok := g.Buckets.Get(); ok {
			number("buckets", uint64(v))
		}
		for _, t := range []struct {
			word string
			d    rtnl.Opt[time.Duration]
		}{{"idle_timer", g.IdleTimer}, {"unbalanced_timer", g.UnbalancedTimer}} {
			d, ok := t.d.Get()
			switch {
			case ok && d%time.Second != 0:
				return nil
			case ok:
				number(t.word, uint64(d/time.Second))
			}
		}
	}
	return f
}

// membersWord writes the members of a group as one word.
func membersWord(group []rtnl.NexthopMember) string {
	var b []byte
	for i, m := range group {
		if i > 0 {
			b = append(b, '/')
		}
		b = strconv.AppendUint(b, uint64(m.ID), 10)
		if m.Weight > 1 {
			b = strconv.AppendUint(append(b, ','), uint64(m.Weight), 10)
		}
	}
	return string(b)
}
