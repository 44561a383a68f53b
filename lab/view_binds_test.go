package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// beside writes files into a new directory, by their paths in it, and returns
// the directory.
func beside(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		writeOwn(t, filepath.Join(dir, name), text)
	}
	return dir
}

// upFile brings up the lab of lab.yaml in a directory, and takes it down after
// the test.
func upFile(t *testing.T, dir, text string) (*Plan, error) {
	t.Helper()
	top := parseIn(t, dir, text)
	t.Cleanup(func() {
		if err := Down(bg, top.Name, nil, DownOptions{Kill: true}); err != nil && !errors.Is(err, ErrNoLab) {
			t.Error(err)
		}
	})
	return Up(bg, top, nil, UpOptions{})
}

// parseIn writes lab.yaml in a directory and reads it.
func parseIn(t *testing.T, dir, text string) *topology.Topology {
	t.Helper()
	file := filepath.Join(dir, "lab.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	top, err := topology.ParseFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return top
}

// said runs a shell line in a node of the lab t, and returns what it printed.
func said(t *testing.T, node, line string) string {
	t.Helper()
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n, err := l.Node(node)
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := n.Command(bg, "sh", "-c", line)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s in %s: %v, %s", line, node, err, out)
	}
	if w := cmd.Warnings(); w != nil {
		t.Errorf("%s in %s: warnings %v", line, node, w)
	}
	return string(out)
}

// Programs see files and directories in other places, for writing or not,
// however they are started; paths are relative to the lab file, and a target
// may lead through links.
func TestIntegrationBinds(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{
		"html/index.html": "hello\n", "html/deep/a": "a\n", "conf/a.conf": "of a\n", "conf/b.conf": "of b\n", "empty/kept": "",
		"place/there": "the machine's\n", "over": "covered\n", "bin/mine": "#!/bin/sh\necho mine\n",
	})
	if err := errors.Join(os.Chmod(dir+"/bin/mine", 0o755), os.Symlink(dir+"/place", dir+"/link")); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(`name: t
defaults:
  binds: ["./html:DIR/place:ro", "conf/${NODE}.conf:DIR/over"]
nodes:
  a:
    binds: ["DIR/bin:DIR/empty"]
    env: {PATH: "/usr/bin:/bin:DIR/empty"}
    exec: ["cat DIR/link/index.html DIR/over >DIR/out; ls DIR/empty >>DIR/out"]
  b:
    binds: ["html:DIR/place", "html/deep:DIR/place/deep/"]
`, "DIR", dir)
	if _, err := upFile(t, dir, text); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(dir + "/out")
	if want := "hello\nof a\nmine\n"; err != nil || string(out) != want {
		t.Errorf("exec line: %q, %v, want %q", out, err, want)
	}
	in := func(node, line, want string) {
		t.Helper()
		if got := said(t, node, strings.ReplaceAll(line, "DIR", dir)); got != want {
			t.Errorf("%s in %s: %q, want %q", line, node, got, want)
		}
	}
	in("a", "cat DIR/link/index.html DIR/over; echo x 2>&1 >DIR/place/new | grep -o Read-only; mine", "hello\nof a\nRead-only\nmine\n")
	in("a", "echo changed >DIR/over; cat DIR/conf/a.conf", "changed\n")
	in("b", "cat DIR/over; echo x >DIR/place/new; ls DIR/html DIR/place/deep", strings.ReplaceAll("of b\nDIR/html:\ndeep\nindex.html\nnew\n\nDIR/place/deep:\na\n", "DIR", dir))
	// The program itself may be in a bind.
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := l.Node("a")
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := a.Command(bg, "mine")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.Output(); err != nil || string(out) != "mine\n" {
		t.Errorf("a program in a bind: %q, %v", out, err)
	}
	if b, err := os.ReadFile(dir + "/over"); err != nil || string(b) != "covered\n" {
		t.Errorf("the machine's file is %q, %v", b, err)
	}
	// The lab's file may move, and the lab stays as it is.
	if err := os.Rename(dir+"/lab.yaml", dir+"/moved.yaml"); err != nil {
		t.Fatal(err)
	}
	in("a", "cat DIR/over", "changed\n")
}

// What is missing where something is to be seen is made for the node alone.
func TestIntegrationBindsWithoutTarget(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"html/index.html": "hello\n", "place/there": "the machine's\n", "place/sub/x": "x\n", "place/link": ""})
	if err := os.Chmod(dir+"/place", 0o751); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(`name: t
nodes:
  a: {binds: ["html:DIR/place/new/er", "html/index.html:DIR/place/file", "html:/nslab-test-top/level"]}
  b: {}
`, "DIR", dir)
	if _, err := upFile(t, dir, text); err != nil {
		t.Fatal(err)
	}
	in := func(line, want string) {
		t.Helper()
		if got := said(t, "a", strings.ReplaceAll(line, "DIR", dir)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	in("cd DIR/place; cat new/er/index.html file there sub/x; readlink link; stat -c %a .; ls", "hello\nhello\nthe machine's\nx\nnowhere\n751\nfile\nlink\nnew\nsub\nthere\n")
	in("cat /nslab-test-top/level/index.html; ls / | grep -c nslab-test", "hello\n1\n")
	in("pwd; awk '$5 == \"/\"' /proc/self/mountinfo | wc -l; ls -d /proc/self /sys/class /dev/null", mustGetwd(t)+"\n1\n/dev/null\n/proc/self\n/sys/class\n")
	// What programs of the node make there, others of the node see.
	in("echo own >DIR/place/own; echo changed >DIR/place/there; mkdir /nslab-test-top/two", "")
	in("cat DIR/place/own; ls /nslab-test-top", "own\nlevel\ntwo\n")
	// The machine's directory changes meanwhile.
	writeOwn(t, dir+"/place/late", "late\n")
	writeOwn(t, dir+"/place/own", "not the node's\n")
	if err := errors.Join(os.RemoveAll(dir+"/place/sub"), os.WriteFile(dir+"/place/sub", []byte("a file\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	in("cd DIR/place; cat late own sub", "late\nown\na file\n")
	names := func(d string) string {
		entries, err := os.ReadDir(d)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return strings.Join(all, " ")
	}
	if got, want := names(dir+"/place"), "late link own sub there"; got != want {
		t.Errorf("the machine has %s, want %s", got, want)
	}
	if b, err := os.ReadFile(dir + "/place/there"); err != nil || string(b) != "changed\n" {
		t.Errorf("the machine's file, changed in the node: %q, %v", b, err)
	}
	if _, err := os.Lstat("/nslab-test-top"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the machine has the target: %v", err)
	}
	// A node that is recreated begins anew.
	if _, err := Up(bg, parseIn(t, dir, text), nil, UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}}); err != nil {
		t.Fatal(err)
	}
	in("ls /nslab-test-top; cat DIR/place/own", "level\nnot the node's\n")
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, nil, "t")
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// What of a view cannot be made is a mistake of the file, before anything is
// done.
func TestIntegrationBindMistakes(t *testing.T) {
	dir := beside(t, map[string]string{"file": "x\n", "dir/x": "x\n", "dir2/y": "y\n", "loop": ""})
	if err := errors.Join(os.Remove(dir+"/loop"), os.Symlink("loop", dir+"/loop"), unix.Mkfifo(dir+"/fifo", 0o600)); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(`name: t
nodes:
  a:
    count: 2
    binds:
      - missing:DIR/dir
      - "file:DIR/dir2"
      - "dir:DIR/file"
      - "loop:DIR/new"
      - "file:DIR/fifo/below"
  b:
    binds:
      - "file:DIR/deep/er"
      - "dir:DIR/deep/er/below"
      - "dir:DIR/cover"
      - "dir2:DIR/cover/x"
  good: {binds: ["fifo:DIR/file", "dir:DIR/cover", "file:DIR/cover/x", "file:DIR/cover/new"]}
`, "DIR", dir)
	want := strings.ReplaceAll(`bind DIR/dir: DIR/missing: no such file or directory
bind DIR/dir2: a file cannot be seen in the place of the directory DIR/dir2
bind DIR/file: a directory cannot be seen in the place of the file DIR/file
bind DIR/new: DIR/loop: too many levels of symbolic links
bind DIR/fifo/below: DIR/fifo is not a directory
bind DIR/deep/er/below: DIR/deep/er is not a directory
bind DIR/cover/x: a directory cannot be seen in the place of the file DIR/cover/x`, "DIR", dir)
	top := parseIn(t, dir, text)
	for what, f := range map[string]func() error{
		"up":       func() error { _, err := Up(bg, top, nil, UpOptions{}); return err },
		"plan":     func() error { _, err := PlanUp(bg, top, nil, UpOptions{}); return err },
		"validate": func() error { _, err := Validate(top); return err },
	} {
		var wrong topology.Errors
		if err := f(); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", what, err)
			continue
		}
		var got []string
		for i, e := range wrong {
			got = append(got, e.Message)
			if line := strings.TrimSpace(e.Excerpt); e.Line != []int{6, 7, 8, 9, 10, 14, 16}[min(i, 6)] || e.Column != 9 {
				t.Errorf("%s: %d:%d %s", what, e.Line, e.Column, line)
			}
		}
		if g := strings.Join(got, "\n"); g != want {
			t.Errorf("%s:\n%s\nwant\n%s", what, g, want)
		}
	}
	if _, err := PlanOffline(top, nil); err != nil {
		t.Errorf("offline: %v", err)
	}
	nothingLeft(t, nil, "t")
}
