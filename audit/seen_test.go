package audit

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

// TestEachAttributeIsSeen checks that each attribute of the tables occurs
// either in a fixture or in testdata/unseen.txt, which lists those that do not.
func TestEachAttributeIsSeen(t *testing.T) {
	testenv.NeedLittleEndian(t)
	unseen := map[string]bool{}
	for e := range nlspec.Entries() {
		padding := len(e.Attrs) == 1 && e.Attrs[0].Kind == nlspec.Pad // the kernel needs it on few processors
		if e.Of == nlspec.AttrEntry && !padding {
			unseen[e.Name] = true
		}
	}
	all := len(unseen)
	var see func(values []Value)
	see = func(values []Value) {
		for _, v := range values {
			delete(unseen, v.Name)
			see(v.Fields)
		}
	}
	for _, name := range fixtures(t) {
		for _, s := range readFixture(t, name) {
			messages, _ := Decode(s.datagram.Protocol, s.datagram.Data)
			for _, m := range messages {
				see(m.Attrs)
			}
		}
	}
	t.Logf("%d of %d attributes are in the fixtures", all-len(unseen), all)
	file := filepath.Join("testdata", "unseen.txt")
	got := strings.Join(slices.Sorted(maps.Keys(unseen)), "\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("attributes that no fixture has (-listed +found); -update writes the list:\n%s", diff)
	}
}
