package topology

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Mistakes in the view are told, each with its place.
func TestViewMistakes(t *testing.T) {
	for _, tt := range []struct{ keys, want string }{
		{`binds: {/a: /b}`, `4:12 binds is a list, not a mapping`},
		{`binds: [/a]`, `4:13 bind "/a" is not a source and a target; for an empty directory, write it under tmpfs:`},
		{`binds: [a]`, `4:13 bind "a" is not a source and a target; write SOURCE:TARGET, or SOURCE:TARGET:ro`},
		{`binds: [":/b"]`, `4:13 bind ":/b" is not a source and a target; write SOURCE:TARGET, or SOURCE:TARGET:ro`},
		{`binds: ["/a:"]`, `4:13 a target is empty`},
		{`binds: ["/a:b"]`, `4:13 target "b" of a bind is not an absolute path`},
		{`binds: ["/a:/b:rx"]`, `4:13 bind "/a:/b:rx" has the option "rx"; the options are ro and rw`},
		{`binds: ["/a:/b:ro:x"]`, `4:13 bind "/a:/b:ro:x" is not a source and a target; write SOURCE:TARGET, or SOURCE:TARGET:ro`},
		{`binds: ["/a:/b/.."]`, `4:13 target "/b/.." of a bind is the root directory`},
		{`binds: ["/a:/sys/class/../kernel"]`, `4:13 target "/sys/class/../kernel" of a bind is in /sys, which describes the kernel`},
		{`binds: ["/a:/../proc"]`, `4:13 target "/../proc" of a bind is in /proc, which describes the kernel`},
		{`binds: ["/a:/b", "/c:/b/"]`, `4:22 binds has two entries for /b`},
		{`binds: ["x:/${WHO}"]`, `4:13 unknown variable ${WHO}; the variables here are ${LAB}, ${NODE}, ${INDEX}; write $${ for a literal ${`},
		{`binds: ["x:/a\0b"]`, `4:13 target "/a\x00b" contains a NUL byte`},
		{`binds: ["/a:/` + strings.Repeat("x", 4095) + `"]`, `4:13 a target has 4096 bytes; at most 4095 are allowed`},
	} {
		_, err := Parse("lab.yaml", []byte(oneNode(tt.keys)), nil)
		var all []string
		if list, ok := err.(Errors); ok {
			for _, e := range list {
				all = append(all, strings.TrimPrefix(e.Error(), "lab.yaml:"))
			}
		}
		place, message, _ := strings.Cut(tt.want, " ")
		if want := place + ": " + message; len(all) != 1 || all[0] != want {
			t.Errorf("%s: got %q, want %q", tt.keys, all, want)
		}
	}
}

// Of several values the nearest wins, and variables are replaced.
func TestViewInherited(t *testing.T) {
	top := mustParse(t, `name: x
defaults: {binds: ["a:/a", "b:/b:ro"]}
kinds: {router: {binds: ["k:/b", "${NODE}:/k"]}}
nodes:
  r: {kind: router, count: 2, binds: ["r${INDEX}:/a/../a", "~/r:/${NODE}/x:ro,rw"]}
  h: {}
`)
	want := map[string]string{
		"r1": "[r1:/a k:/b r1:/k ~/r:/r1/x]",
		"r2": "[r2:/a k:/b r2:/k ~/r:/r2/x]",
		"h":  "[a:/a b:/b:ro]",
	}
	got := make(map[string]string)
	for i := range top.Nodes {
		got[top.Nodes[i].Name] = fmt.Sprint(top.Nodes[i].Binds)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want, then got:\n%s", diff)
	}
	r := top.Node("r1")
	if at := r.ViewPos("/a"); at.Line != 5 {
		t.Errorf("the place of the nearest is %v", at)
	}
	if at := r.ViewPos("/b"); at.Line != 3 {
		t.Errorf("the place of an inherited one is %v", at)
	}
}
