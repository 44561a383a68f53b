package iproute

import (
	"slices"
	"strings"
	"testing"
)

// keywordContext is a command with its table of keywords.
type keywordContext struct {
	name  string
	table keywords
	// line contains KEY, which stands for a keyword and its value.
	line string
	// values are the words after keywords; the default is "1".
	values map[string]string
	// without are keywords that nslab does not have.
	without []string
}

var linkValues = map[string]string{
	"name": "x9", "index": "77", "link": "e2", "address": "02:00:00:00:00:77", "broadcast": "ff:ff:ff:ff:ff:fe", "brd": "ff:ff:ff:ff:ff:fe",
	"txqueuelen": "77", "qlen": "77", "txqlen": "77", "mtu": "1400", "netns": "n1", "multicast": "off", "allmulticast": "on", "promisc": "on",
	"trailers": "off", "arp": "off", "carrier": "off", "master": "br0", "dynamic": "on", "type": "veth", "alias": "hello", "group": "7",
	"mode": "dormant", "state": "up", "numtxqueues": "2", "numrxqueues": "2", "addrgenmode": "none", "link-netnsid": "5",
	"protodown": "off", "gso_max_size": "60000", "gso_max_segs": "100", "gro_max_size": "60000", "dev": "d2",
	"up": "", "down": "", "nomaster": "",
}

var bridgeValues = map[string]string{
	"forward_delay": "1000", "hello_time": "300", "max_age": "2000", "group_address": "01:80:c2:00:00:03", "vlan_protocol": "802.1ad",
	"priority": "100", "fdb_flush": "", "vlan_default_pvid": "1", "vlan_filtering": "0", "vlan_stats_per_port": "0", "mcast_igmp_version": "3",
	"mcast_mld_version": "2", "mcast_vlan_snooping": "0", "vlan_stats_enabled": "0", "group_fwd_mask": "8", "mcast_hash_max": "1024",
	"mcast_startup_query_interval": "3000", "mcast_query_interval": "13000",
}

var portValues = map[string]string{
	"fdb_flush": "", "state": "2", "priority": "7", "cost": "9", "mcast_router": "2", "group_fwd_mask": "8", "backup_port": "e1", "nobackup_port": "",
	"hairpin": "on", "guard": "on", "root_block": "on", "fastleave": "on", "learning": "off", "flood": "of", "mcast_flood": "off", "bcast_flood": "o",
	"mcast_to_unicast": "on", "proxy_arp": "on", "proxy_arp_wifi": "on", "mcast_fast_leave": "on", "neigh_suppress": "on", "vlan_tunnel": "on",
	"isolated": "on", "locked": "on",
}

var routeValues = map[string]string{
	"src": "10.0.0.1", "via": "10.0.0.3", "from": "10.0.0.0/24", "tos": "8", "dsfield": "8", "metric": "5", "priority": "5", "preference": "5",
	"scope": "link", "rtt": "20ms", "rto_min": "010", "rttvar": "5ms", "features": "ecn", "congctl": "reno", "realms": "3", "realm": "3", "onlink": "",
	"protocol": "static", "proto": "static", "table": "99", "dev": "d2", "oif": "d2", "pref": "low", "ttl-propagate": "enabled", "quickack": "1",
	"fastopen_no_cookie": "1", "to": "10.7.0.0/16", "nexthop": "via 10.0.0.3", "nhid": "5", "type": "unicast", "iif": "d2",
	"mark": "0", "uid": "0", "fibmatch": "", "sport": "10", "dport": "10", "ipproto": "udp", "cached": "", "cloned": "", "cache": "",
}

var ruleValues = map[string]string{
	"not": "", "from": "10.0.0.5", "to": "10.0.0.6", "src": "10.0.0.1", "dst": "10.0.0.6", "tos": "8", "dsfield": "8", "fwmark": "5/7", "realms": "3",
	"realm": "3", "protocol": "static", "proto": "static", "table": "100", "lookup": "100", "dev": "d2", "iif": "d2", "oif": "d2", "l3mdev": "",
	"uidrange": "1-5", "ipproto": "udp", "sport": "10", "dport": "10-20", "type": "blackhole", "goto": "32767", "nop": "",
	"suppress_prefixlength": "4", "sup_pl": "4", "suppress_ifgroup": "4", "sup_group": "4", "tun_id": "5", "preference": "50", "pref": "50",
	"order": "50", "priority": "50", "prio": "50",
}

var neighValues = map[string]string{
	"lladdr": "02:00:00:00:00:77", "nud": "perm", "proxy": "10.0.0.8", "router": "", "use": "", "managed": "", "extern_learn": "", "dev": "d2",
	"protocol": "static", "to": "10.0.0.7", "master": "br0", "nomaster": "", "unused": "",
}

var addrValues = map[string]string{
	"peer": "10.5.0.2", "remote": "10.5.0.2", "broadcast": "10.5.0.255", "brd": "+", "anycast": "10.5.0.9", "scope": "link", "dev": "d2", "label": "d2:x",
	"metric": "5", "priority": "5", "preference": "5", "valid_lft": "100", "preferred_lft": "100", "local": "10.6.0.1/24", "to": "10.0.0.0/8",
	"group": "0", "master": "br0", "type": "veth", "up": "", "nomaster": "",
}

var fdbValues = map[string]string{
	"dev": "e1", "dst": "10.0.0.1", "nhid": "5", "port": "5", "vni": "5", "src_vni": "5", "via": "d2", "self": "", "master": "", "router": "", "local": "",
	"permanent": "", "temp": "", "static": "", "dynamic": "", "vlan": "5", "use": "", "extern_learn": "", "sticky": "", "to": "02:00:00:00:00:78",
	"brport": "e1", "br": "br0", "state": "perm",
}

// keywordContexts are all tables of keywords, with their commands.
var keywordContexts = []keywordContext{
	{"ip link set", linkKeys, "ip link set d2 KEY", linkValues, linkMissing},
	{"ip link add", linkKeys, "ip link add x1 KEY type veth peer name x2", linkValues, linkMissing},
	{"ip link add, a bridge", linkKeys, "ip link add KEY name x1 type bridge", linkValues, linkMissing},
	{"ip link delete", linkKeys, "ip link del d1 KEY", linkValues, linkMissing},
	{"a veth's peer", linkKeys, "ip link add x1 type veth peer name x2 KEY", linkValues, linkMissing},
	{"ip link show", linkShowKeys, "ip link show KEY", addrValues, []string{"vrf"}},
	{"ip link property", propertyKeys, "ip link property add d2 KEY", map[string]string{"altname": "q", "dev": "d1"}, nil},
	{"bridge", bridgeKeys, "ip link set br0 type bridge KEY", bridgeValues, nil},
	{"bridge_slave", portKeys, "ip link set e1 type bridge_slave KEY", portValues, nil},
	{"ip address add", addrKeys, "ip addr add 10.5.0.1/24 dev d2 KEY", addrValues, []string{"proto"}},
	{"ip address delete", addrKeys, "ip addr del 10.0.0.1/24 dev d2 KEY", addrValues, []string{"proto"}},
	{"ip address show", linkShowKeys, "ip addr show KEY", addrValues, []string{"vrf"}},
	{"ip address flush", linkShowKeys, "ip addr flush dev d2 KEY", addrValues, []string{"vrf", "up", "group", "master", "nomaster", "type"}},
	{"ip route add", routeKeys, "ip route add 10.7.0.0/16 dev d2 KEY", routeValues, []string{"as", "vrf", "encap"}},
	{"ip route delete", routeKeys, "ip route del 10.8.0.0/24 KEY", routeValues, []string{"as", "vrf", "encap"}},
	{"ip route show", routeFilterKeys, "ip route show KEY", routeValues, []string{"vrf"}},
	{"ip route flush", routeFilterKeys, "ip route flush table 100 KEY", routeValues, []string{"vrf"}},
	{"ip route get", routeGetKeys, "ip route get 10.0.0.5 KEY", routeValues, []string{"notify", "connected", "vrf", "as"}},
	{"a nexthop", nexthopKeys, "ip route add 10.7.0.0/16 nexthop via 10.0.0.2 KEY nexthop via 10.0.0.3",
		map[string]string{"via": "10.0.0.4", "dev": "d2", "weight": "3", "realms": "3", "realm": "3", "onlink": ""}, []string{"encap", "as"}},
	{"ip rule add", ruleKeys, "ip rule add from 10.0.0.4 KEY", ruleValues, []string{"nat", "map-to"}},
	{"ip rule delete", ruleKeys, "ip rule del from 10.0.0.1 KEY", ruleValues, []string{"nat", "map-to"}},
	{"ip rule show", ruleFilterKeys, "ip rule show KEY", ruleValues, nil},
	{"ip rule flush", ruleFilterKeys, "ip rule flush KEY", ruleValues, nil},
	{"ip neigh add", neighKeys, "ip neigh add 10.0.0.7 dev d2 KEY", neighValues, []string{"proto"}},
	{"ip neigh delete", neighKeys, "ip neigh del 10.0.0.2 dev d2 KEY", neighValues, []string{"proto"}},
	{"ip neigh get", neighGetKeys, "ip neigh get 10.0.0.2 KEY", neighValues, nil},
	{"ip neigh show", neighFilterKeys, "ip neigh show KEY", neighValues, []string{"vrf", "proto"}},
	{"ip neigh flush", neighFilterKeys, "ip neigh flush KEY nud permanent", neighValues, []string{"vrf", "proto"}},
	{"bridge fdb add", fdbKeys, "bridge fdb add 02:00:00:00:00:77 dev e1 KEY", fdbValues, nil},
	{"bridge fdb append", fdbKeys, "bridge fdb append 02:00:00:00:00:77 dev e1 master KEY", fdbValues, nil},
	{"bridge fdb delete", fdbKeys, "bridge fdb del 02:00:00:00:00:0a dev e1 KEY", fdbValues, nil},
	{"bridge fdb get", fdbGetKeys, "bridge fdb get 02:00:00:00:00:0a br br0 KEY", fdbValues, nil},
	{"bridge fdb show", fdbShowKeys, "bridge fdb show KEY", fdbValues, nil},
	{"a type of route", routeTypeKeys, "ip route add KEY 10.7.0.0/16", nil, nil},
	{"a type of rule", routeTypeKeys, "ip rule add from 10.0.0.4 type KEY", nil, nil},
}

// abbreviations returns a line for every abbreviation of every keyword of a
// table, with the value for the keyword that the abbreviation stands for.
func (c *keywordContext) abbreviations() (lines []string) {
	for k := range strings.FieldsSeq(string(c.table)) {
		name := strings.TrimSuffix(k, "*")
		for n := 1; n <= len(name); n++ {
			meant := c.table.find(name[:n], true)
			if slices.Contains(c.without, meant) || meant == "help" || meant == "" && slices.Contains(c.without, name) {
				continue
			}
			if meant == "" {
				meant = name
			}
			value, said := c.values[meant]
			if !said && c.values != nil {
				value = "1"
			}
			lines = append(lines, strings.TrimSpace(strings.Replace(c.line, "KEY", strings.TrimSpace(name[:n]+" "+value), 1)))
		}
	}
	return lines
}

// A keyword in full means itself, whatever precedes it in its table. Otherwise
// the two readings would differ where both are valid.
func TestKeywordTables(t *testing.T) {
	for _, c := range keywordContexts {
		for k := range strings.FieldsSeq(string(c.table)) {
			name := strings.TrimSuffix(k, "*")
			if got := c.table.find(name, true); got != name {
				t.Errorf("%s: %q is read as %q", c.name, name, got)
			}
			if got := c.table.find(name, false); got != name {
				t.Errorf("%s: %q in full is read as %q", c.name, name, got)
			}
			if n := len(name) - 1; n > 0 && c.table.find(name[:n], false) == name {
				t.Errorf("%s: %q is read in full as %q", c.name, name[:n], name)
			}
		}
		if got := c.table.find("", true); got != "" {
			t.Errorf("%s: an empty word is read as %q", c.name, got)
		}
	}
	for k := range strings.FieldsSeq(string(linkKeys)) {
		name := strings.TrimSuffix(k, "*")
		if _, ok := linkKeywords()[name]; !ok && !slices.Contains(append(linkMissing, "type", "help", "dev"), name) {
			t.Errorf("no parameter %q of a link", name)
		}
	}
	for _, o := range bondOptions() {
		if bondKeys.find(o.name, false) == "" {
			t.Errorf("%s: no keyword of a bond", o.name)
		}
	}
	for _, o := range bridgeKindOptions() {
		if bridgeKeys.find(o.name, false) == "" {
			t.Errorf("no keyword %q of a bridge", o.name)
		}
	}
	for _, o := range portOptions() {
		if portKeys.find(o.name, false) == "" {
			t.Errorf("no keyword %q of a port", o.name)
		}
	}
	for _, m := range routeMetrics {
		if routeKeys.find(m.word, false) == "" {
			t.Errorf("no keyword %q of a route", m.word)
		}
	}
}

// Every abbreviation of every keyword has the same effect and exit status as
// with iproute2.
func TestIntegrationAbbreviations(t *testing.T) {
	var lines []string
	for _, c := range keywordContexts {
		lines = append(lines, c.abbreviations()...)
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	t.Logf("%d lines", len(lines))
	compareWords(t, sampleWords(lines, 60), nil)
}

// There are warnings about words that are ignored or read in an unexpected way,
// but not under the name of the program itself.
func TestWordWarnings(t *testing.T) {
	for line, want := range map[string]string{
		"ip netns list extra": `ip: word 3, "extra": ignored`,
		"ip netns list x y":   `ip: word 3, "x": ignored; ip: word 4, "y": ignored`,
		"ip netns exec n ip link set dev a numtxqueues 2 mtu 5": `ip: word 5, "numtxqueues": ignored`,
		"ip netns exec n ip netns del b extra":                  `ip: word 4, "extra": ignored`,
		"ip link delete name a":                                 `ip: words 3 to 4: only the link "a" counts, and that is deleted`,
		"ip route add 010.0.0.0/8 dev a":                        `ip: word 3, "010.0.0.0/8": is read as 8.0.0.0/8`,
		"ip address add 10.0.0.1/030 dev a":                     `ip: word 3, "10.0.0.1/030": is read as 10.0.0.1/24`,
		"ip rule add table 300 table 5":                         `ip: word 6, "5": table 300 counts, as it is above 255`,
		"bridge fdb show a":                                     `bridge: word 3, "a": ignored`,
		"bridge link set dev a cost 7x":                         `bridge: word 6, "7x": is read as 7`,
		"brctl addbr a extra":                                   `brctl: word 3, "extra": ignored`,
		"ip r a 10.0.0.0/8 dev a met 5":                         "",
		"ip link set dev a addr 02:00:00:00:00:01":              "",
		"ip link add a type veth peer name b":                   "",
	} {
		words := strings.Fields(line)
		c, err := Parse(words[0], words[1:], nil)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := strings.Join(c.Warnings, "; "); got != want {
			t.Errorf("%s: warnings %q, want %q", line, got, want)
		}
	}
}

func TestIntegrationWordWarnings(t *testing.T) {
	for _, asPeer := range []bool{false, true} {
		s, out := session(t)
		s.AsPeer = asPeer
		if status := s.Main(t.Context(), "ip", []string{"netns", "list", "extra"}); status != 0 {
			t.Errorf("exit status %d", status)
		}
		if got, want := out.String() == "", asPeer; got != want {
			t.Errorf("as the program itself %v: output %q", asPeer, out)
		}
	}
}
