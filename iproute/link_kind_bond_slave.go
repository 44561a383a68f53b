package iproute

import (
	"math"
	"strconv"
	"sync"

	"github.com/nslab/nslab/rtnl"
)

// bondSlaveKind is a slave of a bond.
var bondSlaveKind = linkKind{
	name:  "bond_slave",
	port:  true,
	usage: func() string { return "Usage: ... bond_slave [ queue_id ID ] [ prio PRIORITY ]\n" },
	parse: func(_ *linkParams, w *words) rtnl.Kind {
		return parseOptions(w, "an option of a bond's slave", "bond_slave: unknown option %q?", bondSlaveKeys, bondSlaveOptions())
	},
	format: func(f *linkFormatter, k rtnl.Kind) {
		b, ok := k.(*rtnl.BondPort)
		if !ok {
			f.ok = false
			return
		}
		formatOptions(f, b, bondSlaveOptions())
	},
	print: printBondSlave,
}

// bondSlaveKeys are the options of a bond's slave (bond_slave_parse_opt in
// ip/iplink_bond_slave.c).
const bondSlaveKeys keywords = "queue_id* prio"

var bondSlaveOptions = sync.OnceValue(func() []kindOption[rtnl.BondPort] {
	all := []kindOption[rtnl.BondPort]{
		numberOption("queue_id", 16, func(b *rtnl.BondPort) *rtnl.Opt[uint16] { return &b.QueueID }),
		{name: "prio",
			parse: func(b *rtnl.BondPort, w *words) {
				s := w.need("prio")
				n, err := strtol(s)
				if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
					w.bad("prio, a number from %d to %d", math.MinInt32, math.MaxInt32)
				}
				b.Prio = rtnl.Some(int32(n))
			},
			value: func(b *rtnl.BondPort) (string, bool) {
				v, ok := b.Prio.Get()
				return strconv.FormatInt(int64(v), 10), ok
			}},
	}
	for i := range all {
		o := all[i]
		all[i].parse = func(b *rtnl.BondPort, w *words) {
			w.peerWrong("Error: argument %q is wrong: "+o.name+" is invalid", func() { o.parse(b, w) })
		}
	}
	return all
})

// printBondSlave does what bond_slave_print_opt in ip/iplink_bond_slave.c does.
func printBondSlave(p *printer, _ *linkView, data []byte) error {
	k, err := rtnl.DecodeBondPort(data)
	if err != nil {
		return err
	}
	bondState(p, "state", []string{"ACTIVE", "BACKUP"}, k.State)
	bondState(p, "mii_status", []string{"UP", "GOING_DOWN", "DOWN", "GOING_BACK"}, k.MIIStatus)
	if n, ok := k.LinkFailureCount.Get(); ok {
		p.signed("link_failure_count", "link_failure_count %d ", int64(int32(n)))
	}
	if len(k.PermHWAddr) > 0 {
		p.str("perm_hwaddr", "perm_hwaddr %s ", macText(k.PermHWAddr))
	}
	optNum(p, "queue_id", "", k.QueueID)
	if n, ok := k.Prio.Get(); ok {
		p.signed("prio", "prio %d ", int64(n))
	}
	optNum(p, "ad_aggregator_id", "", k.ADAggregatorID)
	if s, ok := k.ADActorOperPortState.Get(); ok {
		p.lacpState("ad_actor_oper_port_state", s)
	}
	if s, ok := k.ADPartnerOperPortState.Get(); ok {
		p.lacpState("ad_partner_oper_port_state", uint8(s))
	}
	return nil
}

func bondState(p *printer, key string, some []string, o rtnl.Opt[uint8]) {
	v, ok := o.Get()
	switch {
	case !ok:
	case int(v) < len(some):
		p.str(key, key+" %s ", some[v])
	default:
		p.num(key+"_index", key+" %d ", uint64(v))
	}
}

// lacpStates are the bits of an LACP port's state (IEEE 802.3-2008, 43.4.2.2).
var lacpStates = []string{"active", "short_timeout", "aggregating", "in_sync", "collecting", "distributing", "defaulted", "expired"}

func (p *printer) lacpState(key string, state uint8) {
	p.num(key, key+" %d ", uint64(state))
	p.array(key+"_str", " <")
	for i, name := range lacpStates {
		if state&(1<<i) == 0 {
			continue
		}
		format := "%s"
		if state &^= 1 << i; state != 0 {
			format = "%s," // more follow
		}
		p.str("", format, name)
	}
	p.endArray("> ")
}
