package topology

import (
	"errors"
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
		{`binds: ["/a:/b", "/c:/b/"]`, `4:22 /b is the target of two entries of binds, tmpfs, overlay and files`},
		{`binds: ["x:/${WHO}"]`, `4:13 unknown variable ${WHO}; the variables here are ${LAB}, ${NODE}, ${INDEX}; write $${ for a literal ${`},
		{`binds: ["x:/a\0b"]`, `4:13 target "/a\x00b" contains a NUL byte`},
		{`binds: ["/a:/` + strings.Repeat("x", 4095) + `"]`, `4:13 a target has 4096 bytes; at most 4095 are allowed`},
		{`tmpfs: {run: ""}`, `4:13 target "run" of a tmpfs is not an absolute path`},
		{`tmpfs: {/run: }`, `4:13 /run has no value`},
		{`tmpfs: {/run: "mode=9"}`, `4:19 tmpfs /run has the option "mode=9"; write mode=1777, in octal`},
		{`tmpfs: {/run: "mode=17777"}`, `4:19 tmpfs /run has the option "mode=17777"; write mode=1777, in octal`},
		{`tmpfs: {/run: "uid=frr"}`, `4:19 tmpfs /run has the option "uid=frr"; write uid=1000, a number`},
		{`tmpfs: {/run: "size=0"}`, `4:19 tmpfs /run has the option "size=0"; write size=64m, with k, m, g or %`},
		{`tmpfs: {/run: "size=101%"}`, `4:19 tmpfs /run has the option "size=101%"; write size=64m, with k, m, g or %`},
		{`tmpfs: {/run: "ro"}`, `4:19 tmpfs /run has the option "ro"; the options are size=, mode=, uid=, gid=, exec and noexec`},
		{`{binds: ["a:/run"], tmpfs: {/run/../run: ""}}`, `4:33 /run is the target of two entries of binds, tmpfs, overlay and files`},
		{`files: {/a: {}}`, `4:13 file /a has no content; write content: or template:`},
		{`files: {/a: }`, `4:13 file /a has no content; write content: or template:`},
		{`files: {/a: text}`, `4:17 a file is a mapping, not a single value`},
		{`files: {/a: {content: x, template: y}}`, `4:13 file /a has both content and template; write content: or template:`},
		{`files: {/a: {content: x, mode: 888}}`, `4:36 mode is "888"; write it in octal, such as 0640`},
		{`files: {/a: {content: x, owner: "a:"}}`, `4:37 owner is "a:"; write USER or USER:GROUP, names or numbers`},
		{`files: {/a: {content: "${WHO}"}}`, `4:27 unknown variable ${WHO}; the variables here are ${LAB}, ${NODE}, ${INDEX}; write $${ for a literal ${`},
		{`files: {/proc/x: {content: x}}`, `4:13 target "/proc/x" of a file is in /proc, which describes the kernel`},
		{`user: "a b"`, `4:11 user is "a b"; write USER or USER:GROUP, names or numbers`},
		{`working_dir: tmp`, `4:18 working_dir "tmp" is not an absolute path`},
		{`hostname: a_b`, `4:15 hostname "a_b"; use at most 64 letters, digits, "-" and ".", where no part between dots is empty or begins or ends with "-"`},
		{`hostname: a..b`, `4:15 hostname "a..b"; use at most 64 letters, digits, "-" and ".", where no part between dots is empty or begins or ends with "-"`},
		{`env-files: [""]`, `4:17 a path is empty`},
		{`overlay: [etc]`, `4:15 target "etc" of an overlay is not an absolute path`},
		{`overlay: [/etc, /srv/../etc]`, `4:21 /etc is the target of two entries of binds, tmpfs, overlay and files`},
		{`{tmpfs: {/etc: ""}, overlay: [/etc]}`, `4:35 /etc is the target of two entries of binds, tmpfs, overlay and files`},
		{`overlay: /etc`, `4:14 overlay is a list; write [/etc]`},
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

// Contents are bounded, of one file and of all, whatever makes them so many.
func TestViewLimits(t *testing.T) {
	half := strings.Repeat("x", MaxContent/2+1)
	_, err := Parse("lab.yaml", []byte("name: x\nnodes:\n  a: {files: {/a: {content: \"${NODE}"+strings.Repeat("x", MaxContent)+"\"}}}\n"), nil)
	if !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "lab.yaml:3:29: a file has 1048577 bytes; at most 1048576 are allowed") {
		t.Errorf("one: %.200v", err)
	}
	_, err = Parse("lab.yaml", []byte("name: x\nnodes:\n  a: {count: 200, files: {/a: {content: \"${NODE}"+half+"\"}}}\n"), nil)
	if !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "lab.yaml:3:41: the files of the lab have more than 67108864 bytes") {
		t.Errorf("all: %.200v", err)
	}
	if _, err = Parse("lab.yaml", []byte("name: x\nnodes:\n  a: {count: 200, files: {/a: {content: \""+half+"\"}}}\n"), nil); err != nil {
		t.Errorf("the same for all: %.200v", err)
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
	other := mustParse(t, `name: x
defaults: {tmpfs: {/a: "", /b: "mode=700"}, files: {/f: {content: x, mode: 0o600}, /g: {content: g}}, env-files: [e, "${NODE}"], user: u, working_dir: /w/../v, hostname: "${NODE}"}
nodes: {a: {tmpfs: {/b: "exec,gid=7"}, files: {/f: {template: "${NODE}.t"}}, env-files: [f, e], user: 0:g}}
`)
	a := other.Node("a")
	if got, want := fmt.Sprintf("%v %+v %v %s %s %s", a.Tmpfs, a.Files, a.EnvFiles, a.User, a.WorkingDir, a.Hostname),
		"[/a:  /b: gid=7,exec] [{Target:/f Content: Template:a.t Templated:false Mode:420 Owner:} {Target:/g Content:g Template: Templated:false Mode:420 Owner:}] [a f e] 0:g /v a"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r := top.Node("r1")
	if at := r.ViewPos("/a"); at.Line != 5 {
		t.Errorf("the place of the nearest is %v", at)
	}
	if at := r.ViewPos("/b"); at.Line != 3 {
		t.Errorf("the place of an inherited one is %v", at)
	}
}
