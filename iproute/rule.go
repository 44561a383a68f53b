package iproute

var ruleObject = object{
	name: "rule",
	bare: "list",
	verbs: []verb{
		{name: "list", parse: parseRuleShow}, {name: "lst", parse: parseRuleShow}, {name: "show", parse: parseRuleShow},
		{name: "save"}, {name: "restore"},
		{name: "add", parse: parseRuleAdd},
		{name: "delete", parse: parseRuleDel},
		{name: "flush", parse: parseRuleFlush},
	},
	format: ofRequest(formatRule),
	usage:  ruleUsage,
}

const ruleUsage = `Rules of policy routing:
  ip rule { add | delete } SELECTOR ... ACTION ...
  ip rule [list | flush] [SELECTOR ...] [table TABLE] [protocol PROTO]
SELECTOR: not, from PREFIX, to PREFIX, priority N, tos TOS, fwmark MARK[/MASK],
          iif NAME, oif NAME, l3mdev, uidrange FIRST-LAST, ipproto PROTOCOL,
          sport PORT[-PORT], dport PORT[-PORT], tun_id ID
ACTION:   table TABLE, goto N, nop, blackhole, unreachable, prohibit,
          protocol PROTO, realms [FROM/]TO, suppress_prefixlength N,
          suppress_ifgroup GROUP
`
