package iproute

import (
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseNexthopAdd(mode rtnl.Mode) func(*Command, *words) {
	return func(c *Command, w *words) {
		add := &rtnl.NexthopAdd{Mode: mode}
		if c.parseNexthop(w, &add.NexthopObject) {
			return
		}
		c.op(add)
		if add.OIF.Name != "" {
			c.wrongDevs(peerWrongDev, add.OIF.Name)
		}
	}
}

// parseNexthopDel takes the id of a nexthop. What else iproute2 sends the
// kernel refuses.
func parseNexthopDel(c *Command, w *words) {
	if id, ok := c.nexthopID(w, "delete", statusKernel); ok {
		c.op(&rtnl.NexthopDel{ID: id})
	}
}

// nexthopID takes "id ID", for which a command of iproute2 has an exit status
// if it is missing. It is not ok for "help".
func (c *Command) nexthopID(w *words, verb string, missing int) (id uint32, ok bool) {
	for w.more() {
		switch w.keyword("id help") {
		case "id":
			id = w.nexthopNumber()
		case "help":
			c.usage(w, nexthopUsage)
			return 0, false
		default:
			w.next()
			w.bad(`"id ID"`)
		}
	}
	if id == 0 && w.err == nil {
		w.failWith(missing, `ip nexthop %s needs "id ID", with an ID above 0`, verb)
	}
	return id, true
}

func (w *words) nexthopNumber() (id uint32) {
	w.peerWrong("Error: argument %q is wrong: invalid id value", func() { id = w.uint32("the id of a nexthop") })
	return id
}

// nexthopObjectKeys are the parameters of a nexthop (ipnh_modify in
// ip/ipnexthop.c).
const nexthopObjectKeys keywords = "id dev via encap blackhole fdb onlink group type protocol* help"

// parseNexthop takes a nexthop. It reports whether the words ask for help.
func (c *Command) parseNexthop(w *words, n *rtnl.NexthopObject) (help bool) {
	n.Family = c.Options.Family
	for w.more() {
		switch k := w.keyword(nexthopObjectKeys); k {
		case "id":
			n.ID = w.nexthopNumber()
		case "dev":
			n.OIF.Name = w.device("an interface")
			n.Family = max(n.Family, unix.AF_INET)
		case "via":
			n.Gateway = w.nexthopGateway(&n.Family)
		case "blackhole":
			n.Blackhole = true
			n.Family = max(n.Family, unix.AF_INET)
		case "fdb":
			n.FDB = true
		case "onlink":
			n.Flags |= unix.RTNH_F_ONLINK
		case "group":
			w.peerWrong(`Error: argument %q is wrong: "group" value is invalid`, func() { n.Group = w.nexthopGroup() })
		case "type":
			w.peerWrong(`Error: argument %q is wrong: "type" value is invalid`, func() { w.nexthopType(n) })
		case "protocol":
			w.peerWrong(`Error: argument %q is wrong: "protocol" value is invalid`, func() {
				n.Protocol = uint8(w.named(rtProtos, "a routing protocol", 255))
			})
		case "encap":
			w.notHere(k)
		case "help":
			c.usage(w, nexthopUsage)
			return true
		default:
			w.next()
			w.bad(`a parameter of a nexthop, such as "id", "via" or "group"`)
		}
	}
	return false
}

// nexthopGateway takes what follows "via". Its family must be the nexthop's.
func (w *words) nexthopGateway(family *uint8) netip.Addr {
	own := *family
	switch {
	case w.is("inet"):
		own = unix.AF_INET
	case w.is("inet6"):
		own = unix.AF_INET6
	}
	a := w.inetAddr("a gateway", own)
	if *family == unix.AF_UNSPEC {
		*family = familyOf(a)
	}
	if w.err == nil && familyOf(a) != *family {
		w.bad("a gateway of the family %s; write it before dev, or the option -6", familyName(*family))
		w.peer("Error: argument %q is wrong: address family mismatch", w.all[w.i-1])
	}
	return a
}

// nexthopGroup takes "ID[,WEIGHT]/ID[,WEIGHT]...".
func (w *words) nexthopGroup() (group []rtnl.NexthopMember) {
	const want = "a group: ID[,WEIGHT]/ID[,WEIGHT]..., with weights from 1 to 256"
	for part := range strings.SplitSeq(w.need(want), "/") {
		id, weight, weighted := strings.Cut(part, ",")
		n, err := parseUint(id)
		m := rtnl.NexthopMember{ID: uint32(n)}
		if err == nil && weighted {
			var v uint64
			v, err = parseUint(weight)
			if v == 0 || v > 256 {
				w.bad(want)
			}
			if v > 1 {
				m.Weight = uint16(v) // 1 needs no word
			}
		}
		if err != nil || n > math.MaxUint32 {
			w.bad(want)
		}
		group = append(group, m)
	}
	return group
}

// nexthopType takes the type of a group, with its parameters.
func (w *words) nexthopType(n *rtnl.NexthopObject) {
	switch w.need("a type of group: mpath or resilient") {
	case "mpath":
		n.GroupType = rtnl.NexthopGroupHash
		return
	case "resilient":
		n.GroupType = rtnl.NexthopGroupResilient
	default:
		w.bad("a type of group: mpath or resilient")
		return
	}
	if !w.more() {
		return
	}
	n.Resilient = &rtnl.ResilientGroup{}
	for w.more() {
		switch w.keyword("buckets idle_timer unbalanced_timer") {
		case "buckets":
			n.Resilient.Buckets = rtnl.Some(w.uint16("a number of buckets"))
		case "idle_timer":
			n.Resilient.IdleTimer = rtnl.Some(w.nexthopTimer())
		case "unbalanced_timer":
			n.Resilient.UnbalancedTimer = rtnl.Some(w.nexthopTimer())
		default:
			return
		}
	}
}

func (w *words) nexthopTimer() time.Duration {
	return time.Duration(w.number("a time in seconds", 0, math.MaxUint32/100-1)) * time.Second
}
