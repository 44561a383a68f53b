package topology

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
)

// withoutLines is dump without the lines of the file.
func withoutLines(top *Topology) string {
	return regexp.MustCompile(` line \d+`).ReplaceAllString(dump(top), "")
}

// A Builder can express every lab file. Each example of docs/lab-file.md and
// each lab of examples/ gives the same lab when it is built, and the file that
// the Builder writes makes another Builder write the same file.
func TestBuildExamples(t *testing.T) {
	texts := docExamples(t)
	t.Chdir("../examples") // where they find what they refer to
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	for _, text := range texts {
		want := mustParse(t, text)
		b := toBuilder(t, text)
		got, err := b.Topology()
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		if diff := cmp.Diff(withoutLines(want), withoutLines(got)); diff != "" {
			t.Errorf("%s: of the file, then built:\n%s", want.Name, diff)
		}
		again, err := toBuilder(t, string(got.Source)).File()
		if diff := cmp.Diff(string(got.Source), string(again)); err != nil || diff != "" {
			t.Errorf("%s: %v, the file again:\n%s", want.Name, err, diff)
		}
	}
}

// toBuilder turns a lab file into the equivalent calls of a Builder.
func toBuilder(t *testing.T, text string) *Builder {
	t.Helper()
	root, m := composed(text)
	if root == nil {
		t.Fatal(m.err())
	}
	c := converter{t}
	b := New(valueOf(root, "name").text)
	c.each(root, map[string]func(v *yamlNode){
		"name":   func(*yamlNode) {},
		"prefix": func(v *yamlNode) { b.Prefix(v.text) },
		"ipv6":   func(v *yamlNode) { b.IPv6(c.mode(v)) },
		"hosts": func(v *yamlNode) {
			b.Hosts(map[string]HostsMode{"true": HostsOn, "false": HostsOff, "etc": HostsEtc}[word(findKey(secLab, "hosts"), v.text)])
		},
		"defaults": func(v *yamlNode) {
			b.Defaults(c.defaults(v)).LinkDefaults(c.linkDefaults(v))
		},
		"kinds": func(v *yamlNode) {
			for i, k := range v.keys {
				b.Kind(c.kind(k.text), c.node(v.items[i]))
			}
		},
		"groups": func(v *yamlNode) {
			for i, k := range v.keys {
				b.Group(k.text, c.node(v.items[i]))
			}
		},
		"nodes": func(v *yamlNode) {
			for i, k := range v.keys {
				b.Node(k.text, c.node(v.items[i]))
			}
		},
		"links": func(v *yamlNode) {
			for _, l := range v.items {
				left, right, config := c.link(l)
				b.Link(left, right, config)
			}
		},
	})
	return b
}

type converter struct{ t *testing.T }

// each calls the function for each key of a mapping. A key without one is
// missing from the Builder, or from this test.
func (c converter) each(n *yamlNode, keys map[string]func(v *yamlNode)) {
	c.t.Helper()
	for i, k := range n.keys {
		f, ok := keys[k.text]
		if !ok {
			c.t.Errorf("nothing says %q, on line %d", k.text, k.at.Line)
			continue
		}
		f(n.items[i])
	}
}

func valueOf(n *yamlNode, key string) *yamlNode {
	for i, k := range n.keys {
		if k.text == key {
			return n.items[i]
		}
	}
	return &yamlNode{}
}

func (c converter) mode(v *yamlNode) IPv6Mode {
	m, ok := mode(v)
	if !ok {
		c.t.Errorf("%q is no mode", v.text)
	}
	return m
}

func (c converter) kind(text string) NodeKind {
	kind, ok := kindOf(text)
	if !ok {
		c.t.Fatalf("kind %q", text)
	}
	return kind
}

func (c converter) number(v *yamlNode) int {
	n, err := strconv.Atoi(v.text)
	if err != nil {
		c.t.Error(err)
	}
	return n
}

func (c converter) texts(v *yamlNode) []string {
	var all []string
	switch v.kind {
	case yamlScalar:
		if v.text != "" {
			all = append(all, v.text)
		}
	case yamlSequence:
		all = []string{}
		for _, item := range v.items {
			all = append(all, item.text)
		}
	}
	return all
}

func (c converter) settings(v *yamlNode) map[string]string {
	all := make(map[string]string)
	for i, k := range v.keys {
		all[k.text] = v.items[i].text
	}
	return all
}

func (c converter) node(v *yamlNode) (n NodeConfig) {
	c.each(v, c.nodeKeys(&n))
	return n
}

// nodeKeys has the functions that set a NodeConfig from the keys of a node, or
// of what nodes inherit.
func (c converter) nodeKeys(n *NodeConfig) map[string]func(v *yamlNode) {
	return map[string]func(v *yamlNode){
		"kind":   func(v *yamlNode) { n.Kind = rtnl.Some(c.kind(v.text)) },
		"group":  func(v *yamlNode) { n.Group = v.text },
		"count":  func(v *yamlNode) { n.Count = c.number(v) },
		"ipv6":   func(v *yamlNode) { n.IPv6 = rtnl.Some(c.mode(v)) },
		"bridge": func(v *yamlNode) { n.Bridge = c.bridge("", v) },
		"bridges": func(v *yamlNode) {
			for i, k := range v.keys {
				n.Bridges = append(n.Bridges, c.bridge(k.text, v.items[i]))
			}
		},
		"interfaces": func(v *yamlNode) {
			for i, k := range v.keys {
				n.Interfaces = append(n.Interfaces, c.iface(k.text, v.items[i]))
			}
		},
		"sysctls":   func(v *yamlNode) { n.Sysctls = c.settings(v) },
		"routes":    func(v *yamlNode) { n.Routes = c.texts(v) },
		"addresses": func(v *yamlNode) { n.Addresses = c.texts(v) },
		"dns":       func(v *yamlNode) { n.DNS = c.texts(v) },
		"exec":      func(v *yamlNode) { n.Exec = c.texts(v) },
		"binds":     func(v *yamlNode) { n.Binds = c.texts(v) },
		"env":       func(v *yamlNode) { n.Env = c.settings(v) },
		"cmd":       func(v *yamlNode) { n.Cmd = c.command(v) },
		"processes": func(v *yamlNode) {
			for i, k := range v.keys {
				n.Processes = append(n.Processes, c.process(k.text, v.items[i]))
			}
		},
		"stop-signal":    c.stop(&n.StopConfig)["stop-signal"],
		"stop-timeout":   c.stop(&n.StopConfig)["stop-timeout"],
		"restart-policy": c.stop(&n.StopConfig)["restart-policy"],
		"startup-delay":  c.ready(&n.ReadyConfig)["startup-delay"],
		"wait-for":       c.ready(&n.ReadyConfig)["wait-for"],
		"healthcheck":    c.ready(&n.ReadyConfig)["healthcheck"],
		"memory":         func(v *yamlNode) { n.Memory = v.text },
		"cpu": func(v *yamlNode) {
			var err error
			if n.CPU, err = strconv.ParseFloat(v.text, 64); err != nil {
				c.t.Error(err)
			}
		},
		"pids":  func(v *yamlNode) { n.PIDs = c.number(v) },
		"tmpfs": func(v *yamlNode) { n.Tmpfs = c.settings(v) },
		"files": func(v *yamlNode) {
			for i, k := range v.keys {
				f := FileConfig{Target: k.text}
				c.each(v.items[i], map[string]func(v *yamlNode){
					"content":  func(v *yamlNode) { f.Content = v.text },
					"template": func(v *yamlNode) { f.Template = v.text },
					"mode":     func(v *yamlNode) { f.Mode = v.text },
					"owner":    func(v *yamlNode) { f.Owner = v.text },
				})
				n.Files = append(n.Files, f)
			}
		},
		"overlay":        func(v *yamlNode) { n.Overlays = c.texts(v) },
		"startup-config": func(v *yamlNode) { n.StartupConfig = v.text },
		"extras":         func(v *yamlNode) { n.FRRDaemons = c.texts(valueOf(valueOf(v, "frr"), "daemons")) },
		"env-files":      func(v *yamlNode) { n.EnvFiles = c.texts(v) },
		"user":           func(v *yamlNode) { n.User = v.text },
		"working_dir":    func(v *yamlNode) { n.WorkingDir = v.text },
		"hostname":       func(v *yamlNode) { n.Hostname = v.text },
	}
}

// command returns the words of a command.
func (c converter) command(v *yamlNode) []string {
	if v.kind == yamlSequence {
		return c.texts(v)
	}
	words, err := iproute.Split(v.text)
	if err != nil {
		c.t.Error(err)
	}
	return words
}

func (c converter) duration(v *yamlNode) time.Duration {
	d, err := time.ParseDuration(v.text)
	if err != nil {
		c.t.Error(err)
	}
	return d
}

func (c converter) stop(s *StopConfig) map[string]func(v *yamlNode) {
	return map[string]func(v *yamlNode){
		"stop-signal":    func(v *yamlNode) { s.StopSignal = v.text },
		"stop-timeout":   func(v *yamlNode) { s.StopTimeout = c.duration(v) },
		"restart-policy": func(v *yamlNode) { s.RestartPolicy = v.text },
	}
}

func (c converter) ready(r *ReadyConfig) map[string]func(v *yamlNode) {
	h := &r.Healthcheck
	return map[string]func(v *yamlNode){
		"startup-delay": func(v *yamlNode) { r.StartupDelay = c.duration(v) },
		"wait-for":      func(v *yamlNode) { r.WaitFor = c.texts(v) },
		"healthcheck": func(v *yamlNode) {
			c.each(v, map[string]func(v *yamlNode){
				"test": func(v *yamlNode) {
					if h.Test = c.texts(v); v.kind == yamlScalar {
						h.Test = []string{"CMD-SHELL", v.text}
					}
				},
				"interval": func(v *yamlNode) { h.Interval = c.duration(v) },
				"timeout":  func(v *yamlNode) { h.Timeout = c.duration(v) },
				"retries":  func(v *yamlNode) { h.Retries = c.number(v) },
				"start-period": func(v *yamlNode) {
					if h.StartPeriod = c.duration(v); h.StartPeriod == 0 {
						h.StartPeriod = -1
					}
				},
			})
		},
	}
}

func (c converter) process(name string, v *yamlNode) ProcessConfig {
	p := ProcessConfig{Name: name}
	keys := map[string]func(v *yamlNode){
		"cmd": func(v *yamlNode) { p.Cmd = c.command(v) },
		"env": func(v *yamlNode) { p.Env = c.settings(v) },
	}
	maps.Copy(keys, c.stop(&p.StopConfig))
	maps.Copy(keys, c.ready(&p.ReadyConfig))
	c.each(v, keys)
	return p
}

// defaults returns the keys of defaults for nodes: those under its nodes
// override those directly in it.
func (c converter) defaults(v *yamlNode) (n NodeConfig) {
	keys := c.nodeKeys(&n)
	keys["nodes"] = func(v *yamlNode) { c.each(v, c.nodeKeys(&n)) }
	for _, name := range []string{"links", "mtu", "queues"} {
		keys[name] = func(*yamlNode) {}
	}
	c.each(v, keys)
	return n
}

// linkDefaults returns the keys of defaults for links: those under its links
// override those directly in it.
func (c converter) linkDefaults(v *yamlNode) (l LinkConfig) {
	keys := map[string]func(v *yamlNode){
		"mtu":    func(v *yamlNode) { l.MTU = uint32(c.number(v)) },
		"queues": func(v *yamlNode) { l.Queues = uint32(c.number(v)) },
	}
	for _, name := range []string{"mtu", "queues"} {
		if w := valueOf(v, name); w.kind == yamlScalar {
			keys[name](w)
		}
	}
	keys["ipv6"] = func(v *yamlNode) { l.Mode = rtnl.Some(c.mode(v)) }
	c.each(valueOf(v, "links"), keys)
	return l
}

func (c converter) iface(name string, v *yamlNode) InterfaceConfig {
	in := InterfaceConfig{Name: name}
	keys := map[string]func(v *yamlNode){
		"kind":      func(v *yamlNode) { in.Kind = v.text },
		"link":      func(v *yamlNode) { in.Link = v.text },
		"mac":       func(v *yamlNode) { in.MAC = v.text },
		"mtu":       func(v *yamlNode) { in.MTU = uint32(c.number(v)) },
		"addresses": func(v *yamlNode) { in.Addresses = c.texts(v) },
		"ipv6":      func(v *yamlNode) { in.IPv6 = rtnl.Some(c.mode(v)) },
	}
	kind := kindOfInterface(v)
	if kind.isBridge() {
		keys["ports"] = func(v *yamlNode) { in.Ports = c.texts(v) }
	}
	if kind.options != nil {
		p := &fileParser{Mistakes: &Mistakes{}}
		i := &interfaceSpec{name: name, kind: kind, f: p.fields(v, kind.section()), v: v}
		if !p.readInterfaceOptions(i) {
			c.t.Fatalf("options of interface %q", name)
		}
		in.Options = i.options
		for _, k := range kind.keys {
			if keys[k.name] == nil {
				keys[k.name] = func(*yamlNode) {}
			}
		}
		keys["members"] = func(v *yamlNode) { in.Members = c.texts(v) }
		if kind.linkKey != "" {
			keys[kind.linkKey] = func(v *yamlNode) { in.Link = v.text }
		}
	}
	c.each(v, keys)
	return in
}

func (c converter) bridge(name string, v *yamlNode) BridgeConfig {
	b := BridgeConfig{Name: name}
	keys := map[string]func(v *yamlNode){
		"name":      func(v *yamlNode) { b.Name = v.text },
		"mac":       func(v *yamlNode) { b.MAC = v.text },
		"mtu":       func(v *yamlNode) { b.MTU = uint32(c.number(v)) },
		"addresses": func(v *yamlNode) { b.Addresses = c.texts(v) },
	}
	for _, k := range bridgeKeys() {
		if k.option != nil {
			keys[k.name] = func(v *yamlNode) { k.option(&b.Options).set(number(&k, v)) }
		}
	}
	c.each(v, keys)
	return b
}

func (c converter) link(v *yamlNode) (left, right string, l LinkConfig) {
	perEnd := func(to *[2][]string) func(v *yamlNode) {
		return func(v *yamlNode) { to[0], to[1] = c.texts(v.items[0]), c.texts(v.items[1]) }
	}
	port := func(end int, v *yamlNode) {
		for i, k := range v.keys {
			key := findKey(secPort, k.text)
			key.port(&l.Port[end]).set(number(key, v.items[i]))
		}
	}
	vlan := func(end int, v *yamlNode) {
		c.each(v, map[string]func(v *yamlNode){
			"access": func(v *yamlNode) { l.VLAN[end].Access = uint16(c.number(v)) },
			"native": func(v *yamlNode) { l.VLAN[end].Native = uint16(c.number(v)) },
			"trunk":  func(v *yamlNode) { l.VLAN[end].Trunk = c.texts(v) },
		})
	}
	impair := func(to *ImpairConfig, v *yamlNode) {
		text := func(to *string) func(v *yamlNode) { return func(v *yamlNode) { *to = v.text } }
		c.each(v, map[string]func(v *yamlNode){
			"delay":        func(v *yamlNode) { to.Delay = c.duration(v) },
			"jitter":       func(v *yamlNode) { to.Jitter = c.duration(v) },
			"correlation":  text(&to.Correlation),
			"distribution": text(&to.Distribution),
			"loss":         text(&to.Loss),
			"duplicate":    text(&to.Duplicate),
			"corrupt":      text(&to.Corrupt),
			"reorder":      text(&to.Reorder),
			"gap":          func(v *yamlNode) { to.Gap = uint32(c.number(v)) },
			"rate":         text(&to.Rate),
			"queue":        func(v *yamlNode) { to.Queue = uint32(c.number(v)) },
			"slot":         text(&to.Slot),
			"ecn":          func(v *yamlNode) { to.ECN = number(findKey(secImpair, "ecn"), v) != 0 },
			"seed":         func(v *yamlNode) { to.Seed = rtnl.Some(uint64(c.number(v))) },
		})
	}
	var ends [2]string
	c.each(v, map[string]func(v *yamlNode){
		"impair": func(v *yamlNode) {
			items := []*yamlNode{v, v}
			if v.kind == yamlSequence {
				items = v.items
			}
			impair(&l.Impair[0], items[0])
			impair(&l.Impair[1], items[1])
		},
		"type":   func(*yamlNode) {},
		"ipv4":   perEnd(&l.IPv4),
		"mac":    func(v *yamlNode) { l.MAC = [2]string{v.items[0].text, v.items[1].text} },
		"port":   func(v *yamlNode) { port(0, v.items[0]); port(1, v.items[1]) },
		"vlan":   func(v *yamlNode) { vlan(0, v.items[0]); vlan(1, v.items[1]) },
		"mtu":    func(v *yamlNode) { l.MTU = uint32(c.number(v)) },
		"queues": func(v *yamlNode) { l.Queues = uint32(c.number(v)) },
		"ipv6": func(v *yamlNode) {
			if v.kind == yamlScalar {
				l.Mode = rtnl.Some(c.mode(v))
				return
			}
			perEnd(&l.IPv6)(v)
		},
		"subnet": func(v *yamlNode) {
			items := []*yamlNode{v}
			if v.kind == yamlSequence {
				items = v.items
			}
			for _, s := range items {
				if s.kind == yamlMapping {
					l.Subnets = append(l.Subnets, Subnet{valueOf(s, "pool").text, c.number(valueOf(s, "each"))})
					continue
				}
				l.Subnets = append(l.Subnets, Subnet{Prefix: s.text})
			}
		},
		"endpoints": func(v *yamlNode) {
			for i, e := range v.items {
				if ends[i] = e.text; e.kind != yamlMapping {
					continue
				}
				c.each(e, map[string]func(v *yamlNode){
					"node": func(v *yamlNode) { ends[i] = v.text },
					"interface": func(v *yamlNode) {
						ends[i] += ":" + v.text
					},
					"mac":    func(v *yamlNode) { l.MAC[i] = v.text },
					"ipv4":   func(v *yamlNode) { l.IPv4[i] = c.texts(v) },
					"ipv6":   func(v *yamlNode) { l.IPv6[i] = c.texts(v) },
					"port":   func(v *yamlNode) { port(i, v) },
					"impair": func(v *yamlNode) { impair(&l.Impair[i], v) },
					"vlan":   func(v *yamlNode) { vlan(i, v) },
				})
			}
		},
	})
	return ends[0], ends[1], l
}

// File refuses what a lab file cannot express, and Topology what Parse refuses,
// with its place in the file.
func TestBuildMistakes(t *testing.T) {
	router := NodeConfig{Kind: rtnl.Some(Router)}
	for name, tc := range map[string]struct {
		b    *Builder
		want string
	}{
		"two configurations": {New("x").Host("a", NodeConfig{}, NodeConfig{}), `lab "x": node "a": it has 2 configurations; at most one is allowed`},
		"two kinds":          {New("x").Host("a", router), `lab "x": node "a": it is added as a host, and its configuration says router`},
		"no such kind":       {New("x").Node("a", NodeConfig{Kind: rtnl.Some(NodeKind(7))}), `lab "x": node "a": no kind of node has the number 7`},
		"an option without key": {New("x").Bridge("a", NodeConfig{Bridge: BridgeConfig{Options: rtnl.Bridge{MulticastHashMax: rtnl.Some[uint32](8)}}}),
			`lab "x": node "a": a bridge has options that a lab file has no keys for`},
		"addresses and a mode": {New("x").Link("a", "b", LinkConfig{IPv6: [2][]string{{"fd00::1/64"}, nil}, Mode: rtnl.Some(IPv6On)}),
			`lab "x": link of "a" and "b": it has IPv6 addresses and an IPv6 mode; a lab file says one of them`},
		"links with two configurations": {New("x").Link("a", "b", LinkConfig{}, LinkConfig{}), `lab "x": link of "a" and "b": it has 2 configurations; at most one is allowed`},
		"no nodes":                      {New("x"), "x (built in Go):1:1: the lab has no nodes; add nodes:\n    name: x\n    ^"},
		"no node":                       {New("x").Host("a").Link("a:e", "b:e"), "x (built in Go):5:25: no node \"b\"\n    " + `  - {endpoints: ["a:e", "b:e"]}` + "\n" + strings.Repeat(" ", 28) + "^"},
		"a node twice":                  {New("x").Host("a").Router("a"), "x (built in Go):4:3: key \"a\" occurs twice, first on line 3\n      a: {kind: router}\n      ^"},
		"no UTF-8":                      {New("x").Host("a", NodeConfig{Exec: []string{"a\xff"}}), "x (built in Go):3:27: byte 0xff is not UTF-8; lab files are UTF-8\n      a: {kind: host, exec: [a ]}\n                              ^"},
		"no such mode":                  {New("x").IPv6(7).Host("a"), "x (built in Go):2:7: ipv6 is \"7\"; write auto, on or off\n    ipv6: 7\n          ^"},
		"no such hosts":                 {New("x").Hosts(7).Host("a"), "x (built in Go):2:8: hosts is \"7\"; write true, false or etc\n    hosts: 7\n           ^"},
	} {
		t.Run(name, func(t *testing.T) {
			top, err := tc.b.Topology()
			if top != nil || err == nil {
				t.Fatalf("%v, %v", top, err)
			}
			var list Errors
			if got := err.Error(); got != tc.want || errors.As(err, &list) != strings.Contains(tc.want, "built in Go") {
				t.Errorf("the error is %T\n%s\nwant\n%s", err, got, tc.want)
			}
		})
	}
}

// Texts reach the Topology unchanged.
func FuzzBuildText(f *testing.F) {
	for _, s := range []string{"", "a", "null", "~", "0x10", "a: b", "- a", "#", "é\u00a0", "\"", "\\", "a\nb\t", "\u2028", "\ufeff", "\U0001f600", "<<", "'", "\a\v\x7f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := New("x").Host("a", NodeConfig{Env: map[string]string{"E": s}, Exec: []string{"true " + s}})
		top, err := b.Topology()
		if err != nil {
			var list Errors
			if !errors.As(err, &list) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if strings.Contains(s, "${") {
			return
		}
		if n := top.Node("a"); n.Env[0] != "E="+s || n.Exec[0] != "true "+s {
			t.Errorf("%q is %q and %q", s, n.Env, n.Exec)
		}
	})
}

// The settings of a map always come in the same order.
func TestBuildOrder(t *testing.T) {
	settings := make(map[string]string)
	for i := range 50 {
		settings["K"+strconv.Itoa(i)] = time.Duration(i).String()
	}
	var files []string
	for range 5 {
		b, err := New("x").Host("a", NodeConfig{Env: maps.Clone(settings)}).File()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(b))
	}
	if len(slices.Compact(files)) != 1 {
		t.Errorf("%q", files)
	}
}
