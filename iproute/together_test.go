package iproute

import (
	"strings"
	"testing"
)

func TestTogether(t *testing.T) {
	for _, tt := range []struct {
		script string
		want   int
	}{
		{"netns add a\nip -n a link set lo up\nnetns add b\nlink add x netns a type veth peer name y netns b", 4},
		{"ip -n a link set lo up\nnetns add a", 1},
		{"link add x type veth peer name y netns a\nnetns add a", 1},
		{"netns add a\nnetns add a", 1},
		{"netns add a\nnetns delete a\nnetns add a", 1},
		{"link show\nnetns add a", 0},
		{"netns add a\ntrue else\nnetns add b", 1},
		{"ip -n x netns add a", 0},
		{"netns add a\nip netns exec a true", 1},
	} {
		s, err := ReadScript("test", strings.NewReader(tt.script), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := together(s.Lines); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.script, got, tt.want)
		}
	}
}
