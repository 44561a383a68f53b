package nlspec

// ipStatsMIB is the names of IFLA_INET6_STATS (include/uapi/linux/snmp.h). The
// first is the number of the others. Those after the fourth have different
// places in Linux 6.1, 6.12 and 6.18, and the message does not say which, so
// they keep their numbers.
var ipStatsMIB = Set{
	0: {Name: "IPSTATS_MIB_NUM", Kind: U64},
	1: {Name: "IPSTATS_MIB_INPKTS", Kind: U64},
	2: {Name: "IPSTATS_MIB_INOCTETS", Kind: U64},
	3: {Name: "IPSTATS_MIB_INDELIVERS", Kind: U64},
}

// icmp6MIB is the names of IFLA_INET6_ICMP6STATS.
var icmp6MIB = Set{
	0: {Name: "ICMP6_MIB_NUM", Kind: U64},
	1: {Name: "ICMP6_MIB_INMSGS", Kind: U64},
	2: {Name: "ICMP6_MIB_INERRORS", Kind: U64},
	3: {Name: "ICMP6_MIB_OUTMSGS", Kind: U64},
	4: {Name: "ICMP6_MIB_OUTERRORS", Kind: U64},
	5: {Name: "ICMP6_MIB_CSUMERRORS", Kind: U64},
	6: {Name: "ICMP6_MIB_RATELIMITHOST", Kind: U64},
}
