package lab

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nslab/nslab/nsfs"
)

// A name in /run/netns leads to a node, or is nobody's.
func TestNodeOf(t *testing.T) {
	cfg := &Config{Root: filepath.Join(t.TempDir(), "nslab"), NetNS: nsfs.Dir{Path: t.TempDir()}}
	for name, target := range map[string]string{
		"seed-net0":        cfg.Root + "/seed/ns/net0",
		".seed-net1.nslab": cfg.Root + "/seed/ns/net1",
		"etc":              cfg.Root + "/seed/etc",
		"bad":              cfg.Root + "/L!/ns/net0",
		"other":            "/elsewhere/seed/ns/net0",
	} {
		if err := os.Symlink(target, cfg.NetNS.File(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".seed-net1.nslab", "etc", "bad", "other", "nothere"} {
		if lab, node, ok := cfg.NodeOf(name); ok {
			t.Errorf("%s: node %q of lab %q", name, node, lab)
		}
	}
	if lab, node, ok := cfg.NodeOf("seed-net0"); !ok || lab != "seed" || node != "net0" {
		t.Errorf("got %q, %q, %v", lab, node, ok)
	}
}
