package lab

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/processes"
)

// With a spoilt file of its group, a lab knows its processes all the same.
func TestIntegrationProcessGroupSpoilt(t *testing.T) {
	const file = "/run/nslab/t/group"
	const text = "name: t\nnodes: {a: {cmd: sleep 1000}, b: {}}\n"
	for _, spoilt := range []string{"", "garbage\n", "t.0123456789abcdef"} {
		for _, contained := range []bool{false, true} { // as a cgroup, as a mark
			cfg := &Config{Contained: contained}
			downAfter(t)
			up(t, cfg, text)
			words, before := statesOf(t)
			group, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			spoil := func() {
				if err := os.WriteFile(file, []byte(spoilt), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			spoil()
			if again, now := statesOf(t); again != words || now["a/cmd"] != before["a/cmd"] {
				t.Errorf("%q: before\n%s, now\n%s", spoilt, words, again)
			}
			if p, err := PlanUp(bg, parse(t, text), cfg, UpOptions{}); err != nil || !p.Empty() {
				t.Errorf("%q: %v, %v", spoilt, err, p)
			}
			spoil()
			if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
				t.Errorf("%q: %v", spoilt, err)
			}
			if lives(t, before["a/cmd"]) {
				t.Errorf("%q: the process lives", spoilt)
			}
			id, _, _ := strings.Cut(string(group), " ")
			if left, err := processes.GroupsOf("t"); err != nil || slices.Contains(left, id) {
				t.Errorf("%q: %v, left: %v", spoilt, err, left)
			}
		}
	}
}
