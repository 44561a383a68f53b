package topology

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/iproute"
)

// frrStart is what runs the daemons.
//
//go:embed frr-start.sh
var frrStart string

var frr = program{
	pkg:  "frr",
	dirs: []string{"/usr/lib/frr", "/usr/libexec/frr"},
	// vtysh configures the daemons.
	tools:  []string{"vtysh"},
	config: "/etc/frr/startup-config", configured: "/etc/frr/frr.conf",
	tmpfs: []string{"/etc/frr", "/run/frr", "/var/tmp/frr"},
	files: []File{
		{Target: "/etc/frr/start", Content: frrStart, Mode: 0o644},
		{Target: "/etc/frr/vtysh.conf", Content: "service integrated-vtysh-config\n", Mode: 0o644},
	},
	users: []string{"frr"}, groups: []string{"frr", "frrvty"}, root: true,
	// Otherwise vtysh writes what it is told to the machine's ~/.history_frr.
	env: []string{"VTYSH_HISTFILE=/run/frr/history"},
}

func init() { frr.processes = frrProcesses } // which refers to frr

// frrUses are the lines of a configuration that need a daemon, by the daemon.
// What is not told from others by a word at the beginning is not here, such as
// segment-routing within a protocol. Zebra and staticd always run.
var frrUses = sync.OnceValue(func() []frrUse {
	all := []struct{ daemon, lines string }{
		{"bgpd", `(router bgp|bgp|rpki)\b`},
		{"ospfd", `router ospf( |$)|\s+ip ospf\b`},
		{"ospf6d", `router ospf6\b|\s+ipv6 ospf6\b`},
		{"ripd", `router rip( |$)|\s+ip rip\b`},
		{"ripngd", `router ripng\b|\s+ipv6 ripng\b`},
		{"isisd", `router isis\b|\s+ip(v6)? router isis\b`},
		{"pimd", `(router pim|ip pim|ip igmp|ip msdp)\b( |$)|\s+ip (pim|igmp)\b`},
		{"pim6d", `(router pim6|ipv6 pim|ipv6 mld)\b|\s+ipv6 (pim|mld)\b`},
		{"ldpd", `(mpls ldp|l2vpn)\b`},
		{"nhrpd", `nhrp\b|\s+ip(v6)? nhrp\b`},
		{"eigrpd", `router eigrp\b`},
		{"babeld", `router babel\b|\s+babel\b`},
		{"pbrd", `pbr-map\b|\s+pbr-policy\b`},
		{"bfdd", `bfd\b|\s+(neighbor \S+|ip(v6)? (ospf6?|pim)|isis) bfd\b`},
		{"fabricd", `router openfabric\b|\s+ip(v6)? router openfabric\b`},
		{"vrrpd", `\s*vrrp\b`},
		{"pathd", `segment-routing\b`},
	}
	uses := make([]frrUse, len(all))
	for i, u := range all {
		uses[i] = frrUse{u.daemon, regexp.MustCompile("^(" + u.lines + ")")}
	}
	return uses
})

type frrUse struct {
	daemon string
	lines  *regexp.Regexp
}

// A frrDaemon is a daemon with its options.
type frrDaemon struct {
	name    string
	options []string
	at      Pos
}

// frrDaemons returns the daemons of a node: zebra, staticd and those that
// extras names or, if it does not, those that the configuration uses.
func frrDaemons(r *programReader, text string) []frrDaemon {
	all := []frrDaemon{{"zebra", []string{"-s", "90000000"}, r.kind}, {"staticd", nil, r.kind}}
	add := func(d frrDaemon) {
		switch i := slices.IndexFunc(all, func(o frrDaemon) bool { return o.name == d.name }); {
		case i < 0:
			all = append(all, d)
		case len(d.options) > 0:
			all[i].options = d.options
		}
	}
	if v := r.extra("frr", secFRR)["daemons"]; v != nil {
		for _, item := range v.items {
			if d, ok := r.frrDaemon(item); ok {
				add(d)
			}
		}
		return all
	}
	at := r.view[r.config]
	lines := configLines(text)
	for _, u := range frrUses() {
		if slices.ContainsFunc(lines, u.lines.MatchString) {
			add(frrDaemon{u.daemon, nil, at})
		}
	}
	return all
}

// extra returns the keys of a program in the nearest extras that has it.
func (r *programReader) extra(name, section string) fields {
	for _, f := range r.spec.in {
		if v := r.fields(f["extras"], secExtras)[name]; v != nil {
			return r.fields(v, section)
		}
	}
	return nil
}

// frrDaemon reads the name of a daemon, which options may follow.
func (r *programReader) frrDaemon(v *yamlNode) (d frrDaemon, ok bool) {
	text, ok := r.expand(v, r.s)
	if !ok {
		return d, false
	}
	words, err := iproute.Split(text)
	if err != nil {
		r.Add(v.at, "", "daemon %q: %v", plain.Clip(text), err)
		return d, false
	}
	names := []string{"zebra", "staticd"}
	for _, u := range frrUses() {
		names = append(names, u.daemon)
	}
	hint := "write names such as " + strings.Join(names[2:6], ", ")
	if len(words) > 0 && badProcessName(words[0]) == "" {
		// What is not known may be installed all the same.
		near := didYouMean(words[0], slices.Values(names))
		if near == "" || slices.Contains(names, words[0]) {
			return frrDaemon{words[0], words[1:], v.at}, true
		}
		hint = near
	}
	r.Add(v.at, hint, "%q is no daemon of FRR", plain.Clip(text))
	return d, false
}

// frrProcesses are the daemons as processes.
func frrProcesses(r *programReader, text string) []Process {
	daemons := frrDaemons(r, text)
	var all []Process
	var others []string
	for i, d := range daemons {
		r.view["daemon "+d.name] = d.at
		last := ""
		if i == len(daemons)-1 {
			last = strings.Join(others, " ")
		}
		others = append(others, d.name)
		proc := Process{Name: d.name, Command: append([]string{"/bin/sh", "/etc/frr/start", last, d.name}, d.options...)}
		if d.name != "zebra" {
			proc.WaitFor = []WaitFor{{r.s.node, "zebra"}}
		}
		proc.Healthcheck = Healthcheck{
			Test:     []string{"/bin/sh", "/etc/frr/start", "--ready", d.name},
			Interval: 50 * time.Millisecond, Timeout: time.Minute, Retries: defaultRetries, StartPeriod: defaultStartPeriod,
		}
		all = append(all, proc)
	}
	return all
}
