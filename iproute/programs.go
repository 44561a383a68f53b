package iproute

import "sync"

// The programs, created when first needed.
var (
	ipProgram     func() *program
	bridgeProgram func() *program
)

func init() {
	// Their parsers refer back to them ("ip netns exec NS ip ..."), which Go
	// does not allow in the initializer of a variable.
	ipProgram = sync.OnceValue(newIP)
	bridgeProgram = sync.OnceValue(newBridge)
}

// newIP returns ip(8). Objects are in the order in which iproute2 6.1 looks for
// a match (cmds in ip/ip.c).
func newIP() *program {
	return &program{
		name:    "ip",
		version: "ip utility, nslab (the grammar of iproute2 6.1)",
		options: ipOptions,
		objects: []object{
			addressObject, absent("addrlabel"), absent("maddress"),
			routeObject, ruleObject, neighborObject, neighbourObject, absent("ntable"), absent("ntbl"),
			linkObject, absent("l2tp"), absent("fou"), absent("ila"), absent("macsec"), absent("tunnel"), absent("tunl"),
			absent("tuntap"), absent("tap"), absent("token"), absent("tcpmetrics"), absent("tcp_metrics"),
			monitorObject, absent("xfrm"), absent("mroute"), absent("mrule"),
			netnsObject, absent("netconf"), vrfObject, absent("sr"), nexthopObject, absent("mptcp"), absent("ioam"),
			absent("stats"),
		},
		usage: `usage: ip [OPTION ...] OBJECT [COMMAND ...]
       ip [-force] -batch FILE
objects:  address, route, rule, neighbor, link, monitor, netns, vrf,
          nexthop;
          "ip OBJECT help" says more
options:  -n[etns] NS, -a[ll], -4, -6, -0, -B, -f[amily] FAMILY, -j[son],
          -p[retty], -d[etails], -s[tatistics], -br[ief], -o[neline],
          -c[olor][=WHEN], -t[imestamp], -ts[hort], -r[esolve], -N[umeric],
          -h[uman-readable], -iec, -l[oops] N, -rc[vbuf] BYTES, -echo, -force,
          -b[atch] FILE, -V[ersion]
`,
	}
}

// absent returns an object of iproute2 that nslab does not have.
func absent(name string) object { return object{name: name, absent: true} }

// newBridge returns bridge(8) (cmds in bridge/bridge.c).
func newBridge() *program {
	return &program{
		name:    "bridge",
		version: "bridge utility, nslab (the grammar of iproute2 6.1)",
		options: bridgeOptions,
		objects: []object{bridgeLinkObject, bridgeFDBObject, absent("mdb"), bridgeVLANObject, absent("vni"), bridgeMonitorObject},
		usage: `usage: bridge [OPTION ...] OBJECT [COMMAND ...]
       bridge [-force] -batch FILE
objects:  link, fdb, vlan, monitor; "bridge OBJECT help" says more
options:  -n[etns] NS, -s[tatistics], -d[etails], -o[neline], -t[imestamp],
          -color, -p[retty], -j[son], -compressvlans, -force, -b[atch] FILE,
          -V[ersion]
`,
	}
}
