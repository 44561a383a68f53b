package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/topology"
)

// viewMistakes compares what up, plan and validate find wrong in a lab file,
// before anything is done, with lines of "LINE:COLUMN: MESSAGE".
func viewMistakes(t *testing.T, dir, text, want string) {
	t.Helper()
	in := strings.NewReplacer("DIR", dir)
	top := parseIn(t, dir, in.Replace(text))
	for what, f := range map[string]func() error{
		"up":       func() error { _, err := Up(bg, top, nil, UpOptions{}); return err },
		"plan":     func() error { _, err := PlanUp(bg, top, nil, UpOptions{}); return err },
		"validate": func() error { _, err := Validate(top); return err },
	} {
		err := f()
		var wrong topology.Errors
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", what, err)
		}
		var got []string
		for _, e := range wrong {
			got = append(got, fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message))
		}
		if g := strings.Join(got, "\n"); g != in.Replace(want) {
			t.Errorf("%s:\n%s\nwant\n%s", what, g, in.Replace(want))
		}
	}
	if _, err := PlanOffline(top, nil); err != nil {
		t.Errorf("offline: %v", err)
	}
	if _, err := os.Lstat("/run/nslab/" + top.Name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was done: %v", err)
	}
}

// full makes a directory with one entry more than a stand-in may have.
func full(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 4097 {
		if err := os.WriteFile(fmt.Sprintf("%s/%d", dir, i), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A directory that nothing can stand in for is found before anything is done,
// whatever leads there; what is there in it, or is the node's own, is no
// mistake.
func TestIntegrationFullDirectory(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"dir/x": "x\n"})
	full(t, dir+"/big")
	if err := errors.Join(os.Symlink("big", dir+"/link"), os.Symlink("big/dangling", dir+"/dangling"), os.Mkdir(dir+"/big/sub", 0o755)); err != nil {
		t.Fatal(err)
	}
	viewMistakes(t, dir, `name: t
nodes:
  a:
    binds:
      - "dir:DIR/big/b"
      - "big:DIR/shown"
      - "dir/x:DIR/shown/x"
    tmpfs:
      DIR/big/t/deep: ""
      DIR/link/t2: ""
    files:
      DIR/dangling: {content: x}
      DIR/big/7/x: {content: x}
`, `5:9: bind DIR/big/b: b does not exist in DIR/big, which has more than 4096 entries; create it
7:9: bind DIR/shown/x: x does not exist in DIR/big, which has more than 4096 entries; create it
9:7: tmpfs DIR/big/t/deep: t/deep does not exist in DIR/big, which has more than 4096 entries; create it
10:7: tmpfs DIR/link/t2: t2 does not exist in DIR/big, which has more than 4096 entries; create it
12:7: file DIR/dangling: dangling does not exist in DIR/big, which has more than 4096 entries; create it
13:7: file DIR/big/7/x: DIR/big/7 is not a directory`)
	text := strings.ReplaceAll(`name: t
nodes:
  a:
    binds: ["dir:DIR/big/sub/new", "dir/x:DIR/big/7"]
  b:
    tmpfs: {DIR/big: ""}
    files: {DIR/big/new: {content: "of b\n"}, DIR/link/new2: {content: "of b\n"}, DIR/dangling: {content: "of b\n"}}
`, "DIR", dir)
	in := upSays(t, dir, text)
	in("a", "cat DIR/big/sub/new/x DIR/big/7", "x\nx\n")
	in("b", "cat DIR/big/new DIR/big/new2 DIR/big/dangling", "of b\nof b\nof b\n")
}

// Programs of the lab file start in its directory: what hides that is a
// mistake, unless it is there again, or the programs start elsewhere.
func TestIntegrationHiddenDirectory(t *testing.T) {
	testenv.NeedSysfs(t)
	top := t.TempDir()
	dir := top + "/over/lab"
	for name, text := range map[string]string{"over/lab/x": "x\n", "other/lab/x": "other\n", "empty/x": "x\n"} {
		writeOwn(t, top+"/"+name, text)
	}
	if err := os.Symlink("over", top+"/link"); err != nil {
		t.Fatal(err)
	}
	in := strings.NewReplacer("TOP", top, "LINE", "pwd >/nslab-test/pwd; cat x >>/nslab-test/pwd")
	viewMistakes(t, dir, in.Replace(`name: t
nodes:
  a: {tmpfs: {TOP/over: ""}, exec: ["true"]}
  b: {binds: ["TOP/empty:TOP/over"], cmd: [sleep, "9"]}
  c: {tmpfs: {TOP/link: ""}, healthcheck: {test: "true"}}
`), in.Replace(`3:15: tmpfs TOP/over hides the lab file's directory TOP/over/lab, in which programs of node "a" start
4:15: bind TOP/over hides the lab file's directory TOP/over/lab, in which programs of node "b" start
5:15: tmpfs TOP/link hides the lab file's directory TOP/over/lab, in which programs of node "c" start`))
	text := in.Replace(`name: t
defaults: {tmpfs: {/nslab-test: ""}}
nodes:
  a: {tmpfs: {TOP/over: ""}, working_dir: TOP/empty, exec: ["LINE"]}
  b: {binds: ["TOP/other:TOP/over"], exec: ["LINE"]}
  c: {tmpfs: {TOP/over: ""}, binds: [".:TOP/over/lab"], exec: ["LINE"]}
  d: {tmpfs: {TOP/over: ""}, binds: ["x:TOP/over/lab/x"], exec: ["LINE"]}
  e: {tmpfs: {TOP/over: ""}}
`)
	says := upSays(t, dir, text)
	says("a", "cat /nslab-test/pwd", top+"/empty\nx\n")
	says("b", "cat /nslab-test/pwd", "DIR\nother\n")
	says("c", "cat /nslab-test/pwd", "DIR\nx\n")
	says("d", "cat /nslab-test/pwd", "DIR\nx\n")
	// What a program asks for itself is an error that says what hides it.
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e, err := l.Node("e")
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := e.Command(bg, "true")
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Close()
	cmd.Dir = dir
	if err, want := cmd.Run(), "directory "+dir+": no such file or directory (ENOENT); what the node sees there is tmpfs "+top+"/over"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}
