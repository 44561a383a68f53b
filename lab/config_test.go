package lab

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nslab/nslab/nsfs"
)

// A name in /run/netns leads to a node, is one that a lab takes away, or is
// nobody's.
func TestNodeOf(t *testing.T) {
	cfg := &Config{Root: filepath.Join(t.TempDir(), "nslab"), NetNS: nsfs.Dir{Path: t.TempDir()}}
	for _, tt := range []struct {
		name, target string
		lab, node    string
		takingAway   bool
	}{
		{name: "seed-net0", target: cfg.Root + "/seed/ns/net0", lab: "seed", node: "net0"},
		{name: ".seed-net1.nslab", target: cfg.Root + "/seed/ns/net1", takingAway: true},
		// A lab's prefix may begin with a dot, and a node's name end like a
		// name that is kept.
		{name: ".x-net1", target: cfg.Root + "/x/ns/net1", lab: "x", node: "net1"},
		{name: ".x-a.nslab", target: cfg.Root + "/x/ns/a.nslab", lab: "x", node: "a.nslab"},
		{name: "..x-a.nslab.nslab", target: cfg.Root + "/x/ns/a.nslab", takingAway: true},
		{name: "etc", target: cfg.Root + "/seed/etc"},
		{name: "bad", target: cfg.Root + "/L!/ns/net0"},
		{name: "other", target: "/elsewhere/seed/ns/net0"},
		{name: ".other-net0.nslab", target: "/elsewhere/seed/ns/net0"},
		{name: "nothere"},
		{name: ".nothere.nslab"},
	} {
		if tt.target != "" {
			if err := os.Symlink(tt.target, cfg.NetNS.File(tt.name)); err != nil {
				t.Fatal(err)
			}
		}
		lab, node, ok := cfg.NodeOf(tt.name)
		if lab != tt.lab || node != tt.node || ok != (tt.lab != "") {
			t.Errorf("%s: got %q, %q, %v", tt.name, lab, node, ok)
		}
		if got := cfg.IsTakingAway(tt.name); got != tt.takingAway {
			t.Errorf("%s: taking away: %v", tt.name, got)
		}
	}
}
