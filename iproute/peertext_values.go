package iproute

// What iproute2 says about wrong values, by the keyword that they follow, after
// "Error: argument "VALUE" is wrong: ". A keyword that is not here has no more.
type valueTexts map[string]string

// take takes what follows a keyword, and adds iproute2's text if it is wrong.
func (v valueTexts) take(w *words, keyword string, take func()) {
	if text, ok := v[keyword]; ok {
		w.peerWrong("Error: argument %q is wrong: "+text, take)
		return
	}
	take()
}

var (
	addrTexts = valueTexts{
		"scope": "invalid scope value.", "metric": `"metric" value is invalid`, "priority": `"metric" value is invalid`,
		"preference": `"metric" value is invalid`, "valid_lft": "valid_lft value", "preferred_lft": "preferred_lft value",
	}
	addrFilterTexts = valueTexts{"scope": `invalid "scope"`, "group": `Invalid "group" value`}
	routeTexts      = valueTexts{
		"metric": `"metric" value is invalid`, "priority": `"metric" value is invalid`, "preference": `"metric" value is invalid`,
		"protocol": `"protocol" value is invalid`, "proto": `"protocol" value is invalid`, "scope": `invalid "scope" value`,
		"table": `"table" value is invalid`, "tos": `"tos" value is invalid`, "dsfield": `"tos" value is invalid`, "pref": `"pref" value is invalid`,
		"realm": `"realm" value is invalid`, "realms": `"realm" value is invalid`, "nhid": `"id" value is invalid`,
		"mtu": `"mtu" value is invalid`, "hoplimit": `"hoplimit" value is invalid`, "advmss": `"mss" value is invalid`,
		"reordering": `"reordering" value is invalid`, "rtt": `"rtt" value is invalid`, "rto_min": `"rto_min" value is invalid`,
		"window": `"window" value is invalid`, "cwnd": `"cwnd" value is invalid`, "initcwnd": `"initcwnd" value is invalid`,
		"initrwnd": `"initrwnd" value is invalid`, "rttvar": `"rttvar" value is invalid`, "ssthresh": `"ssthresh" value is invalid`,
		"weight": `"weight" is invalid`,
	}
	routeFilterTexts = valueTexts{
		"table": "table id value is invalid", "protocol": `invalid "protocol"`, "proto": `invalid "protocol"`, "scope": `invalid "scope"`,
		"type": "node type value is invalid", "mark": "mark value is invalid", "metric": `"metric" value is invalid`,
	}
	routeGetTexts = valueTexts{"mark": "invalid mark value", "ipproto": `Invalid "ipproto" value`, "uid": "invalid UID"}
	ruleTexts     = valueTexts{
		"": "Failed to parse rule type", "type": "Failed to parse rule type",
		"pref": "preference value is invalid", "preference": "preference value is invalid", "order": "preference value is invalid",
		"prio": "preference value is invalid", "priority": "preference value is invalid", "tos": "TOS value is invalid",
		"dsfield": "TOS value is invalid", "table": "invalid table ID", "lookup": "invalid table ID", "uidrange": "invalid UID range",
		"ipproto": `Invalid "ipproto" value`, "sport": "invalid port range", "dport": "invalid dport range", "goto": "invalid target",
		"suppress_prefixlength": "suppress_prefixlength value is invalid", "sup_pl": "suppress_prefixlength value is invalid",
		"suppress_ifgroup": `Invalid "suppress_ifgroup" value`, "sup_group": `Invalid "suppress_ifgroup" value`,
		"realm": "invalid realms", "realms": "invalid realms", "protocol": `"protocol" value is invalid`, "proto": `"protocol" value is invalid`,
	}
	ruleFilterTexts = valueTexts{
		"table": "table id value is invalid", "lookup": "table id value is invalid", "protocol": `invalid "protocol"`, "proto": `invalid "protocol"`,
	}
	neighTexts = valueTexts{"nud": "nud state is bad", "protocol": `"protocol" value is invalid`, "proto": `"protocol" value is invalid`}
)
