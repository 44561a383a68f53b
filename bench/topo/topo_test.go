package topo

import (
	"testing"

	"github.com/nslab/nslab/topology"
)

// The file agrees with the model: nslab reads the same nodes, interfaces, MAC
// addresses and IP addresses from it.
func TestYAML(t *testing.T) {
	for _, c := range []struct {
		id    string
		n     int
		nodes int
		links int
	}{
		{"star", 5, 6, 5}, {"star6", 5, 6, 5}, {"star6q", 5, 6, 5}, {"stars", 3, 40, 39}, {"ring", 4, 4, 4},
		{"line", 4, 4, 3}, {"fattree", 4, 36, 48}, {"mesh", 5, 5, 10}, {"fan", 7, 2, 7},
	} {
		t.Run(c.id, func(t *testing.T) {
			m, err := New(c.id, c.n)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Nodes) != c.nodes || len(m.Links) != c.links {
				t.Fatalf("%d nodes and %d links, want %d and %d", len(m.Nodes), len(m.Links), c.nodes, c.links)
			}
			const file = "lab.yaml"
			got, err := topology.Parse(file, m.YAML(), nil)
			if err != nil {
				t.Fatalf("%v\n%s", err, m.YAML())
			}
			if len(got.Nodes) != len(m.Nodes) || len(got.Links) != len(m.Links) {
				t.Fatalf("nslab reads %d nodes and %d links, want %d and %d", len(got.Nodes), len(got.Links), len(m.Nodes), len(m.Links))
			}
			for i := range m.Nodes {
				if got.Nodes[i].Name != m.Nodes[i].Name {
					t.Errorf("node %d is %q, want %q", i, got.Nodes[i].Name, m.Nodes[i].Name)
				}
			}
			for i := range m.Links {
				for e := range m.Links[i] {
					g, w := &got.Links[i].Ends[e], &m.Links[i][e]
					if g.Node != w.Node || g.Iface != w.Iface || g.MAC.String() != w.MAC.String() {
						t.Errorf("link %d: end %d is %s of node %d, %s; want %s of %d, %s", i, e, g.Iface, g.Node, g.MAC, w.Iface, w.Node, w.MAC)
					}
					if w.Addr.IsValid() != (len(g.Addresses) == 1) || w.Addr.IsValid() && g.Addresses[0] != w.Addr {
						t.Errorf("link %d: end %d has %v, want %v", i, e, g.Addresses, w.Addr)
					}
				}
			}
		})
	}
}
