package audit

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
	// The attributes that no fixture has.
	got := strings.Join(slices.Sorted(maps.Keys(unseen)), "\n") + "\n"
	testenv.Golden(t, filepath.Join("testdata", "unseen.txt"), got, *update)
}
