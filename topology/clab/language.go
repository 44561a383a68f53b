package clab

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/suggest"
	"github.com/nslab/nslab/topology"
)

// A Language reads containerlab's files. It is a topology.Language.
type Language struct {
	// Getenv returns an environment variable that a file refers to as ${NAME},
	// and whether it is set. A nil Getenv sets none.
	Getenv func(name string) (string, bool)
	// Strict makes warnings mistakes.
	Strict bool
	// SharedFiles has programs in nodes write to the machine's own files.
	// Otherwise each node has writable layers of its own over the directories
	// that programs in a container change.
	SharedFiles bool
}

// Find returns the names of containerlab's files in a directory, which end in
// .clab.yml or .clab.yaml.
func Find(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".clab.yml") || strings.HasSuffix(name, ".clab.yaml") {
			names = append(names, name)
		}
	}
	return names, err
}

var topologyKey = regexp.MustCompile(`(?m)^(topology|"topology"|'topology')[ \t]*:`)

// Is implements topology.Language: what tells the files from lab files is the
// key topology.
func (l *Language) Is(root *topology.Value, text []byte) bool {
	if root == nil {
		return topologyKey.Match(text)
	}
	return slices.ContainsFunc(root.Keys, func(k *topology.Value) bool { return k.Text == "topology" })
}

// Expand implements topology.Language.
func (l *Language) Expand(text string, wrong *topology.Mistakes) (string, func(topology.Pos) topology.Pos) {
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "{{") {
			wrong.Add(topology.Pos{Line: int32(i + 1), Column: 1}, "write what it makes", "a template of Go is not supported")
		}
	}
	return expand(text, l.Getenv, wrong)
}

// Lab implements topology.Language.
func (l *Language) Lab(root *topology.Value, wrong, warnings *topology.Mistakes) *topology.Value {
	if l.Strict {
		warnings = wrong
	}
	r := &reader{of: new(topology.Value), Mistakes: wrong, warnings: warnings, Language: l, hosts: make(map[string]bool), nodes: make(map[string]*node)}
	if lab := r.lab(root); !r.partial {
		return lab
	}
	return nil
}

// reader reads one file.
type reader struct {
	*topology.Mistakes
	warnings *topology.Mistakes
	*Language

	name                    string
	defaults, kinds, groups *topology.Value
	// of is the value that comments belong to.
	of *topology.Value
	// nodes are those of the lab by name, and hosts those of kind host.
	nodes map[string]*node
	hosts map[string]bool
	// partial says that mistakes have left out what others may refer to.
	partial bool
}

// magic replaces the variables of containerlab's own.
func (r *reader) magic(text string) string {
	return strings.NewReplacer(
		"${", "$${", // which are nslab's own
		"__clabNodeName__", "${NODE}", "__clabLabName__", r.name,
		"__clabNodeDir__", "clab-"+r.name+"/${NODE}", "__clabDir__", "clab-"+r.name,
	).Replace(text)
}

// A section is a mapping of a file, with the keys that it may have: "" for
// those that are read, else why the lab does without.
type section struct {
	name string
	keys map[string]string
}

// check reports unknown keys of a mapping, and warns of what has no meaning.
func (r *reader) check(v *topology.Value, s *section) bool {
	if v == nil || v.Kind == topology.Null {
		return false
	}
	if v.Kind != topology.Mapping {
		r.Add(v.At, "", "%s is a mapping, not %s", s.name, v.Kind)
		return false
	}
	for i, k := range v.Keys {
		without, known := s.keys[k.Text]
		switch {
		case !known:
			hint := ""
			if near := suggest.Nearest(k.Text, slices.Values(slices.Sorted(maps.Keys(s.keys)))); near != "" {
				hint = "did you mean \"" + near + "\"?"
			}
			r.Add(k.At, hint, "unknown key %q of %s", plain.Clip(k.Text), s.name)
		case without != "" && v.Items[i].Kind != topology.Null:
			r.warn(k.At, "", "%s has no meaning here: %s", k.Text, without)
		}
	}
	return true
}

var labSection = section{"a containerlab file", map[string]string{
	"name": "", "prefix": "", "topology": "",
	"mgmt":     "nodes have no management network; \"nslab exec NODE\" runs programs in them",
	"settings": "certificates are not made",
	"debug":    "nslab --trace shows what it does",
}}

var topologySection = section{"topology", map[string]string{"defaults": "", "kinds": "", "groups": "", "nodes": "", "links": ""}}

// lab reads the whole file.
func (r *reader) lab(root *topology.Value) *topology.Value {
	lab := mapping(root.At)
	if r.partial = !r.check(root, &labSection); r.partial {
		return lab
	}
	head := r.of
	top := root.Get("topology")
	if !r.check(top, &topologySection) {
		r.Add(root.At, "write the nodes under topology:", "topology is empty")
		r.partial = true
		return lab
	}
	r.readName(root, lab)
	lab.Set("ipv6", text(root.At, "on"))
	lab.Items[0].Comments = head.Comments
	r.defaults = r.layer(top.Get("defaults"), "defaults")
	r.kinds = r.layers(top.Get("kinds"), "kinds")
	r.groups = r.layers(top.Get("groups"), "groups")
	nodes := mapping(root.At)
	switch v := top.Get("nodes"); {
	case v != nil && v.Kind != topology.Mapping && v.Kind != topology.Null:
		r.Add(v.At, "", "nodes is a mapping, not %s", v.Kind)
		r.partial = true
	case v == nil || len(v.Keys) == 0:
		r.Add(top.At, "add nodes:", "the topology has no nodes")
		r.partial = true
	default:
		nodes.At = v.At
		r.readNodes(v, nodes)
	}
	links := r.readLinks(top.Get("links"))
	r.setKinds(lab)
	lab.Set("nodes", nodes)
	if len(links.Items) > 0 {
		lab.Set("links", links)
	}
	return lab
}

// readName reads the lab's name, and what stands before names of nodes in
// /run/netns: containerlab calls its namespaces clab-LAB-NODE.
func (r *reader) readName(root, lab *topology.Value) {
	name, prefix := root.Get("name"), root.Get("prefix")
	wrong := func(at topology.Pos, suggestion, format string, args ...any) {
		r.Add(at, suggestion, format, args...)
		r.partial = true
	}
	switch {
	case name == nil || name.Kind == topology.Null:
		wrong(root.At, "add name:", "the lab has no name")
		return
	case name.Kind != topology.Scalar:
		wrong(name.At, "", "name is a single value, not %s", name.Kind)
		return
	}
	r.name = strings.Trim(strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		}
		return '-'
	}, name.Text), "-")
	switch {
	case strings.Contains(name.Text, "__git"):
		wrong(name.At, "write a name", "name %q: variables of git are not supported", plain.Clip(name.Text))
	case topology.CheckName(r.name) != nil:
		wrong(name.At, "use 1 to 32 of a-z, 0-9 and \"-\"", "name is %q", plain.Clip(name.Text))
	case r.name != name.Text:
		r.warn(name.At, "", "name %q: the lab is called %q here, because names have a-z, 0-9 and \"-\"", plain.Clip(name.Text), r.name)
	}
	lab.Set("name", text(name.At, r.name))
	before, at := "clab-"+r.name+"-", name.At
	if prefix != nil {
		switch at = prefix.At; prefix.Text {
		case "":
			before = ""
		case "__lab-name":
			before = r.name + "-"
		default:
			before = r.magic(prefix.Text) + "-" + r.name + "-"
		}
	}
	lab.Set("prefix", text(at, before))
}

// shared are the directories over which nodes have writable layers: where
// programs in a container, which has files of its own, change some.
var shared = []string{"/etc", "/home", "/opt", "/root", "/srv", "/tmp", "/var"}

// setKinds writes what all nodes of a kind have.
func (r *reader) setKinds(lab *topology.Value) {
	defaults := mapping(lab.At)
	defaults.Set("links", pairs(lab.At, "mtu", "9500"))
	defaults.Comments = []string{"containerlab's MTU"}
	lab.Set("defaults", defaults)
	kinds := mapping(lab.At)
	var used []string
	for _, n := range r.nodes {
		used = append(used, n.kind)
	}
	slices.Sort(used)
	for _, kind := range slices.Compact(used) {
		k := mapping(lab.At)
		if kind == "bridge" {
			k.Set("ipv6", text(lab.At, "auto"))
			kinds.Set(kind, k)
			continue
		}
		k.Set("working_dir", text(lab.At, "/"))
		if !r.SharedFiles && !r.clash() {
			k.Set("overlay", texts(lab.At, shared...))
		}
		kinds.Set(kind, k)
	}
	lab.Set("kinds", kinds)
	if r.SharedFiles || !r.clash() {
		return
	}
	for _, n := range r.nodes {
		if n.kind != "bridge" {
			n.out.Set("overlay", texts(n.out.At, slices.DeleteFunc(slices.Clone(shared), func(dir string) bool { return n.targets[dir] })...))
		}
	}
}

// clash reports whether a node has something else in the place of an overlay.
func (r *reader) clash() bool {
	for _, n := range r.nodes {
		if slices.ContainsFunc(shared, func(dir string) bool { return n.targets[dir] }) {
			return true
		}
	}
	return false
}

// text is a single value.
func text(at topology.Pos, s string) *topology.Value {
	return &topology.Value{Kind: topology.Scalar, At: at, Text: s}
}

// texts is a list of single values.
func texts(at topology.Pos, all ...string) *topology.Value {
	v := &topology.Value{Kind: topology.List, At: at}
	for _, s := range all {
		v.Items = append(v.Items, text(at, s))
	}
	return v
}

func mapping(at topology.Pos) *topology.Value {
	return &topology.Value{Kind: topology.Mapping, At: at}
}

// put adds a key, with its place, to a mapping.
func put(m, key, item *topology.Value) {
	m.Keys, m.Items = append(m.Keys, text(key.At, key.Text)), append(m.Items, item)
}

// pairs is a mapping of keys to single values.
func pairs(at topology.Pos, all ...string) *topology.Value {
	v := mapping(at)
	for i := 0; i+1 < len(all); i += 2 {
		v.Set(all[i], text(at, all[i+1]))
	}
	return v
}

// warn warns of what the lab does without, and says so in a comment of the lab
// file.
func (r *reader) warn(at topology.Pos, suggestion, format string, args ...any) {
	r.warnings.Add(at, suggestion, format, args...)
	r.note(format, args...)
}

// note says in a comment of the lab file what is written otherwise there.
func (r *reader) note(format string, args ...any) {
	line := plain.Text(fmt.Sprintf(format, args...))
	if r.of != nil && !slices.Contains(r.of.Comments, line) {
		r.of.Comments = append(r.of.Comments, line)
	}
}
