package iproute

import (
	"cmp"
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseRuleAdd(c *Command, w *words) {
	add := &rtnl.RuleAdd{}
	if c.parseRule(w, "add", &add.Rule) {
		return
	}
	if w.err == nil && add.Action == unix.FR_ACT_TO_TBL && add.Table == 0 {
		if !w.loose {
			w.fail(`a rule of type unicast needs "table TABLE"`)
		}
		w.warn("the kernel chooses the table, one without routes")
	}
	c.op(add)
}

func parseRuleDel(c *Command, w *words) {
	del := &rtnl.RuleDel{}
	if !c.parseRule(w, "delete", &del.Rule) {
		c.op(del)
	}
}

// ruleFamily returns the family of rules, which only an option sets.
func (c *Command) ruleFamily() uint8 { return cmp.Or(c.Options.Family, unix.AF_INET) }

// parseRule takes a rule. It reports whether the words ask for help.
func (c *Command) parseRule(w *words, verb string, r *rtnl.Rule) (help bool) {
	r.Family = c.ruleFamily()
	if w.err == nil && !w.more() {
		w.status = statusFailed
		w.need("the rule to " + verb)
		w.peer("\"ip rule %s\" requires arguments.", strings.TrimSuffix(verb, "ete"))
		return false
	}
	for w.more() {
		switch k := w.keyword(ruleKeys); k {
		case "from":
			r.Src = w.rulePrefix("the source of packets", r.Family)
		case "to":
			r.Dst = w.rulePrefix("the destination of packets", r.Family)
		case "help":
			c.usage(w, ruleUsage)
			return true
		default:
			ruleTexts.take(w, k, func() {
				if !w.ruleSelector(k, r) && !w.ruleAction(k, verb, r) {
					w.next()
					w.bad(`a parameter of ip rule %s; see "ip rule help"`, verb)
				}
			})
		}
	}
	w.inetOnly("rules", r.Family)
	if w.err == nil && r.L3MDev != 0 && r.Table != 0 {
		w.fail("a rule for l3mdev looks up that device's own table: leave out table")
		w.peer("table can not be specified for l3mdev rules")
	}
	return false
}

// ruleKeys are the parameters of a rule (iprule_modify in ip/iprule.c).
// iproute2 then looks for the names of types.
const ruleKeys keywords = "not from to pref preference* order* prio priority* tos dsfield* fwmark realm realms* proto protocol* " +
	"tun_id* table* lookup suppress_prefixlength* sup_pl suppress_ifgroup* sup_group dev iif oif l3mdev uidrange nat map-to* " +
	"ipproto sport dport type help* goto* nop*"

// ruleSelector takes what follows a keyword that says which packets a rule is
// for.
func (w *words) ruleSelector(k string, r *rtnl.Rule) bool {
	switch k {
	case "not":
		r.Flags |= unix.FIB_RULE_INVERT
	case "priority", "preference", "order", "pref", "prio":
		r.Priority = rtnl.Some(w.uint32("a priority"))
	case "tos", "dsfield":
		r.TOS = w.dsfield()
	case "fwmark":
		mark, mask := w.fwmark()
		if r.FwMark = mark; mask.IsSet() {
			r.FwMask = mask // an earlier mask also counts for a mark without one
		}
	case "iif", "dev":
		r.IIFName = w.ifname("the name of an interface")
	case "oif":
		r.OIFName = w.ifname("the name of an interface")
	case "l3mdev":
		r.L3MDev = 1
	case "uidrange":
		r.UIDRange = rtnl.Some(w.uidRange())
	case "ipproto":
		r.IPProto = w.ruleIPProto()
	case "sport":
		r.SrcPorts = w.portRange("source ports")
	case "dport":
		r.DstPorts = w.portRange("destination ports")
	case "tun_id":
		r.TunID = w.number("the id of a tunnel", 0, math.MaxUint64)
	default:
		return false
	}
	return true
}

// ruleTypes are the actions of a rule that are one word.
var ruleTypes = []struct {
	word   string
	action uint8
}{
	{"nop", unix.FR_ACT_NOP},
	{"blackhole", unix.FR_ACT_BLACKHOLE},
	{"unreachable", unix.FR_ACT_UNREACHABLE},
	{"prohibit", unix.FR_ACT_PROHIBIT},
	{"unicast", unix.FR_ACT_TO_TBL},
}

// ruleAction takes what follows a keyword that says what a rule does.
func (w *words) ruleAction(k, verb string, r *rtnl.Rule) bool {
	switch k {
	case "table", "lookup":
		w.ruleTable(r)
		if r.Table == 0 && verb == "add" {
			r.Action = unix.FR_ACT_TO_TBL
		}
	case "protocol", "proto":
		r.Protocol = uint8(w.named(rtProtos, "a routing protocol", 255))
	case "realms", "realm":
		r.Realms = w.realms()
	case "suppress_prefixlength", "sup_pl":
		r.SuppressPrefixLen = rtnl.Some(uint32(w.number("a prefix length", 0, math.MaxInt32)))
	case "suppress_ifgroup", "sup_group":
		r.SuppressIFGroup = rtnl.Some(w.named(rtGroups, "a group", math.MaxInt32))
	case "nat", "map-to":
		w.bad("something that the kernel supports: since Linux 2.6, rules do not translate addresses")
	case "type":
		if !w.more() {
			w.need("the type of a rule")
			return true
		}
		return w.ruleType(w.keyword("goto* nop*"), r)
	default:
		return w.ruleType(k, r)
	}
	return true
}

// ruleTable takes the table that a rule looks up.
func (w *words) ruleTable(r *rtnl.Rule) {
	before := r.Table
	r.Table = w.named(rtTables, "a table", math.MaxUint32)
	switch {
	case w.err != nil:
	case before > 255 && r.Table <= 255:
		// See words.table.
		w.warn("word %d, %q: table %d counts, as it is above 255", w.at+w.i-1, w.all[w.i-1], before)
		r.Table = before
	case r.Table == 0 && !w.loose:
		// The kernel would look for an empty table.
		w.bad("a table other than 0")
	}
}

func (w *words) ruleType(k string, r *rtnl.Rule) bool {
	if k == "goto" {
		r.Action, r.Goto = unix.FR_ACT_GOTO, w.uint32("the priority of a rule further down")
		return true
	}
	word := k
	if k == "" {
		word = w.next()
	}
	for _, t := range ruleTypes {
		if t.word == word {
			r.Action = t.action
			return true
		}
	}
	// iproute2 accepts any type of route: the numbers are the same, but most
	// have no meaning here.
	if t, ok := routeType(word, true); ok && w.loose {
		r.Action = t
		return true
	}
	if n, err := strtoul(word); err == nil && n <= math.MaxUint8 && w.loose {
		r.Action = uint8(n)
		return true
	}
	if word != "" {
		w.back()
	}
	return false
}

// rulePrefix takes a prefix. For "all", "any" and "default", it returns none.
func (w *words) rulePrefix(what string, family uint8) netip.Prefix {
	before := w.status
	p := w.inetPrefix(what, unix.AF_UNSPEC)
	switch {
	case w.err != nil || p.bits() == 0 && (p.family == unix.AF_UNSPEC || p.family == family):
		return netip.Prefix{}
	case p.family != family:
		// Without "-6", ip(8) sends the address, and the kernel refuses it.
		w.status = statusKernel
		if family == unix.AF_INET {
			w.bad(`%s, an IPv4 prefix ("ip -6 rule" takes IPv6)`, what)
			w.peer("Error: Invalid %s address.", map[bool]string{true: "source", false: "dst"}[strings.HasPrefix(what, "the source")]) // the kernel's
		} else {
			w.status = statusFailed
			w.bad("%s, an IPv6 prefix", what)
			w.peerAddr(w.all[w.i-1], family, "prefix")
		}
	}
	w.status = before
	return p.prefix
}

// fwmark takes "MARK" or "MARK/MASK".
func (w *words) fwmark() (mark uint32, mask rtnl.Opt[uint32]) {
	s := w.need("a mark")
	if w.err != nil {
		return 0, mask
	}
	first, second, both := strings.Cut(s, "/")
	m, err := parseUint(first)
	k := uint64(0)
	if err == nil && both {
		k, err = parseUint(second)
		mask = rtnl.Some(uint32(k))
	}
	if err != nil || max(m, k) > math.MaxUint32 {
		w.bad("a mark, MARK or MARK/MASK, each a number of 32 bits")
		if _, ferr := parseUint(first); both && ferr == nil && m <= math.MaxUint32 {
			w.peer("Error: argument %q is wrong: fwmask value is invalid", second)
		} else {
			w.peer("Error: argument %q is wrong: fwmark value is invalid", first)
		}
	}
	return uint32(m), mask
}

// uidRange takes "FIRST-LAST".
func (w *words) uidRange() rtnl.UIDRange {
	s := w.need("user ids, FIRST-LAST")
	first, last, n := w.parseRange(s, 32)
	if w.err == nil && n != 2 {
		w.bad("user ids, FIRST-LAST")
	}
	return rtnl.UIDRange{Start: uint32(first), End: uint32(last)}
}

// portRange takes "PORT" or "FIRST-LAST".
func (w *words) portRange(what string) rtnl.PortRange {
	what += ", PORT or FIRST-LAST"
	s := w.need(what)
	if w.err != nil {
		return rtnl.PortRange{}
	}
	first, last, n := w.parseRange(s, 16)
	switch {
	case n == 0:
		w.bad("%s", what)
	case first == 0:
		// ip(8) leaves it to the kernel to refuse that.
		w.status = statusKernel
		w.bad("%s, from 1 on", what)
		w.peer("Error: Invalid %s range.", map[bool]string{true: "sport", false: "dport"}[strings.HasPrefix(what, "source")]) // the kernel's
	}
	return rtnl.PortRange{Start: uint16(first), End: uint16(last)}
}

// parseRange reads one decimal number, or two with "-" between them, and
// returns how many there are, 0 for none. iproute2 accepts anything after that,
// and numbers that are too large lose their upper bits (scanf(3)).
func (w *words) parseRange(s string, bits int) (first, last uint64, n int) {
	a, b, both := strings.Cut(s, "-")
	first, err := strconv.ParseUint(a, 10, bits)
	last, n = first, 1
	if err == nil && both {
		last, err = strconv.ParseUint(b, 10, bits)
		n = 2
	}
	if err == nil {
		return first, last, n
	}
	first, rest, ok := scanNumber(s, bits)
	if !ok || !w.loose {
		return 0, 0, 0
	}
	last, n = first, 1
	if second, found := strings.CutPrefix(rest, "-"); found {
		if v, _, ok := scanNumber(second, bits); ok {
			last, n = v, 2
		}
	}
	w.warn("word %d, %q: is read as %d-%d", w.at+w.i-1, s, first, last)
	return first, last, n
}

// scanNumber reads a decimal number, and returns what follows it.
func scanNumber(s string, bits int) (n uint64, rest string, ok bool) {
	s = strings.TrimLeft(s, cSpace)
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	rest = strings.TrimLeft(digits, "0123456789")
	n, err := strconv.ParseUint(digits[:len(digits)-len(rest)], 10, 64) // the largest number if it is too large
	if strings.HasPrefix(s, "-") {
		n = -n
	}
	return n & (1<<bits - 1), rest, len(s)-len(digits) <= 1 && !errors.Is(err, strconv.ErrSyntax)
}

// ruleIPProto takes a protocol of IP, by name or number.
func (w *words) ruleIPProto() uint8 {
	s := w.need("a protocol of IP")
	if w.err != nil {
		return 0
	}
	if n, err := strconv.ParseUint(s, 10, 8); err == nil {
		return uint8(n)
	}
	n, ok := ipProtos.number(s)
	if !ok {
		w.bad("a protocol of IP, a name from /etc/protocols or a number up to 255")
	}
	return n
}
