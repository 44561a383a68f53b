package nlspec

import (
	"errors"
	"go/constant"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// headerFiles are the kernel's headers that the tables follow, as linux-libc-dev installs them.
var headerFiles = []string{
	"can/vxcan.h", "fib_rules.h", "icmpv6.h", "if.h", "if_addr.h", "if_arp.h", "if_bonding.h", "if_bridge.h", "if_ether.h",
	"if_link.h", "if_tun.h", "if_tunnel.h", "if_vlan.h", "in.h", "in6.h", "ip.h", "ipv6.h", "lwtunnel.h", "mpls_iptunnel.h", "neighbour.h",
	"net_namespace.h", "netlink.h", "rtnetlink.h", "snmp.h", "seg6_iptunnel.h", "veth.h",
}

// notInHeaders are names that linux-libc-dev never has: they are in headers that the kernel does not export, or in libc's.
var notInHeaders = map[string]bool{
	"IF_RS_SENT": true, "IF_RA_RCVD": true, "IF_RA_MANAGED": true, "IF_RA_OTHERCONF": true, "IF_READY": true,
}

// newer are the names that came after Linux 6.1, of which older headers cannot tell.
var newer = map[string]bool{
	"IFLA_DEVLINK_PORT": true, "IFLA_GSO_IPV4_MAX_SIZE": true, "IFLA_GRO_IPV4_MAX_SIZE": true, "IFLA_DPLL_PIN": true,
	"IFLA_MAX_PACING_OFFLOAD_HORIZON": true, "IFLA_NETNS_IMMUTABLE": true, "IFLA_HEADROOM": true, "IFLA_TAILROOM": true,
	"IFLA_BR_FDB_N_LEARNED": true, "IFLA_BR_FDB_MAX_LEARNED": true,
	"IFLA_BRPORT_MAB": true, "IFLA_BRPORT_MCAST_N_GROUPS": true, "IFLA_BRPORT_MCAST_MAX_GROUPS": true,
	"IFLA_BRPORT_NEIGH_VLAN_SUPPRESS": true, "IFLA_BRPORT_BACKUP_NHID": true,
	"IFLA_MACVLAN_BC_CUTOFF":   true,
	"IFLA_VXLAN_LOCALBYPASS":   true,
	"IFLA_VXLAN_LABEL_POLICY":  true,
	"IFLA_VXLAN_RESERVED_BITS": true, "IFLA_VXLAN_MC_ROUTE": true,
	"IFLA_GENEVE_PORT_RANGE": true, "IFLA_BOND_BROADCAST_NEIGH": true, "IFLA_BOND_COUPLED_CONTROL": true,
	"IFLA_BOND_SLAVE_ACTOR_PORT_PRIO": true, "IFLA_MCTP_PHYS_BINDING": true,
	"IFLA_NETKIT_PEER_INFO": true, "IFLA_NETKIT_PRIMARY": true, "IFLA_NETKIT_POLICY": true, "IFLA_NETKIT_PEER_POLICY": true,
	"IFLA_NETKIT_MODE": true, "IFLA_NETKIT_SCRUB": true, "IFLA_NETKIT_PEER_SCRUB": true, "IFLA_NETKIT_HEADROOM": true,
	"IFLA_NETKIT_TAILROOM": true, "NETKIT_L2": true, "NETKIT_L3": true, "NETKIT_PASS": true, "NETKIT_DROP": true,
	"DEVCONF_FORCE_FORWARDING": true, "RTEXT_FILTER_NAME_ONLY": true,
	"BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION": true, "BR_BOOLOPT_FDB_LOCAL_VLAN_0": true,
	"NTF_EXT_LOCKED": true, "NTF_EXT_EXT_VALIDATED": true, "RTA_FLOWLABEL": true, "RTAX_FEATURE_TCP_USEC_TS": true,
	"FRA_DSCP": true, "FRA_FLOWLABEL": true, "FRA_FLOWLABEL_MASK": true, "FRA_SPORT_MASK": true, "FRA_DPORT_MASK": true,
	"FRA_DSCP_MASK": true, "RTPROT_OVN": true,
	"IPSTATS_MIB_OUTREQUESTS": true,
	"NL_ATTR_TYPE_SINT":       true, "NL_ATTR_TYPE_UINT": true,
	"RTNLGRP_IPV4_MCADDR": true, "RTNLGRP_IPV6_MCADDR": true, "RTNLGRP_IPV6_ACADDR": true,
	"RTM_NEWMULTICAST": true, "RTM_DELMULTICAST": true, "RTM_NEWANYCAST": true, "RTM_DELANYCAST": true,
}

// known are the names of the tables with their numbers.
func known(t *testing.T) map[string]uint64 {
	t.Helper()
	names := map[string]uint64{}
	for e := range Entries() {
		if e.Of == StructEntry {
			continue
		}
		if old, ok := names[e.Name]; ok && old != e.Number {
			t.Errorf("%s is %d here and %d there", e.Name, old, e.Number)
		}
		names[e.Name] = e.Number
	}
	if len(names) < 700 {
		t.Errorf("the walk through the tables found %d names only", len(names))
	}
	return names
}

// TestNumbersAreTheHeaders holds each name of the tables against the kernel's headers.
func TestNumbersAreTheHeaders(t *testing.T) {
	headers := readHeaders(t)
	checked := 0
	for name, n := range known(t) {
		want, ok := headers[name]
		switch {
		case ok && want != n && name == "IPSTATS_MIB_OUTPKTS" && n == 37: // since Linux 6.7
		case ok && want != n:
			t.Errorf("%s = %d, the headers say %d", name, n, want)
		case !ok && !newer[name] && !notInHeaders[name] && !strings.HasPrefix(name, "AF_"):
			t.Errorf("%s = %d is in no header", name, n)
		case ok:
			checked++
		}
	}
	if checked < 600 {
		t.Errorf("only %d names were found in the headers", checked)
	}
}

// TestTablesAreComplete looks for names of the headers that the tables lack.
func TestTablesAreComplete(t *testing.T) {
	headers, names := readHeaders(t), known(t)
	complete := regexp.MustCompile(`^(RTM_(NEW|DEL|GET|SET)|NLMSGERR_ATTR_|NL_POLICY_TYPE_ATTR_|NL_ATTR_TYPE_|RTNLGRP_|` +
		`IFA_[A-Z]|RTA_[A-Z]|RTAX_[A-Z]|FRA_|NDA_|NETNSA_|NFEA_|IPV4_DEVCONF_|DEVCONF_|VETH_INFO_|` +
		`IFLA_(INFO|BR|BRPORT|INET|INET6|XDP|VF|VLAN|VXLAN|MACVLAN|IPVLAN|VRF|BOND|TUN|GRE|IPTUN|GENEVE|XFRM|PROTO)_|` +
		`IFLA_[A-Z0-9]+$|IFLA_(NUM|NET|PHYS|LINK|NEW|CARRIER|GSO|GRO|TSO|MIN|MAX|PERM|PARENT|ALT|PROP|TARGET)_|` +
		`IFF_[A-Z_]+$|RTN_|RT_SCOPE_|RT_TABLE_|RTM_F_|RTNH_F_|RTEXT_FILTER_|NUD_|NTF_|FR_ACT_|FIB_RULE_|NLM_F_)`)
	// What is no name of a value, an alias of one, or a part of grammars that belong to other messages and kinds.
	not := regexp.MustCompile(`(_UNSPEC|_NONE|_UNUSED|_MAX|_CNT|_MASK)$|^IFLA_IF_NETNSID$|^IFA_F_TEMPORARY$|^FRA_IFNAME$|` +
		`^FIB_RULE_DEV_DETACHED$|^NTF_EXT_.*$|^RTA_(ALIGNTO)$|^NETNSA_NSID_NOT|^RTAX_FEATURE_MASK$|^IFLA_VF_INFO_|^IFLA_VF_PORT_|` +
		`^IFLA_VF_LINK_STATE_|^IFF_(VOLATILE|TUN_EXCL|NO_PI|ONE_QUEUE|VNET_HDR|MULTI_QUEUE|ATTACH_QUEUE|DETACH_QUEUE|PERSIST|` +
		`NOFILTER|NAPI|NAPI_FRAGS|NO_CARRIER)$|^IFLA_VF_VLAN_INFO_|^IFLA_VLAN_QOS_U|^RTNH_COMPARE|^IFLA_BOND_SLAVE_AD_CHURN`)
	found := 0
	for name, n := range headers {
		if !complete.MatchString(name) || not.MatchString(name) {
			continue
		}
		found++
		if _, ok := names[name]; !ok {
			t.Errorf("%s = %d is in no table", name, n)
		}
	}
	if found < 400 {
		t.Errorf("only %d names of the headers were looked for", found)
	}
}

var (
	comment  = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	enumBody = regexp.MustCompile(`(?s)\benum\b[^{};]*\{([^}]*)\}`)
	define   = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\S.*)$`)
	ident    = regexp.MustCompile(`\b[A-Za-z_]\w*`)
	suffix   = regexp.MustCompile(`\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b`)
)

// readHeaders returns the constants of the kernel's headers: enums and simple definitions. Without the headers the test
// is skipped, or failed where tools are required.
func readHeaders(t *testing.T) map[string]uint64 {
	t.Helper()
	consts := map[string]uint64{}
	for _, name := range headerFiles {
		text, err := os.ReadFile(filepath.Join("/usr/include/linux", name))
		if errors.Is(err, fs.ErrNotExist) {
			const reason = "needs the kernel's headers (package linux-libc-dev)"
			if os.Getenv("NSLAB_TEST_REQUIRE_TOOLS") == "1" {
				t.Fatal(reason)
			}
			t.Skip(reason)
		}
		if err != nil {
			t.Fatal(err)
		}
		readHeader(comment.ReplaceAllString(string(text), " "), consts)
	}
	return consts
}

func readHeader(text string, consts map[string]uint64) {
	for _, m := range define.FindAllStringSubmatch(text, -1) {
		if n, ok := evaluate(m[2], consts); ok {
			consts[m[1]] = n
		}
	}
	text = regexp.MustCompile(`(?m)^[ \t]*#.*$`).ReplaceAllString(text, "")
	for _, m := range enumBody.FindAllStringSubmatch(text, -1) {
		var next uint64
		for entry := range strings.SplitSeq(m[1], ",") {
			name, value, given := strings.Cut(strings.TrimSpace(entry), "=")
			if name = strings.TrimSpace(name); name == "" {
				continue
			}
			if given {
				n, ok := evaluate(value, consts)
				if !ok {
					break
				}
				next = n
			}
			consts[name] = next
			next++
		}
	}
}

// evaluate computes a constant expression of C that is one of Go too, once names and suffixes are replaced.
func evaluate(expr string, consts map[string]uint64) (uint64, bool) {
	expr = suffix.ReplaceAllString(expr, "$1")
	expr = ident.ReplaceAllStringFunc(expr, func(name string) string {
		if n, ok := consts[name]; ok {
			return strconv.FormatUint(n, 10)
		}
		return name
	})
	tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expr)
	if err != nil || tv.Value == nil || tv.Value.Kind() != constant.Int {
		return 0, false
	}
	return constant.Uint64Val(tv.Value)
}
