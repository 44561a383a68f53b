package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/watch"
)

// All names that ip netns lists are watched, except those that a lab is
// removing.
func TestWatchedNames(t *testing.T) {
	cfg := &lab.Config{Root: filepath.Join(t.TempDir(), "nslab"), NetNS: nsfs.Dir{Path: t.TempDir()}}
	for name, node := range map[string]string{"l-a": "l/ns/a", ".l-b.nslab": "l/ns/b", ".m-c": "m/ns/c"} {
		if err := os.Symlink(filepath.Join(cfg.Root, node), cfg.NetNS.File(name)); err != nil {
			t.Fatal(err)
		}
	}
	a, c := watch.Space{Label: "a", Lab: "l", Node: "a"}, watch.Space{Label: "c", Lab: "m", Node: "c"}
	full := func(s watch.Space) watch.Space { s.Label = s.Lab + "/" + s.Node; return s }
	for _, tt := range []struct {
		labs []string
		want map[string]watch.Space
	}{
		{nil, map[string]watch.Space{
			"l-a": full(a), ".m-c": full(c), "x": {Label: "x"}, ".x": {Label: ".x"}, "..x": {Label: "..x"}, ".x.nslab": {Label: ".x.nslab"},
		}},
		{[]string{"l"}, map[string]watch.Space{"l-a": a}},
		{[]string{"m"}, map[string]watch.Space{".m-c": c}},
		{[]string{"l", "m"}, map[string]watch.Space{"l-a": full(a), ".m-c": full(c)}},
	} {
		which := spaceNames(cfg, tt.labs)
		for _, name := range []string{"l-a", ".l-b.nslab", ".m-c", "x", ".x", "..x", ".x.nslab"} {
			space, watched := which(name)
			want, wanted := tt.want[name]
			if watched != wanted || watched && space != want {
				t.Errorf("labs %q: %s: got %+v, %v", tt.labs, name, space, watched)
			}
		}
	}
}
