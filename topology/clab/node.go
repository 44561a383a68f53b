package clab

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/suggest"
	"github.com/nslab/nslab/topology"
)

const (
	noImages  = "nodes are network namespaces, and there is no image"
	noRuntime = "there are no containers"
	noLimits  = "a node has no limits, which need a cgroup v2 with controllers; a lab file may set cpu: and memory:"
)

var nodeSection = section{"a node", map[string]string{
	"kind": "", "group": "", "image": "", "type": "", "startup-config": "", "startup-delay": "", "exec": "", "binds": "", "volumes": "",
	"env": "", "env-files": "", "user": "", "hostname": "", "entrypoint": "", "cmd": "", "labels": "", "network-mode": "", "stages": "",
	"dns": "", "healthcheck": "", "tmpfs": "", "sysctls": "", "restart-policy": "", "privileged": "",

	"image-pull-policy": noImages, "license": noImages, "runtime": noRuntime, "auto-remove": noRuntime,
	"enforce-startup-config": "there is no earlier configuration", "suppress-startup-config": "there is no earlier configuration",
	"config": "nothing is configured over the network", "credentials": "nothing is configured over the network",
	"position": "it is for pictures", "link-apply-mode": "links change while their nodes run",
	"ports":         "no port of the machine leads into a node; \"nslab exec NODE -- curl ...\" gets there",
	"mgmt-ipv4":     "nodes have no management network",
	"mgmt-ipv6":     "nodes have no management network",
	"aliases":       "nodes find each other by their names alone",
	"devices":       "programs have the machine's devices",
	"cap-add":       "programs have the capabilities of who runs nslab",
	"cgroup-parent": noRuntime, "cgroupns-mode": noRuntime, "pid-mode": "programs are in the machine's PID namespace",
	"security-opts": noRuntime, "shm-size": noRuntime,
	"cpu": noLimits, "cpu-set": noLimits, "memory": noLimits,
	"certificate": "certificates are not made", "components": "they are parts of a vendor's router",
	"extras": "they are for kinds that are not to be had",
}}

// lists, mappings and others are the keys of a node that have not a single
// value.
var (
	lists    = []string{"exec", "binds", "volumes", "env-files"}
	mappings = []string{"env", "labels", "tmpfs", "sysctls"}
	others   = []string{"stages", "dns", "healthcheck"}
)

// layer checks what nodes inherit, or a node's own keys.
func (r *reader) layer(v *topology.Value, name string) *topology.Value {
	s := nodeSection
	s.name = name
	if !r.check(v, &s) {
		return nil
	}
	for i, k := range v.Keys {
		item := v.Items[i]
		without, known := s.keys[k.Text]
		switch {
		case !known || without != "" || item.Kind == topology.Null || slices.Contains(others, k.Text):
		case slices.Contains(lists, k.Text):
			r.entries(k.Text, item, topology.List)
		case slices.Contains(mappings, k.Text):
			r.entries(k.Text, item, topology.Mapping)
		case item.Kind != topology.Scalar:
			r.Add(item.At, "", "%s is a single value, not %s", k.Text, item.Kind)
		}
	}
	return v
}

// entries checks a list of single values, or a mapping to them.
func (r *reader) entries(name string, v *topology.Value, kind topology.ValueKind) bool {
	if v.Kind != kind {
		r.Add(v.At, "", "%s is %s, not %s", name, kind, v.Kind)
		return false
	}
	ok := true
	for _, item := range v.Items {
		if item.Kind != topology.Scalar && (kind == topology.List || item.Kind != topology.Null) {
			r.Add(item.At, "", "an entry of %s is a single value, not %s", name, item.Kind)
			ok = false
		}
	}
	return ok
}

// layers checks kinds or groups.
func (r *reader) layers(v *topology.Value, name string) *topology.Value {
	if v == nil || v.Kind == topology.Null {
		return nil
	}
	if v.Kind != topology.Mapping {
		r.Add(v.At, "", "%s is a mapping, not %s", name, v.Kind)
		return nil
	}
	for i, k := range v.Keys {
		of := r.layer(v.Items[i], name+" "+plain.Clip(k.Text))
		if name == "kinds" && (k.Text == "bridge" || k.Text == "host") {
			r.unused(of, k.Text)
		}
	}
	return v
}

// unused warns of keys that have no effect in a node of a kind. Those of groups
// and defaults are for other nodes too.
func (r *reader) unused(v *topology.Value, kind string) {
	if v == nil {
		return
	}
	for i, k := range v.Keys {
		switch without, known := nodeSection.keys[k.Text]; {
		case !known || without != "" || v.Items[i].Kind == topology.Null: // layer says so
		case k.Text == "kind" || k.Text == "group" || k.Text == "network-mode":
		default:
			r.warn(k.At, "", "%s has no meaning in a node of kind %s", k.Text, kind)
		}
	}
}

// A node is one that the lab has.
type node struct {
	kind string // nslab's
	key  *topology.Value
	out  *topology.Value
	// in are the mappings that it takes its values from, the nearest first.
	in []*topology.Value
	// targets are where programs see something else than the machine's files.
	targets map[string]bool
	// dummies are interfaces that a link of type dummy gives it.
	dummies *topology.Value
}

// one returns the nearest value of a key that is not empty, or nil.
func (n *node) one(key string) *topology.Value {
	for _, v := range n.in {
		if item := v.Get(key); item != nil && item.Kind != topology.Null && (item.Kind != topology.Scalar || item.Text != "") {
			return item
		}
	}
	return nil
}

// items returns the single values of a key's lists, those of the defaults
// first.
func (n *node) items(key string) (all []*topology.Value) {
	for _, v := range slices.Backward(n.in) {
		if item := v.Get(key); item != nil && item.Kind == topology.List {
			all = append(all, item.Items...)
		}
	}
	return all
}

// settings returns the entries of a key's mappings, the nearest of each name.
func (n *node) settings(key string) *topology.Value {
	all := mapping(n.key.At)
	for _, v := range n.in {
		item := v.Get(key)
		if item == nil || item.Kind != topology.Mapping {
			continue
		}
		for i, k := range item.Keys {
			if all.Get(k.Text) == nil {
				all.Keys = append(all.Keys, k)
				all.Items = append(all.Items, item.Items[i])
			}
		}
	}
	return all
}

// inherit finds the mappings that a node takes its values from: its own, those
// of its group and its kind, and defaults.
func (r *reader) inherit(own *topology.Value) (kind *topology.Value, in []*topology.Value) {
	first := func(of ...*topology.Value) *topology.Value {
		for _, v := range of {
			if v != nil && v.Kind == topology.Scalar && v.Text != "" {
				return v
			}
		}
		return nil
	}
	named := func(of, name *topology.Value) *topology.Value {
		if name == nil {
			return nil
		}
		return of.Get(name.Text)
	}
	defaultGroup := r.defaults.Get("group")
	kind = first(own.Get("kind"), named(r.groups, first(own.Get("group"))).Get("kind"), named(r.groups, first(defaultGroup)).Get("kind"), r.defaults.Get("kind"))
	ofKind := named(r.kinds, kind)
	group := first(own.Get("group"), ofKind.Get("group"), defaultGroup)
	return kind, []*topology.Value{own, named(r.groups, group), ofKind, r.defaults}
}

// readNodes reads all nodes.
func (r *reader) readNodes(v, out *topology.Value) {
	for i, k := range v.Keys {
		n := &node{key: k, out: mapping(k.At), targets: make(map[string]bool)}
		r.of = n.out
		own := r.layer(v.Items[i], "node "+plain.Clip(k.Text))
		var kind *topology.Value
		if kind, n.in = r.inherit(own); kind == nil {
			r.Add(k.At, "write kind: linux", "node %q has no kind", plain.Clip(k.Text))
			r.partial = true
			continue
		}
		if r.readNode(n, kind) {
			r.nodes[k.Text] = n
			put(out, k, n.out)
		} else {
			r.partial = r.partial || !r.hosts[k.Text]
		}
	}
}

// readNode reads a node, and reports whether the lab has it.
func (r *reader) readNode(n *node, kind *topology.Value) bool {
	name := n.key.Text
	what, known := Kinds[kind.Text]
	if long, is := short[kind.Text]; is {
		what, known = Kinds[long], true
	}
	at := n.key.At
	if v := n.in[0].Get("kind"); v == kind {
		at = kind.At
	}
	switch {
	case !known:
		r.Add(at, unknownKind(kind.Text), "unknown kind %q of node %q", plain.Clip(kind.Text), plain.Clip(name))
		return false
	case what != "":
		r.Add(at, "", "node %q is of kind %s: %s, which nslab cannot run", plain.Clip(name), kind.Text, what)
		return false
	case kind.Text == "host":
		r.unused(n.in[0], "host")
		r.hosts[name] = true
		return false
	}
	if !r.network(n) {
		return false
	}
	if kind.Text == "bridge" {
		r.bridge(n)
		return true
	}
	r.linux(n)
	return true
}

func unknownKind(kind string) string {
	if near := suggest.Nearest(kind, slices.Values(slices.Sorted(maps.Keys(Kinds)))); near != "" {
		return "did you mean \"" + near + "\"?"
	}
	return "those that a lab can have are linux and bridge"
}

// network reads in which network namespace a node is, which is its own.
func (r *reader) network(n *node) bool {
	v := n.one("network-mode")
	switch {
	case v == nil || v.Text == "none" || v.Text == "bridge":
		return true
	case v.Text == "host":
		r.Add(v.At, "", "node %q is in the machine's own network (network-mode: host), and a node has its own", plain.Clip(n.key.Text))
	default:
		r.Add(v.At, "run both programs in one node, under processes:", "node %q is in the network of another (network-mode: %s), and a node has its own", plain.Clip(n.key.Text), plain.Clip(v.Text))
	}
	return false
}

// bridge reads a node of kind bridge, which is a bridge of the machine for
// containerlab.
func (r *reader) bridge(n *node) {
	n.kind = "bridge"
	r.unused(n.in[0], n.kind)
	n.out.Set("kind", text(n.key.At, "bridge"))
	n.out.Set("bridge", pairs(n.key.At, "name", n.key.Text))
	r.warn(n.key.At, "", "bridge %q is a node of the lab, and not a bridge of the machine", plain.Clip(n.key.Text))
}

// linux reads a node of kind linux, which forwards.
func (r *reader) linux(n *node) {
	n.kind = "router"
	if v := n.one("image"); v != nil {
		im, known := imageOf(v.Text)
		switch {
		case !known:
			r.warn(v.At, "", "nothing is known of image %q: the node's programs are those of the machine, and none runs by itself", plain.Clip(v.Text))
		case im.kind != "router" && n.one("cmd") == nil && n.one("entrypoint") == nil:
			n.kind = im.kind
			r.note("image %s: %s", plain.Clip(v.Text), im.words)
		}
	}
	n.out.Set("kind", text(n.key.At, n.kind))
	if name := n.one("hostname"); name != nil {
		n.out.Set("hostname", text(name.At, r.magic(name.Text)))
	} else if !strings.Contains(n.key.Text, "_") {
		n.out.Set("hostname", text(n.key.At, n.key.Text)) // containerlab's
	}
	r.files(n)
	r.environment(n)
	r.sysctls(n)
	r.dns(n)
	r.process(n)
	r.ready(n)
}

// sysctls reads settings.
func (r *reader) sysctls(n *node) {
	out := mapping(n.key.At)
	all := n.settings("sysctls")
	for i, k := range all.Keys {
		if name := strings.ReplaceAll(k.Text, "/", "."); !strings.HasPrefix(name, "net.") {
			r.warn(k.At, "", "sysctl %s is not a setting of a network namespace, but the machine's", plain.Clip(k.Text))
			continue
		}
		put(out, k, text(all.Items[i].At, all.Items[i].Text))
	}
	if len(out.Keys) > 0 {
		n.out.Set("sysctls", out)
	}
}

var dnsSection = section{"dns", map[string]string{"servers": "", "search": "", "options": ""}}

// dns reads the name servers.
func (r *reader) dns(n *node) {
	v := n.one("dns")
	if !r.check(v, &dnsSection) {
		return
	}
	var conf strings.Builder
	var servers []*topology.Value
	more := false
	for i, k := range v.Keys {
		if dnsSection.keys[k.Text] != "" || v.Items[i].Kind == topology.Null || !r.entries(k.Text, v.Items[i], topology.List) {
			continue
		}
		switch k.Text {
		case "servers":
			servers = v.Items[i].Items
			for _, item := range servers {
				fmt.Fprintf(&conf, "nameserver %s\n", oneLine(item.Text))
			}
		default:
			var all []string
			for _, item := range v.Items[i].Items {
				all = append(all, oneLine(item.Text))
			}
			more = more || len(all) > 0
			fmt.Fprintf(&conf, "%s %s\n", k.Text, strings.Join(all, " "))
		}
	}
	list := &topology.Value{Kind: topology.List, At: v.At}
	for _, s := range servers {
		list.Items = append(list.Items, text(s.At, s.Text))
	}
	switch {
	case more:
		files := mapping(v.At)
		files.Set("/etc/resolv.conf", pairs(v.At, "content", strings.ReplaceAll(conf.String(), "${", "$${")))
		n.out.Set("files", files)
	case len(list.Items) > 0:
		n.out.Set("dns", list)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// seconds is a number of seconds as a time, "" for 0 or a mistake.
func (r *reader) seconds(name string, v *topology.Value) string {
	if v == nil || v.Kind == topology.Null {
		return ""
	}
	s, err := strconv.ParseUint(v.Text, 10, 31)
	if err != nil {
		r.Add(v.At, "write a number of seconds", "%s is %q", name, plain.Clip(v.Text))
		return ""
	}
	if s == 0 {
		return ""
	}
	return strconv.FormatUint(s, 10) + "s"
}
