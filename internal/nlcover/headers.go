package main

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// headerFiles are the headers of include/uapi/linux that define rtnetlink and
// the controller of generic netlink.
var headerFiles = []string{
	"amt.h", "batman_adv.h", "caif/if_caif.h", "can/netlink.h", "can/vxcan.h", "cfm_bridge.h", "dcbnl.h", "fib_rules.h", "gen_stats.h", "genetlink.h",
	"icmpv6.h", "if.h", "if_addr.h", "if_addrlabel.h", "if_arp.h", "if_bonding.h", "if_bridge.h", "if_ether.h", "if_link.h",
	"if_macsec.h", "if_tun.h", "if_tunnel.h", "if_vlan.h", "ife.h", "ila.h", "in.h", "in6.h", "inet_diag.h", "ioam6_iptunnel.h", "ip.h", "ip6_tunnel.h",
	"ipv6.h", "lwtunnel.h", "mpls.h", "mpls_iptunnel.h", "mroute.h", "mroute6.h", "mrp_bridge.h", "neighbour.h", "net_namespace.h", "netconf.h", "netlink.h", "netlink_diag.h", "nexthop.h",
	"packet_diag.h", "pkt_cls.h", "pkt_sched.h", "rpl_iptunnel.h", "rtnetlink.h", "seg6.h", "seg6_iptunnel.h", "seg6_local.h", "snmp.h", "sock_diag.h",
	"tc_act/tc_bpf.h", "tc_act/tc_connmark.h", "tc_act/tc_csum.h", "tc_act/tc_ct.h", "tc_act/tc_ctinfo.h",
	"tc_act/tc_defact.h", "tc_act/tc_gact.h", "tc_act/tc_gate.h", "tc_act/tc_ife.h", "tc_act/tc_ipt.h",
	"tc_act/tc_mirred.h", "tc_act/tc_mpls.h", "tc_act/tc_nat.h", "tc_act/tc_pedit.h", "tc_act/tc_sample.h",
	"tc_act/tc_skbedit.h", "tc_act/tc_skbmod.h", "tc_act/tc_tunnel_key.h", "tc_act/tc_vlan.h",
	"tc_ematch/tc_em_cmp.h", "tc_ematch/tc_em_ipt.h", "tc_ematch/tc_em_meta.h", "tc_ematch/tc_em_nbyte.h",
	"tc_ematch/tc_em_text.h", "tipc_sockets_diag.h", "unix_diag.h", "veth.h", "vm_sockets_diag.h", "wwan.h", "xdp_diag.h",
}

// family is an enum of a header, or all plain definitions of a header.
type family struct {
	header string
	label  string // the names' common prefix, as "IFLA_BR_*"
	consts []constDef
}

type constDef struct {
	name   string
	number uint64 // a negative number as its two's complement
}

// headers are the families of a directory of headers.
type headers struct {
	families []family
	numbers  map[string]uint64 // all names, of all headers
	version  string            // the kernel's version, as "6.1"; "" if linux/version.h does not give it
}

// readHeaders reads headerFiles in dir, which is an include/linux or
// include/uapi/linux. It skips missing files, because kernels have different
// ones.
func readHeaders(dir string) (*headers, error) {
	h := &headers{numbers: map[string]uint64{}}
	if text, err := os.ReadFile(filepath.Join(dir, "version.h")); err == nil {
		if m := regexp.MustCompile(`LINUX_VERSION_CODE (\d+)`).FindSubmatch(text); m != nil {
			code, _ := strconv.Atoi(string(m[1]))
			h.version = fmt.Sprintf("%d.%d", code>>16, code>>8&0xff)
		}
	}
	found := 0
	for _, name := range headerFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found++
		h.read(name, string(text))
	}
	if found == 0 {
		return nil, fmt.Errorf("%s: none of the kernel's headers is there; give the directory that has rtnetlink.h", dir)
	}
	return h, nil
}

var (
	comment   = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	continued = regexp.MustCompile(`\\\n`)
	enumBody  = regexp.MustCompile(`(?s)\benum\b\s*(\w*)\s*\{([^}]*)\}`)
	define    = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)(\([\w, \t]*\))?[ \t]+(\S.*)$`)
	directive = regexp.MustCompile(`(?m)^[ \t]*#.*$`)
	ident     = regexp.MustCompile(`\b[A-Za-z_]\w*`)
	suffix    = regexp.MustCompile(`\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b`)
	cast      = regexp.MustCompile(`\(\s*(__u8|__u16|__u32|__u64|__s32|unsigned int|int)\s*\)`)
	octal     = regexp.MustCompile(`\b0([0-7]+)\b`)
)

// macro is a function-like definition.
type macro struct {
	params []string
	body   string
}

// read adds the families of one header.
func (h *headers) read(name, text string) {
	text = comment.ReplaceAllString(continued.ReplaceAllString(text, " "), " ")
	macros := map[string]macro{
		"_BITUL": {[]string{"x"}, "(1 << (x))"}, "_BITULL": {[]string{"x"}, "(1 << (x))"}, "BIT": {[]string{"x"}, "(1 << (x))"},
		"__cpu_to_be16": {[]string{"x"}, "(x)"}, // the tables have the number of the bytes
	}
	type pending struct{ name, expr string }
	var defines []pending
	for _, m := range define.FindAllStringSubmatch(text, -1) {
		switch {
		case m[2] != "":
			var params []string
			for p := range strings.SplitSeq(strings.Trim(m[2], "()"), ",") {
				params = append(params, strings.TrimSpace(p))
			}
			macros[m[1]] = macro{params, m[3]}
		case strings.TrimSpace(m[3]) != m[1]: // "#define IFF_UP IFF_UP" only makes an enum's name known to the preprocessor
			defines = append(defines, pending{m[1], m[3]})
		}
	}
	plain := family{header: name, label: "#define"}
	// Definitions may need an enum's names, and enums may need definitions, so
	// compute first what can be computed.
	settle := func() {
		for again := true; again; {
			again = false
			var left []pending
			for _, d := range defines {
				n, ok := h.evaluate(d.expr, macros)
				if !ok {
					left = append(left, d)
					continue
				}
				h.numbers[d.name], again = n, true
				plain.consts = append(plain.consts, constDef{d.name, n})
			}
			defines = left
		}
	}
	settle()
	for _, m := range enumBody.FindAllStringSubmatch(directive.ReplaceAllString(text, ""), -1) {
		f := family{header: name}
		var next uint64
		for _, entry := range splitEntries(m[2]) {
			id, value, given := strings.Cut(entry, "=")
			if id = strings.TrimSpace(id); id == "" {
				continue
			}
			if given {
				n, ok := h.evaluate(value, macros)
				if !ok {
					break
				}
				next = n
			}
			h.numbers[id] = next
			f.consts = append(f.consts, constDef{id, next})
			next++
		}
		if f.label = commonPrefix(f.consts); f.label == "*" && m[1] != "" {
			f.label = "enum " + m[1]
		}
		h.families = append(h.families, f)
	}
	settle()
	if len(plain.consts) > 0 {
		h.families = append(h.families, plain)
	}
}

// splitEntries splits an enum's body at commas outside parentheses.
func splitEntries(body string) (entries []string) {
	depth, from := 0, 0
	for i, c := range body {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			entries, from = append(entries, body[from:i]), i+1
		}
	}
	return append(entries, body[from:])
}

// commonPrefix returns the names' common prefix, up to an underscore, followed
// by *.
func commonPrefix(consts []constDef) string {
	var prefix string
	first := true
	for _, c := range consts {
		if strings.HasPrefix(c.name, "_") {
			continue
		}
		if first {
			prefix, first = c.name, false
		}
		for !strings.HasPrefix(c.name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	if i := strings.LastIndexByte(prefix, '_'); len(consts) > 1 || i < 0 {
		prefix = prefix[:i+1]
	}
	return prefix + "*"
}

// evaluate computes a constant expression of C that is valid in Go too, once
// names, casts and suffixes are replaced.
func (h *headers) evaluate(expr string, macros map[string]macro) (uint64, bool) {
	expr = expand(expr, macros, 0)
	expr = octal.ReplaceAllString(suffix.ReplaceAllString(cast.ReplaceAllString(expr, ""), "$1"), "0o$1")
	expr = strings.ReplaceAll(expr, "~", "^")
	expr = ident.ReplaceAllStringFunc(expr, func(name string) string {
		if n, ok := h.numbers[name]; ok {
			return strconv.FormatUint(n, 10)
		}
		return name
	})
	tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expr)
	if err != nil || tv.Value == nil || tv.Value.Kind() != constant.Int {
		return 0, false
	}
	if n, ok := constant.Uint64Val(tv.Value); ok {
		return n, true
	}
	n, ok := constant.Int64Val(tv.Value)
	return uint64(n), ok
}

// expand replaces function-like macros. As in these headers, their arguments
// must not contain parentheses.
func expand(expr string, macros map[string]macro, depth int) string {
	for name, m := range macros {
		call := regexp.MustCompile(`\b` + name + `\(([^()]*)\)`)
		expr = call.ReplaceAllStringFunc(expr, func(s string) string {
			args := strings.Split(call.FindStringSubmatch(s)[1], ",")
			if len(args) != len(m.params) || depth > 8 {
				return s
			}
			return "(" + ident.ReplaceAllStringFunc(expand(m.body, macros, depth+1), func(id string) string {
				for i, p := range m.params {
					if p == id {
						return strings.TrimSpace(args[i])
					}
				}
				return id
			}) + ")"
		})
	}
	return expr
}
