package nlspec

// tcQdiscOptions selects the contents of a qdisc's TCA_OPTIONS by TCA_KIND
// (net/sched/sch_*.c).
var tcQdiscOptions = Selector{Sibling: 1, Cases: []Case{
	{Name: "bfifo", Attr: &Attr{Kind: Struct, Struct: tcFifoQopt}},
	{Name: "cake", Set: cakeAttrs},
	{Name: "cake_mq", Set: cakeAttrs},
	{Name: "cbq", Set: cbqAttrs},
	{Name: "cbs", Set: cbsAttrs},
	{Name: "choke", Set: chokeAttrs},
	{Name: "clsact", Attr: &noOptions},
	{Name: "codel", Set: codelAttrs},
	{Name: "drr", Attr: &noOptions},
	{Name: "dsmark", Set: dsmarkAttrs},
	{Name: "dualpi2", Set: dualpi2Attrs},
	{Name: "etf", Set: etfAttrs},
	{Name: "ets", Set: etsAttrs},
	{Name: "fq", Set: fqAttrs},
	{Name: "fq_codel", Set: fqCodelAttrs},
	{Name: "fq_pie", Set: fqPIEAttrs},
	{Name: "gred", Set: gredAttrs},
	{Name: "hfsc", Attr: &Attr{Kind: Struct, Struct: tcHFSCQopt}},
	{Name: "hhf", Set: hhfAttrs},
	{Name: "htb", Set: htbAttrs},
	{Name: "ingress", Attr: &noOptions},
	{Name: "mq", Attr: &noOptions},
	{Name: "mqprio", Attr: &Attr{Kind: Nested, Struct: tcMqprioQopt, Nest: mqprioAttrs}},
	{Name: "multiq", Attr: &Attr{Kind: Struct, Struct: tcMultiqQopt}},
	{Name: "netem", Attr: &Attr{Kind: Nested, Struct: tcNetemQopt, Nest: netemAttrs}},
	{Name: "noqueue", Attr: &noOptions},
	{Name: "pfifo", Attr: &Attr{Kind: Struct, Struct: tcFifoQopt}},
	{Name: "pfifo_fast", Attr: &Attr{Kind: Struct, Struct: tcPrioQopt}},
	{Name: "pfifo_head_drop", Attr: &Attr{Kind: Struct, Struct: tcFifoQopt}},
	{Name: "pie", Set: pieAttrs},
	{Name: "plug", Attr: &Attr{Kind: Struct, Struct: tcPlugQopt}},
	{Name: "prio", Attr: &Attr{Kind: Nested, Struct: tcPrioQopt, Nest: prioCompat}},
	{Name: "qfq", Attr: &noOptions},
	{Name: "red", Set: redAttrs},
	{Name: "sfb", Set: sfbAttrs},
	{Name: "sfq", Attr: &Attr{Kind: Struct, Struct: tcSFQQopt}},
	{Name: "skbprio", Attr: &Attr{Kind: Struct, Struct: tcSkbprioQopt}},
	{Name: "taprio", Set: taprioAttrs},
	{Name: "tbf", Set: tbfAttrs},
}}

// noOptions is the TCA_OPTIONS of kinds without options, which may be present
// all the same.
var noOptions = Attr{Kind: Nested}

// tcClassOptions does the same for a class.
var tcClassOptions = Selector{Sibling: 1, Cases: []Case{
	{Name: "atm", Set: atmAttrs},
	{Name: "cbq", Set: cbqAttrs},
	{Name: "drr", Set: drrAttrs},
	{Name: "dsmark", Set: dsmarkAttrs},
	{Name: "ets", Set: etsAttrs},
	{Name: "hfsc", Set: hfscAttrs},
	{Name: "htb", Set: htbAttrs},
	{Name: "qfq", Set: qfqAttrs},
}}

// tcFilterOptions does the same for a filter (net/sched/cls_*.c).
var tcFilterOptions = Selector{Sibling: 1, Cases: []Case{
	{Name: "basic", Set: basicAttrs},
	{Name: "bpf", Set: clsBPFAttrs},
	{Name: "cgroup", Set: cgroupAttrs},
	{Name: "flow", Set: flowAttrs},
	{Name: "flower", Set: flowerAttrs},
	{Name: "fw", Set: fwAttrs},
	{Name: "matchall", Set: matchallAttrs},
	{Name: "route", Set: routeClsAttrs},
	{Name: "rsvp", Set: rsvpAttrs},
	{Name: "rsvp6", Set: rsvpAttrs},
	{Name: "tcindex", Set: tcindexAttrs},
	{Name: "u32", Set: u32Attrs},
}}

// tcXstats selects the contents of TCA_XSTATS: the specific statistics of a
// kind of qdisc, or of its classes.
var tcXstats = Selector{Sibling: 1, Cases: xstatsCases}

// tcApp selects the contents of TCA_STATS_APP, which holds the same inside
// TCA_STATS2.
var tcApp = Selector{Sibling: 1, Up: 1, Cases: xstatsCases}

var xstatsCases = []Case{
	{Name: "cake", Set: cakeStatsAttrs},
	{Name: "cake_mq", Set: cakeStatsAttrs},
	{Name: "cbq", Attr: &Attr{Kind: Struct, Struct: tcCBQXstats}},
	{Name: "choke", Attr: &Attr{Kind: Struct, Struct: tcChokeXstats}},
	{Name: "codel", Attr: &Attr{Kind: Struct, Struct: tcCodelXstats}},
	{Name: "drr", Attr: &Attr{Kind: Struct, Struct: tcDRRStats}},
	{Name: "dualpi2", Attr: &Attr{Kind: Struct, Struct: tcDualPI2Xstats}},
	{Name: "fq", Attr: &Attr{Kind: Struct, Struct: tcFQQdStats}},
	{Name: "fq_codel", Attr: &Attr{Kind: Struct, Struct: tcFQCodelXstats}},
	{Name: "fq_pie", Attr: &Attr{Kind: Struct, Struct: tcFQPIEXstats}},
	{Name: "hfsc", Attr: &Attr{Kind: Struct, Struct: tcHFSCStats}},
	{Name: "hhf", Attr: &Attr{Kind: Struct, Struct: tcHHFXstats}},
	{Name: "htb", Attr: &Attr{Kind: Struct, Struct: tcHTBXstats}},
	{Name: "netem", Attr: &Attr{Kind: Struct, Struct: tcNetemXstats}},
	{Name: "pie", Attr: &Attr{Kind: Struct, Struct: tcPIEXstats}},
	{Name: "qfq", Attr: &Attr{Kind: Struct, Struct: tcQFQStats}},
	{Name: "red", Attr: &Attr{Kind: Struct, Struct: tcREDXstats}},
	{Name: "sfb", Attr: &Attr{Kind: Struct, Struct: tcSFBXstats}},
	{Name: "sfq", Attr: &Attr{Kind: Struct, Struct: tcSFQXstats}},
	{Name: "taprio", Set: taprioStatsAttrs},
}

// actOptions selects the contents of TCA_ACT_OPTIONS by TCA_ACT_KIND
// (net/sched/act_*.c).
var actOptions = Selector{Sibling: 1, Cases: []Case{
	{Name: "bpf", Set: actBPFAttrs},
	{Name: "connmark", Set: connmarkAttrs},
	{Name: "csum", Set: csumAttrs},
	{Name: "ct", Set: ctAttrs},
	{Name: "ctinfo", Set: ctinfoAttrs},
	{Name: "gact", Set: gactAttrs},
	{Name: "gate", Set: gateAttrs},
	{Name: "ife", Set: ifeAttrs},
	{Name: "ipt", Set: iptAttrs},
	{Name: "mirred", Set: mirredAttrs},
	{Name: "mpls", Set: mplsActAttrs},
	{Name: "nat", Set: natActAttrs},
	{Name: "pedit", Set: peditAttrs},
	{Name: "police", Set: policeAttrs},
	{Name: "sample", Set: sampleAttrs},
	{Name: "simple", Set: simpleAttrs},
	{Name: "skbedit", Set: skbeditAttrs},
	{Name: "skbmod", Set: skbmodAttrs},
	{Name: "tunnel_key", Set: tunnelKeyAttrs},
	{Name: "vlan", Set: vlanActAttrs},
	{Name: "xt", Set: iptAttrs},
}}
