package iproute

import (
	"slices"
	"sync"
	"time"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// vlanGlobals are the options of bridge vlan global set.
var vlanGlobals = sync.OnceValue(func() []kindOption[bridge.VLANGlobal] {
	type options = bridge.VLANGlobal
	interval := func(name string, field func(*options) *rtnl.Opt[time.Duration]) kindOption[options] {
		return ticksOption(name, 64, field)
	}
	return []kindOption[options]{
		numberOption("mcast_snooping", 8, func(o *options) *rtnl.Opt[uint8] { return &o.MulticastSnooping }),
		numberOption("mcast_querier", 8, func(o *options) *rtnl.Opt[uint8] { return &o.MulticastQuerier }),
		numberOption("mcast_igmp_version", 8, func(o *options) *rtnl.Opt[uint8] { return &o.MulticastIGMPVersion }),
		numberOption("mcast_mld_version", 8, func(o *options) *rtnl.Opt[uint8] { return &o.MulticastMLDVersion }),
		numberOption("mcast_last_member_count", 32, func(o *options) *rtnl.Opt[uint32] { return &o.MulticastLastMemberCount }),
		interval("mcast_last_member_interval", func(o *options) *rtnl.Opt[time.Duration] { return &o.MulticastLastMemberInterval }),
		numberOption("mcast_startup_query_count", 32, func(o *options) *rtnl.Opt[uint32] { return &o.MulticastStartupQueryCount }),
		interval("mcast_startup_query_interval", func(o *options) *rtnl.Opt[time.Duration] { return &o.MulticastStartupQueryInterval }),
		interval("mcast_membership_interval", func(o *options) *rtnl.Opt[time.Duration] { return &o.MulticastMembershipInterval }),
		interval("mcast_querier_interval", func(o *options) *rtnl.Opt[time.Duration] { return &o.MulticastQuerierInterval }),
		interval("mcast_query_interval", func(o *options) *rtnl.Opt[time.Duration] { return &o.MulticastQueryInterval }),
		interval("mcast_query_response_interval", func(o *options) *rtnl.Opt[time.Duration] { return &o.MulticastQueryResponseInterval }),
	}
})

func parseVLANGlobal(c *Command, w *words) {
	switch {
	case !w.more(), w.is("show", "lst", "list"):
		f := parseVLANFilter(c, w)
		f.global = true
		c.do = f.show
	case w.is("set"):
		parseVLANGlobalSet(c, w)
	case c.help(w, vlanUsage):
	default:
		w.next()
		w.bad("a command of bridge vlan global: show, lst, list, set")
	}
}

func parseVLANGlobalSet(c *Command, w *words) {
	if c.help(w, vlanUsage) {
		return
	}
	var v vlanWords
	r := &bridge.VLANGlobalSet{}
	for w.more() {
		word := w.next()
		switch word {
		case "dev":
			v.dev = w.device("a bridge")
			continue
		case "vid":
			v.vid(w)
			continue
		}
		i := slices.IndexFunc(vlanGlobals(), func(o kindOption[bridge.VLANGlobal]) bool { return o.name == word })
		if i >= 0 {
			w.peerWrong("Error: argument %q is wrong: invalid "+word, func() { vlanGlobals()[i].parse(&r.Options, w) })
		} else if !v.other(w, word, "an option of a bridge's VLAN: dev, vid, "+optionList(vlanGlobals())) {
			return
		}
	}
	v.finish(w)
	r.VLANs, r.Link.Name = v.vlans, v.dev
	c.op(r)
	c.wrap = vlanSetFailed
}
