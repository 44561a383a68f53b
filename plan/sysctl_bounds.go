package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/sysctl"
)

// bounds are settings whose first number the kernel keeps from being larger
// than that of another: each can be written only as far as the present value of
// the other allows (net/ipv4/sysctl_net_ipv4.c, net/ipv4/ip_fragment.c,
// net/ipv6/reassembly.c, net/ipv6/netfilter/nf_conntrack_reasm.c,
// net/sctp/sysctl.c).
var bounds = []struct{ lower, upper string }{
	{"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_port_range"},
	{"net.ipv4.ipfrag_low_thresh", "net.ipv4.ipfrag_high_thresh"},
	{"net.ipv4.tcp_reordering", "net.ipv4.tcp_max_reordering"},
	{"net.ipv6.ip6frag_low_thresh", "net.ipv6.ip6frag_high_thresh"},
	{"net.netfilter.nf_conntrack_frag6_low_thresh", "net.netfilter.nf_conntrack_frag6_high_thresh"},
	{"net.sctp.pf_retrans", "net.sctp.ps_retrans"},
	{"net.sctp.rto_min", "net.sctp.rto_max"},
}

// withinBounds puts settings into an order in which the kernel takes each,
// given what they are before: the lower of two comes first unless it is to be
// larger than the upper one is now.
func withinBounds(all []sysctl.Setting, have func(key string) string) []sysctl.Setting {
	for _, b := range bounds {
		is := func(key string) int {
			return slices.IndexFunc(all, func(s sysctl.Setting) bool { return s.Key == key })
		}
		lower, upper := is(b.lower), is(b.upper)
		if lower < 0 || upper < 0 {
			continue
		}
		want, ok := firstNumber(all[lower].Value)
		now, known := firstNumber(have(b.upper))
		upperFirst := ok && known && want > now
		if upperFirst != (upper < lower) {
			all = slices.Clone(all)
			all[lower], all[upper] = all[upper], all[lower]
		}
	}
	return all
}

func firstNumber(value string) (int64, bool) {
	fields := strings.Fields(value)
	if len(fields) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(fields[0], 0, 64)
	return n, err == nil
}
