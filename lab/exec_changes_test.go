package lab

import (
	"fmt"
	"strings"
	"testing"
)

func TestDiffLines(t *testing.T) {
	for _, tt := range []struct{ old, now, want string }{
		{"a b", "a b", ""},
		{"", "a b", `create 1 "" "a", create 2 "" "b"`},
		{"a b", "", `delete 1 "a" "", delete 2 "b" ""`},
		{"a b c", "a x c", `update 2 "b" "x"`},
		{"a c", "a b c", `create 2 "" "b"`},
		{"a b c", "a c", `delete 2 "b" ""`},
		{"a a", "a", `delete 2 "a" ""`},
		{"a b c", "x y", `update 1 "a" "x", update 2 "b" "y", delete 3 "c" ""`},
	} {
		var got []string
		for _, c := range diffLines("n", strings.Fields(tt.old), strings.Fields(tt.now)) {
			got = append(got, fmt.Sprintf("%v %d %q %q", c.Verb, c.Line, c.Old, c.New))
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%q to %q: got %s, want %s", tt.old, tt.now, s, tt.want)
		}
	}
}
