package topology

import (
	"maps"
	"slices"

	"github.com/nslab/nslab/internal/plain"
)

// layers are the mappings that nodes and links inherit from, as in
// containerlab: a node's own keys win over those of its group, of its kind, and
// of defaults.
type layers struct {
	defaults fields // defaults itself: of nodes and of links
	nodes    fields // defaults: {nodes: ...}
	links    fields // defaults: {links: ...}
	kinds    map[NodeKind]fields
	groups   map[string]fields
}

func (p *fileParser) readLayers(f fields) {
	p.base.defaults = p.fields(f["defaults"], secDefaults)
	p.base.nodes = p.fields(p.base.defaults["nodes"], secTemplate)
	p.base.links = p.fields(p.base.defaults["links"], secLinkBase)
	templates := []fields{p.base.defaults, p.base.nodes}
	p.base.kinds = make(map[NodeKind]fields)
	p.base.groups = make(map[string]fields)
	if n := f["kinds"]; n != nil {
		for i, k := range n.keys {
			kind, ok := p.kind(k)
			if !ok {
				continue
			}
			if _, twice := p.base.kinds[kind]; twice {
				p.Add(k.at, `"linux" is another word for "host"`, "kind %q occurs twice", kind)
				continue
			}
			t := p.fields(n.items[i], secTemplate)
			p.notHere(t, "kind", "the keys of a kind cannot change the kind")
			p.base.kinds[kind] = t
			templates = append(templates, t)
		}
	}
	if n := f["groups"]; n != nil {
		for i, k := range n.keys {
			t := p.fields(n.items[i], secTemplate)
			p.notHere(t, "group", "a group cannot be in a group")
			p.base.groups[k.text] = t
			templates = append(templates, t)
		}
	}
	for _, t := range templates {
		p.checkNames(t)
	}
}

func (p *fileParser) notHere(f fields, name, why string) {
	if v := f[name]; v != nil {
		p.Add(v.at, "", "%s", why)
		delete(f, name)
	}
}

// checkNames reports unknown kinds and groups.
func (p *fileParser) checkNames(f fields) {
	if v := f["kind"]; v != nil {
		if _, ok := p.kind(v); !ok {
			delete(f, "kind")
		}
	}
	if v := f["group"]; v != nil {
		if _, ok := p.base.groups[v.text]; !ok {
			p.Add(v.at, didYouMean(v.text, slices.Values(slices.Sorted(maps.Keys(p.base.groups)))), "no group %q", plain.Clip(v.text))
			delete(f, "group")
		}
	}
}

// inherited are the mappings that a node takes its values from, the nearest
// first.
type inherited []fields

// of finds a node's kind, its group and what it inherits. The kind is the
// node's own, else its group's, else that of defaults; the group is the node's
// own, else its kind's, else that of defaults.
func (b *layers) of(own fields) (kind NodeKind, group string, in inherited) {
	last := inherited{b.nodes, b.defaults}
	groupOf := func(f fields) fields {
		if v := f["group"]; v != nil {
			return b.groups[v.text]
		}
		return nil
	}
	if v := append(inherited{own, groupOf(own)}, last...).one("kind"); v != nil {
		kind, _ = kindOf(v.text)
	}
	if v := append(inherited{own, b.kinds[kind]}, last...).one("group"); v != nil {
		group = v.text
	}
	return kind, group, append(inherited{own, b.groups[group], b.kinds[kind]}, last...)
}

// one returns the nearest value of a key, or nil.
func (in inherited) one(name string) *yamlNode {
	for _, f := range in {
		if v := f[name]; v != nil {
			return v
		}
	}
	return nil
}

// all returns the values of a key, the nearest last.
func (in inherited) all(name string) []*yamlNode {
	var all []*yamlNode
	for _, f := range slices.Backward(in) {
		if v := f[name]; v != nil {
			all = append(all, v)
		}
	}
	return all
}

// items returns the entries of a key's lists, the nearest last.
func (in inherited) items(name string) []*yamlNode {
	var all []*yamlNode
	for _, v := range in.all(name) {
		all = append(all, v.items...)
	}
	return all
}

// A setting is a key and a value of a mapping.
type setting struct{ key, value *yamlNode }

// settings returns the entries of a key's mappings; for each name the nearest
// wins. Entries that are not single values are left out, because they have been
// reported.
func (in inherited) settings(name string) []setting {
	var all []setting
	at := make(map[string]int)
	for _, v := range in.all(name) {
		for i, k := range v.keys {
			if v.items[i].kind != yamlScalar {
				continue
			}
			if j, ok := at[k.text]; ok {
				all[j] = setting{k, v.items[i]}
				continue
			}
			at[k.text] = len(all)
			all = append(all, setting{k, v.items[i]})
		}
	}
	return all
}
