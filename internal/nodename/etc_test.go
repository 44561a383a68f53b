package nodename

import (
	"os"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
)

// The last lab with a name in the directory may go, and take it with it, when
// another lab is about to make its first name there.
func TestNameMakesEtc(t *testing.T) {
	dir := t.TempDir()
	p := Places{Root: labdir.Root(dir), Etc: dir + "/netns"}
	name := Name{At: p.Etc + "/t-a", Target: p.Root.Path("t") + "/" + labdir.EtcDir}
	if err := name.Do(t.Context(), nil, ""); err != nil || !name.Done() {
		t.Fatalf("not made: %v", err)
	}
	if err := p.RemoveEtc(); err != nil || !name.Done() {
		t.Fatalf("gone with a name in it: %v", err)
	}
	if err := (&Removal{Name: name}).Do(t.Context(), nil, ""); err != nil {
		t.Fatal(err)
	}
	if err := p.RemoveEtc(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}
