package iproute

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// bondKind is a bond.
var bondKind = linkKind{
	name:  "bond",
	usage: func() string { return optionsUsage("bond", bondOptions()) },
	parse: func(_ *linkParams, w *words) rtnl.Kind {
		return parseOptions(w, "an option of a bond", "bond: unknown command %q?", bondKeys, bondOptions())
	},
	format: func(f *linkFormatter, k rtnl.Kind) {
		b, ok := k.(*rtnl.Bond)
		if !ok {
			f.ok = false
			return
		}
		formatOptions(f, b, bondOptions())
		// iproute2 takes what follows as the list, if anything does.
		f.ok = f.ok && (b.ARPIPTargets == nil || len(b.ARPIPTargets) > 0) && (b.NSIP6Targets == nil || len(b.NSIP6Targets) > 0)
	},
	print:    printBond,
	linkSays: peerNoDevice, linkStatus: statusFailed,
	links: func(k rtnl.Kind, each func(*rtnl.LinkRef)) {
		b, ok := k.(*rtnl.Bond)
		if !ok {
			return
		}
		for _, o := range []*rtnl.Opt[rtnl.LinkRef]{&b.ActiveSlave, &b.Primary} {
			if l, ok := o.Get(); ok && !l.IsZero() {
				each(&l)
				*o = rtnl.Some(l)
			}
		}
	},
	refers: func(data []byte) []uint32 {
		k, err := rtnl.DecodeBond(data)
		if err != nil {
			return nil
		}
		return []uint32{k.ActiveSlave.Or(rtnl.LinkRef{}).Index, k.Primary.Or(rtnl.LinkRef{}).Index}
	},
}

// bondKeys are the options of a bond (bond_parse_opt in ip/iplink_bond.c).
const bondKeys keywords = "mode* active_slave* clear_active_slave* miimon* updelay* downdelay* peer_notify_delay* use_carrier* " +
	"arp_interval* arp_ip_target* ns_ip6_target arp_validate* arp_all_targets* arp_missed_max primary* primary_reselect* " +
	"fail_over_mac* xmit_hash_policy* resend_igmp* num_grat_arp* num_unsol_na* all_slaves_active* min_links* lp_interval* " +
	"packets_per_slave* lacp_rate* lacp_active ad_select* ad_user_port_key* ad_actor_sys_prio* ad_actor_system* tlb_dynamic_lb*"

// The words of options that are one of several (the tables in
// ip/iplink_bond.c), by the kernel's numbers.
var (
	bondModes            = []string{"balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"}
	bondARPValidates     = []string{"none", "active", "backup", "all", "filter", "filter_active", "filter_backup"}
	bondARPAllTargets    = []string{"any", "all"}
	bondPrimaryReselects = []string{"always", "better", "failure"}
	bondFailOverMACs     = []string{"none", "active", "follow"}
	bondXmitHashPolicies = []string{"layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"}
	bondLACPActives      = []string{"off", "on"}
	bondLACPRates        = []string{"slow", "fast"}
	bondADSelects        = []string{"stable", "bandwidth", "count"}
)

// bondOptions are all the options of iproute2 6.1.
var bondOptions = sync.OnceValue(func() []kindOption[rtnl.Bond] {
	type bond = rtnl.Bond
	all := []kindOption[bond]{
		bondWord("mode", bondModes, func(b *bond) *rtnl.Opt[uint8] { return &b.Mode }),
		bondSlave("active_slave", func(b *bond) *rtnl.Opt[rtnl.LinkRef] { return &b.ActiveSlave }),
		{name: "clear_active_slave", parse: func(b *bond, _ *words) { b.ActiveSlave = rtnl.Some(rtnl.LinkRef{}) },
			value: func(b *bond) (string, bool) { return "", b.ActiveSlave == rtnl.Some(rtnl.LinkRef{}) }},
		numberOption("miimon", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.MIIMon }),
		numberOption("updelay", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.UpDelay }),
		numberOption("downdelay", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.DownDelay }),
		numberOption("peer_notify_delay", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.PeerNotifDelay }),
		numberOption("use_carrier", 8, func(b *bond) *rtnl.Opt[uint8] { return &b.UseCarrier }),
		numberOption("arp_interval", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.ARPInterval }),
		bondTargets("arp_ip_target", unix.AF_INET, func(b *bond) *[]netip.Addr { return &b.ARPIPTargets }),
		bondTargets("ns_ip6_target", unix.AF_INET6, func(b *bond) *[]netip.Addr { return &b.NSIP6Targets }),
		bondWord("arp_validate", bondARPValidates, func(b *bond) *rtnl.Opt[uint32] { return &b.ARPValidate }),
		bondWord("arp_all_targets", bondARPAllTargets, func(b *bond) *rtnl.Opt[uint32] { return &b.ARPAllTargets }),
		numberOption("arp_missed_max", 8, func(b *bond) *rtnl.Opt[uint8] { return &b.MissedMax }),
		bondSlave("primary", func(b *bond) *rtnl.Opt[rtnl.LinkRef] { return &b.Primary }),
		bondWord("primary_reselect", bondPrimaryReselects, func(b *bond) *rtnl.Opt[uint8] { return &b.PrimaryReselect }),
		bondWord("fail_over_mac", bondFailOverMACs, func(b *bond) *rtnl.Opt[uint8] { return &b.FailOverMAC }),
		bondWord("xmit_hash_policy", bondXmitHashPolicies, func(b *bond) *rtnl.Opt[uint8] { return &b.XmitHashPolicy }),
		numberOption("resend_igmp", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.ResendIGMP }),
		numberOption("num_grat_arp", 8, func(b *bond) *rtnl.Opt[uint8] { return &b.NumPeerNotif }),
		{name: "num_unsol_na", parse: numberOption("num_unsol_na", 8, func(b *bond) *rtnl.Opt[uint8] { return &b.NumPeerNotif }).parse,
			value: func(*bond) (string, bool) { return "", false }}, // written as num_grat_arp
		numberOption("all_slaves_active", 8, func(b *bond) *rtnl.Opt[uint8] { return &b.AllSlavesActive }),
		numberOption("min_links", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.MinLinks }),
		numberOption("lp_interval", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.LPInterval }),
		numberOption("packets_per_slave", 32, func(b *bond) *rtnl.Opt[uint32] { return &b.PacketsPerSlave }),
		bondWord("lacp_rate", bondLACPRates, func(b *bond) *rtnl.Opt[uint8] { return &b.LACPRate }),
		bondWord("lacp_active", bondLACPActives, func(b *bond) *rtnl.Opt[uint8] { return &b.LACPActive }),
		bondWord("ad_select", bondADSelects, func(b *bond) *rtnl.Opt[uint8] { return &b.ADSelect }),
		numberOption("ad_user_port_key", 16, func(b *bond) *rtnl.Opt[uint16] { return &b.ADUserPortKey }),
		numberOption("ad_actor_sys_prio", 16, func(b *bond) *rtnl.Opt[uint16] { return &b.ADActorSysPrio }),
		{name: "ad_actor_system", parse: func(b *bond, w *words) { b.ADActorSystem = w.lladdr(true) },
			value: func(b *bond) (string, bool) { return macText(b.ADActorSystem), len(b.ADActorSystem) > 0 }},
		numberOption("tlb_dynamic_lb", 8, func(b *bond) *rtnl.Opt[uint8] { return &b.TLBDynamicLB }),
	}
	for i := range all {
		o, name := all[i], all[i].name
		if strings.HasPrefix(name, "num_") {
			name = "num_grat_arp|num_unsol_na"
		}
		all[i].parse = func(b *bond, w *words) {
			w.peerWrong("Error: argument %q is wrong: invalid "+name, func() { o.parse(b, w) })
		}
	}
	return all
})

// bondWord is an option that is one of some words, or its number (get_index in
// ip/iplink_bond.c).
func bondWord[T uint8 | uint32](name string, some []string, field func(*rtnl.Bond) *rtnl.Opt[T]) kindOption[rtnl.Bond] {
	return kindOption[rtnl.Bond]{
		name: name,
		parse: func(b *rtnl.Bond, w *words) {
			s := w.need(name)
			i := slices.Index(some, s)
			if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < len(some) {
				i = n
			}
			if i < 0 {
				w.bad("%s: %s", name, strings.Join(some, ", "))
				return
			}
			*field(b) = rtnl.Some(T(i))
		},
		value: func(b *rtnl.Bond) (string, bool) {
			v, ok := field(b).Get()
			if ok && int(v) >= len(some) {
				return strconv.FormatUint(uint64(v), 10), true // which iproute2 refuses
			}
			return bondText(some, v), ok
		},
	}
}

// bondText returns the word for a number.
func bondText[T uint8 | uint32](some []string, v T) string {
	if uint64(v) >= uint64(len(some)) {
		return "UNKNOWN"
	}
	return some[v]
}

// bondSlave is an option that is a slave.
func bondSlave(name string, field func(*rtnl.Bond) *rtnl.Opt[rtnl.LinkRef]) kindOption[rtnl.Bond] {
	return kindOption[rtnl.Bond]{
		name:  name,
		parse: func(b *rtnl.Bond, w *words) { *field(b) = rtnl.Some(rtnl.LinkName(w.device("a slave"))) },
		value: func(b *rtnl.Bond) (string, bool) {
			word := devWord(field(b).Or(rtnl.LinkRef{}))
			return word, word != ""
		},
	}
}

// bondTargets is an option that is a list of addresses with commas between
// them. iproute2 leaves out what comes after the sixteenth.
func bondTargets(name string, family uint8, field func(*rtnl.Bond) *[]netip.Addr) kindOption[rtnl.Bond] {
	return kindOption[rtnl.Bond]{
		name: name,
		parse: func(b *rtnl.Bond, w *words) {
			*field(b) = []netip.Addr{} // none, if nothing follows
			if !w.more() {
				return
			}
			for s := range strings.FieldsFuncSeq(w.need(name), func(r rune) bool { return r == ',' }) {
				one := words{all: []string{s}, loose: w.loose}
				a := one.inetAddr("an address", family)
				if one.err != nil {
					w.refuse("%s, addresses with commas between them", name)
					if family == unix.AF_INET {
						w.peer("Error: an IP address is expected rather than %q", s)
					}
					w.peerAddr(s, family, "address")
					return
				}
				if len(*field(b)) == 16 {
					w.bad("at most 16 addresses of %s", name)
					return
				}
				*field(b) = append(*field(b), a)
			}
		},
		value: func(b *rtnl.Bond) (string, bool) {
			all := make([]string, len(*field(b)))
			for i, a := range *field(b) {
				all[i] = a.String()
			}
			return strings.Join(all, ","), len(all) > 0
		},
	}
}

// printBond does what bond_print_opt in ip/iplink_bond.c does.
func printBond(p *printer, v *linkView, data []byte) error {
	k, err := rtnl.DecodeBond(data)
	if err != nil {
		return err
	}
	bondStr(p, "mode", "", bondModes, k.Mode)
	bondLink(p, v, "active_slave", k.ActiveSlave)
	optNum(p, "miimon", "", k.MIIMon)
	optNum(p, "updelay", "", k.UpDelay)
	optNum(p, "downdelay", "", k.DownDelay)
	optNum(p, "peer_notify_delay", "", k.PeerNotifDelay)
	optNum(p, "use_carrier", "", k.UseCarrier)
	optNum(p, "arp_interval", "", k.ARPInterval)
	optNum(p, "arp_missed_max", "", k.MissedMax)
	p.bondTargets("arp_ip_target", k.ARPIPTargets)
	p.bondTargets("ns_ip6_target", k.NSIP6Targets)
	if k.ARPValidate == rtnl.Some(uint32(0)) {
		p.null("arp_validate", "arp_validate none ")
	} else {
		bondStr(p, "arp_validate", "", bondARPValidates, k.ARPValidate)
	}
	bondStr(p, "arp_all_targets", "", bondARPAllTargets, k.ARPAllTargets)
	bondLink(p, v, "primary", k.Primary)
	bondStr(p, "primary_reselect", "", bondPrimaryReselects, k.PrimaryReselect)
	bondStr(p, "fail_over_mac", "", bondFailOverMACs, k.FailOverMAC)
	bondStr(p, "xmit_hash_policy", "", bondXmitHashPolicies, k.XmitHashPolicy)
	optNum(p, "resend_igmp", "", k.ResendIGMP)
	optNum(p, "num_peer_notif", "num_grat_arp", k.NumPeerNotif)
	optNum(p, "all_slaves_active", "", k.AllSlavesActive)
	optNum(p, "min_links", "", k.MinLinks)
	optNum(p, "lp_interval", "", k.LPInterval)
	optNum(p, "packets_per_slave", "", k.PacketsPerSlave)
	bondStr(p, "ad_lacp_active", "lacp_active", bondLACPActives, k.LACPActive)
	bondStr(p, "ad_lacp_rate", "lacp_rate", bondLACPRates, k.LACPRate)
	bondStr(p, "ad_select", "", bondADSelects, k.ADSelect)
	if info := k.ADInfo; info != nil {
		p.open("ad_info")
		optNum(p, "aggregator", "ad_aggregator", info.Aggregator)
		optNum(p, "num_ports", "ad_num_ports", info.NumPorts)
		optNum(p, "actor_key", "ad_actor_key", info.ActorKey)
		optNum(p, "partner_key", "ad_partner_key", info.PartnerKey)
		if len(info.PartnerMAC) > 0 {
			p.str("partner_mac", "ad_partner_mac %s ", macText(info.PartnerMAC))
		}
		p.end()
	}
	optNum(p, "ad_actor_sys_prio", "", k.ADActorSysPrio)
	optNum(p, "ad_user_port_key", "", k.ADUserPortKey)
	if len(k.ADActorSystem) > 0 {
		p.str("ad_actor_system", "ad_actor_system %s ", macText(k.ADActorSystem))
	}
	optNum(p, "tlb_dynamic_lb", "", k.TLBDynamicLB)
	return nil
}

// bondStr writes the word for an option. If name is not "", it replaces the key
// in text.
func bondStr[T uint8 | uint32](p *printer, key, name string, some []string, o rtnl.Opt[T]) {
	if v, ok := o.Get(); ok {
		if name == "" {
			name = key
		}
		p.str(key, name+" %s ", bondText(some, v))
	}
}

func bondLink(p *printer, v *linkView, key string, o rtnl.Opt[rtnl.LinkRef]) {
	if index := o.Or(rtnl.LinkRef{}).Index; index != 0 {
		p.str(key, key+" %s ", v.links.name(index))
	}
}

func (p *printer) bondTargets(key string, all []netip.Addr) {
	if len(all) == 0 {
		return
	}
	p.array(key, key+" ")
	for i, a := range all {
		format := "%s"
		if i < len(all)-1 {
			format = "%s,"
		}
		p.str("", format, a.String())
	}
	p.endArray(" ")
}
