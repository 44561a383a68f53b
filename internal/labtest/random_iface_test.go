package labtest

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"sync"

	"github.com/nslab/nslab/nsfs"
)

// An ifaceModel is an interface that is not an end of a link.
type ifaceModel struct {
	name, kind, link string
	mac, ipv6        string
	mtu              int
	addresses        []string
	options          map[string]string // by the file's keys
}

// ifaceOptions are options by kind: their values, and that of a new interface.
// An option whose fresh value is "" has to be given.
var ifaceOptions = map[string]map[string]struct {
	fresh  string
	values []string
}{
	"dummy": {},
	"vlan": {
		"id":            {"", []string{"0", "1", "2", "3", "4094"}},
		"protocol":      {"802.1Q", []string{"802.1Q", "802.1ad"}},
		"reorder_hdr":   {"true", []string{"true", "false"}},
		"loose_binding": {"false", []string{"true", "false"}},
	},
	"macvlan": {
		"mode":       {"vepa", []string{"private", "vepa", "bridge", "bridge", "passthru", "source"}},
		"bcqueuelen": {"1000", []string{"0", "100", "1000"}},
	},
}

func stacked(kind string) bool { return kind != "dummy" }

// kindsHere are the kinds of ifaceOptions that the kernel has.
var kindsHere = sync.OnceValue(func() (kinds []string) {
	h, err := nsfs.New()
	if err != nil {
		return nil
	}
	defer h.Close()
	for _, words := range [][]string{{"dummy"}, {"vlan", "id", "1"}, {"macvlan"}} {
		err := h.Do(func() error {
			args := append([]string{"link", "add", "link", "lower", "name", words[0], "type"}, words...)
			exec.Command("ip", "link", "add", "lower", "type", "veth").Run() //nolint:errcheck // it may be there
			return exec.Command("ip", args...).Run()
		})
		if err == nil {
			kinds = append(kinds, words[0])
		}
	}
	return kinds
})

func (i *ifaceModel) clone() *ifaceModel {
	c := *i
	c.addresses, c.options = slices.Clone(i.addresses), maps.Clone(i.options)
	return &c
}

func cloneIfaces(from []*ifaceModel) (to []*ifaceModel) {
	for _, i := range from {
		to = append(to, i.clone())
	}
	return to
}

// newIface returns an interface of a kind on one of some interfaces.
func (g *maker) newIface(kind string, on []string) *ifaceModel {
	i := &ifaceModel{name: fmt.Sprintf("%s%d", pick(g, "v", "if.", "m"), g.m.number()), kind: kind, options: make(map[string]string)}
	if stacked(kind) {
		i.link = pick(g, on...)
	}
	for _, name := range sortedKeys(ifaceOptions[kind]) {
		if o := ifaceOptions[kind][name]; o.fresh == "" || g.one(4) {
			i.options[name] = pick(g, o.values...)
		}
	}
	for range g.r.IntN(3) {
		g.changeIface(i, nil)
	}
	return i
}

// changeIface changes one thing about an interface, but not its kind or name.
// On are others that it may be on.
func (g *maker) changeIface(i *ifaceModel, on []string) {
	switch k := g.r.IntN(8); {
	case k == 0:
		i.mtu = pick(g, 0, 0, 1400, 1280, 1000, 1500, 9000)
	case k == 1:
		i.mac = pick(g, "", g.mac())
	case k == 2:
		i.ipv6 = pick(g, "", "auto", "on", "off")
	case k == 3 && stacked(i.kind) && len(on) > 0:
		i.link = pick(g, on...)
	case k < 6 || len(ifaceOptions[i.kind]) == 0:
		if len(i.addresses) > 0 && g.one(2) {
			i.addresses = i.addresses[1:]
		} else {
			a, _ := g.network(g.one(3))
			i.addresses = append(i.addresses, a("${INDEX}"))
		}
	default:
		name := pick(g, sortedKeys(ifaceOptions[i.kind])...)
		if o := ifaceOptions[i.kind][name]; i.options[name] != "" && o.fresh != "" && g.one(2) {
			delete(i.options, name)
		} else {
			i.options[name] = pick(g, o.values...)
		}
	}
}

// changeIfaces adds an interface to a node, removes or changes one.
func (g *maker) changeIfaces() {
	kinds := kindsHere()
	n := pick(g, g.m.nodes...)
	x, err := expand(g.m)
	if err != nil || len(kinds) == 0 {
		return
	}
	var on []string
	for _, xn := range x.nodes {
		if xn.spec.name == n.name {
			for _, d := range xn.devices() {
				on = append(on, d.name)
			}
		}
	}
	switch {
	case len(n.ifaces) > 0 && g.one(6):
		n.ifaces = without(g, n.ifaces)
	case len(n.ifaces) > 0 && g.one(10):
		i := pick(g, n.ifaces...)
		old := i.name
		i.name = fmt.Sprintf("x%d", g.m.number())
		for _, o := range n.ifaces {
			if o.link == old {
				o.link = i.name
			}
		}
	case len(n.ifaces) > 0 && g.one(8):
		g.r.Shuffle(len(n.ifaces), func(a, b int) { n.ifaces[a], n.ifaces[b] = n.ifaces[b], n.ifaces[a] })
	case len(n.ifaces) > 0 && g.one(2):
		g.changeIface(pick(g, n.ifaces...), on)
	default:
		if kind := pick(g, kinds...); !stacked(kind) || len(on) > 0 {
			n.ifaces = append(n.ifaces, g.newIface(kind, on))
		}
	}
}

// changeInherited does the same to a template, which is of no node.
func (g *maker) changeInherited(t *template) {
	switch {
	case !slices.Contains(kindsHere(), "dummy"):
	case len(t.ifaces) > 0 && g.one(2):
		t.ifaces = without(g, t.ifaces)
	case len(t.ifaces) > 0 && g.one(2):
		g.changeIface(pick(g, t.ifaces...), nil)
	default:
		t.ifaces = append(t.ifaces, g.newIface("dummy", nil))
	}
	for _, i := range t.ifaces {
		i.mac, i.addresses = "", slices.DeleteFunc(i.addresses, func(string) bool { return g.one(2) })
	}
}

// tidyIfaces removes those interfaces that cannot be where they are.
func (m *labModel) tidyIfaces(x *expanded) (removed bool) {
	for _, spec := range m.nodes {
		spec.ifaces = slices.DeleteFunc(spec.ifaces, func(i *ifaceModel) bool {
			for _, n := range x.nodes {
				if n.spec.name == spec.name && i.link != "" && n.iface(i.name) != nil && n.refuses(m, n.iface(i.name)) != "" {
					removed = true
					return true
				}
			}
			return false
		})
	}
	return removed
}

// ifaces writes the interfaces of a template.
func (s *speller) ifaces(all []*ifaceModel) (list yamlMap) {
	for _, i := range all {
		m := yamlMap{{"kind", yamlText(i.kind)}}
		for _, text := range []struct{ key, value string }{{"link", i.link}, {"mac", i.mac}} {
			if text.value != "" {
				m.put(text.key, yamlText(text.value))
			}
		}
		if i.ipv6 != "" {
			m.put("ipv6", s.mode(i.ipv6))
		}
		if i.mtu != 0 {
			m.put("mtu", number(i.mtu))
		}
		if len(i.addresses) > 0 {
			m.put("addresses", texts(i.addresses))
		}
		for _, key := range sortedKeys(i.options) {
			value := any(yamlText(i.options[key]))
			if on, err := strconv.ParseBool(i.options[key]); err == nil && len(i.options[key]) > 1 {
				value = s.truth(on)
			} else if _, err := strconv.Atoi(i.options[key]); err == nil {
				value = yamlWord(i.options[key])
			}
			m.put(key, value)
		}
		list.put(i.name, s.mixed(m))
	}
	return list
}

// setIfaceOption changes an option that the file gives an interface.
func (d *drifter) setIfaceOption(s spot) (string, error) {
	var names []string
	for _, name := range sortedKeys(s.i.options) {
		if name != "id" && name != "protocol" && !(name == "mode" && s.i.passthru()) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "", nil
	}
	name := pick(d.maker, names...)
	value := pick(d.maker, ifaceOptions[s.i.kind][name].values...)
	if value == "passthru" {
		return "", nil
	}
	if word, ok := map[string]string{"true": "on", "false": "off"}[value]; ok {
		value = word
	}
	return d.ip(s.n, "link", "set", s.iface, "type", s.i.kind, name, value)
}

// on returns the places of the interfaces on one that the kernel changes with
// it, and of those on them.
func (d *drifter) on(at place, changes func(*xIface) bool) (all []place) {
	for _, i := range d.t.x.node(at.node).ifaces {
		if i.link == at.iface && changes(i) {
			up := place{at.node, i.name}
			all = append(append(all, up), d.on(up, changes)...)
		}
	}
	return all
}

func anyIface(*xIface) bool { return true }
