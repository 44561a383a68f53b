package lab

import (
	"errors"
	"slices"
	"testing"

	"github.com/nslab/nslab/topology"
)

// What Parse has not made, or what has been changed since, is neither planned
// nor made.
func TestIntegrationNotParsed(t *testing.T) {
	cfg := &Config{}
	changed := func(change func(*topology.Topology)) *topology.Topology {
		top := parse(t, pair)
		top.Nodes, top.Links = slices.Clone(top.Nodes), slices.Clone(top.Links)
		change(top)
		return top
	}
	good := parse(t, pair)
	for name, top := range map[string]*topology.Topology{
		"nil":             nil,
		"nothing":         {},
		"a literal":       {Name: "t", Prefix: "t-", Nodes: []topology.Node{{Name: "a"}, {Name: "b"}}},
		"a copied one":    {Name: good.Name, Prefix: good.Prefix, Source: good.Source, Nodes: good.Nodes, Links: good.Links},
		"a node more":     changed(func(t *topology.Topology) { t.Nodes = append(t.Nodes, topology.Node{Name: "c"}) }),
		"a node less":     changed(func(t *topology.Topology) { t.Nodes = t.Nodes[:1] }),
		"another name":    changed(func(t *topology.Topology) { t.Nodes[0].Name = "z" }),
		"nodes exchanged": changed(func(t *topology.Topology) { t.Nodes[0], t.Nodes[1] = t.Nodes[1], t.Nodes[0] }),
		"a link more":     changed(func(t *topology.Topology) { t.Links = append(t.Links, t.Links[0]) }),
		"a link nowhere":  changed(func(t *topology.Topology) { t.Links[0].Ends[1].Node = 7 }),
		"another lab":     changed(func(t *topology.Topology) { t.Name = "u" }),
		"another prefix":  changed(func(t *topology.Topology) { t.Prefix = "u-" }),
		"another source":  changed(func(t *topology.Topology) { t.Source = []byte("name: t\n") }),
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := PlanOffline(top, cfg); p != nil || !errors.Is(err, topology.ErrNotParsed) {
				t.Errorf("PlanOffline: %v, %v", p, err)
			}
			if p, err := PlanUp(bg, top, cfg, UpOptions{}); p != nil || !errors.Is(err, topology.ErrNotParsed) {
				t.Errorf("PlanUp: %v, %v", p, err)
			}
			if p, err := Up(bg, top, cfg, UpOptions{}); p != nil || !errors.Is(err, topology.ErrNotParsed) {
				t.Errorf("Up: %v, %v", p, err)
			}
			nothingLeft(t, nil, "t")
		})
	}
	copied := *good
	if _, err := PlanOffline(&copied, cfg); err != nil {
		t.Errorf("a copy of what Parse made: %v", err)
	}
}
