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
	"golang.org/x/sys/unix"
)

// saysIn compares what shell lines print in nodes of the lab t; DIR is a
// directory.
func saysIn(t *testing.T, dir string) func(node, line, want string) {
	return func(node, line, want string) {
		t.Helper()
		in := strings.NewReplacer("DIR", dir)
		if got := said(t, node, in.Replace(line)); got != in.Replace(want) {
			t.Errorf("%s in %s: %q, want %q", line, node, got, in.Replace(want))
		}
	}
}

// upSays brings up the lab t of a file in a directory, for what saysIn does.
func upSays(t *testing.T, dir, text string) func(node, line, want string) {
	t.Helper()
	if _, err := upFile(t, dir, text); err != nil {
		t.Fatal(err)
	}
	return saysIn(t, dir)
}

// A tmpfs is empty at first, is each node's own, looks like what it covers, and
// stays while the lab is up.
func TestIntegrationTmpfs(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"run/daemon/pid": "1\n", "log/x": "x\n", "prog": "#!/bin/sh\necho ran\n"})
	if err := errors.Join(unix.Chmod(dir+"/run/daemon", 0o2751), os.Chmod(dir+"/prog", 0o755)); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(`name: t
defaults:
  tmpfs: {DIR/run/daemon: "", DIR/log: "mode=1777,noexec"}
nodes:
  a:
    binds: ["prog:DIR/log/deep/prog"]
    exec: ["echo of a >DIR/run/daemon/pid", "cp DIR/prog DIR/run/daemon/; cp DIR/prog DIR/exec/"]
    tmpfs: {DIR/exec: "exec,uid=0,gid=0,mode=700", "DIR/${NODE}/new": "mode=750"}
  b: {}
`, "DIR", dir)
	in := upSays(t, dir, text)
	in("a", "cat DIR/run/daemon/pid; stat -c %a DIR/run/daemon DIR/log DIR/exec DIR/a/new; ls DIR/log; DIR/log/deep/prog", "of a\n2751\n1777\n700\n750\ndeep\nran\n")
	in("a", "DIR/exec/prog; DIR/run/daemon/prog 2>&1 | grep -o 'ermission denied'; [ -d /run/nslab ]", "ran\nermission denied\n")
	in("b", "ls -A DIR/run/daemon DIR/log; rm -rf DIR/log 2>/dev/null; echo b >DIR/log/b", "DIR/log:\n\nDIR/run/daemon:\n")
	in("b", "cat DIR/log/b; cat DIR/prog | head -1", "b\n#!/bin/sh\n")
	in("a", "ls DIR/log", "deep\n")
	if b, err := os.ReadFile(dir + "/run/daemon/pid"); err != nil || string(b) != "1\n" {
		t.Errorf("the machine's file is %q, %v", b, err)
	}
	if _, err := os.Lstat(dir + "/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the machine has the target: %v", err)
	}
	// Another option is another directory, which is said.
	top := parseIn(t, dir, strings.Replace(text, "mode=1777", "mode=1770", 1))
	p, err := Up(bg, top, nil, UpOptions{})
	want := "[node \"a\": tmpfs " + dir + "/log has changed node \"b\": tmpfs " + dir + "/log has changed only programs that are started from now on see it so; to recreate nodes, with their links: nslab up --recreate a,b]"
	if err != nil || fmt.Sprint(p.Notes()) != want || !p.Empty() {
		t.Errorf("notes %v, %v, want %s", p.Notes(), err, want)
	}
	in("a", "cat DIR/run/daemon/pid; stat -c %a DIR/log", "of a\n1770\n")
	in("b", "ls -A DIR/log", "")
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, nil, "t")
}

const filesLab = `name: t
defaults:
  env-files: [all.env]
  env: {COLOUR: red}
nodes:
  r:
    count: 2
    kind: router
    env: {AS: "6500${INDEX}"}
    addresses: ["192.0.2.${INDEX}/32"]
    env-files: ["r${INDEX}.env"]
    files:
      DIR/etc/r.conf: {template: r.conf.tmpl, mode: "0640"}
      "DIR/etc/${NODE}/motd": {content: "I am ${NODE}\n"}
  h: {working_dir: DIR/etc, hostname: host.example, files: {DIR/etc/passwd: {content: "x"}}}
links:
  - {endpoints: ["r1:eth0", "r2:eth0"], ipv4: [10.0.0.1/30, 10.0.0.2/30]}
`

// Files have their content, or that of a template, and their mode; the
// environment is from files too, and the nearest wins.
func TestIntegrationFiles(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{
		"r.conf.tmpl": "{{range .Neighbours}}neighbor {{host (index .Peer.IPv4 0)}} remote-as {{.Node.Env.AS}}\n{{end}}",
		"all.env":     "# all\nCOLOUR=blue\nSIZE=\"very big\"\nWHERE=here\n", "r1.env": "export SIZE=small\n", "r2.env": "WHERE=there\n",
		"etc/r.conf": "the machine's\n", "etc/passwd": "y",
	})
	text := strings.ReplaceAll(filesLab, "DIR", dir)
	in := upSays(t, dir, text)
	in("r1", "cat DIR/etc/r.conf DIR/etc/r1/motd; stat -c '%a %u' DIR/etc/r.conf DIR/etc/r1/motd; echo $COLOUR $SIZE $WHERE", "neighbor 10.0.0.2 remote-as 65002\nI am r1\n640 0\n644 0\nred small here\n")
	in("r2", "cat DIR/etc/r.conf DIR/etc/r2/motd; echo $COLOUR $SIZE $WHERE", "neighbor 10.0.0.1 remote-as 65001\nI am r2\nred very big there\n")
	in("h", "pwd; echo $PWD; cat /proc/sys/kernel/hostname passwd", "DIR/etc\nDIR/etc\nhost.example\nx")
	// What is beside the lab file was read then; what programs write stays.
	if err := errors.Join(os.Remove(dir+"/r.conf.tmpl"), os.Remove(dir+"/r1.env")); err != nil {
		t.Fatal(err)
	}
	in("r1", "echo more >>DIR/etc/r.conf", "")
	in("r1", "cat DIR/etc/r.conf; echo $SIZE", "neighbor 10.0.0.2 remote-as 65002\nmore\nsmall\n")
	// Another template is another file.
	writeOwn(t, dir+"/r.conf.tmpl", "{{.Name}} {{.Index}} {{.Lab.Name}}{{range .Loopbacks}} {{.}}{{end}}\n")
	writeOwn(t, dir+"/r1.env", "SIZE=tiny\n")
	p, err := Up(bg, parseIn(t, dir, text), nil, UpOptions{})
	if err != nil || !p.Empty() || p.Notes() != nil {
		t.Errorf("%v: %v", err, p.Notes())
	}
	in("r1", "cat DIR/etc/r.conf; echo $SIZE", "r1 1 t 192.0.2.1/32\ntiny\n")
	if b, err := os.ReadFile(dir + "/etc/r.conf"); err != nil || string(b) != "the machine's\n" {
		t.Errorf("the machine's file is %q, %v", b, err)
	}
	// A change that is undone leaves everything as it was.
	undoneText := strings.Replace(text, "nodes:\n", "nodes:\n  zz: {exec: [\"false\"]}\n", 1)
	writeOwn(t, dir+"/r1.env", "SIZE=huge\n")
	if _, err := Up(bg, parseIn(t, dir, undoneText), nil, UpOptions{}); err == nil {
		t.Fatal("a line that fails did not")
	}
	in("r1", "cat DIR/etc/r.conf; echo $SIZE", "r1 1 t 192.0.2.1/32\ntiny\n")
}

// Programs run as the file's user, with its groups, home and files, as far as
// the user namespace has them.
func TestIntegrationUser(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"etc/x": "x\n"})
	const text = `name: t
defaults:
  files:
    /etc/passwd: {content: "root:x:0:0::/root:/bin/sh\nfrr:x:FRR:FRG::/var/frr:/bin/false\n"}
    /etc/group: {content: "root:x:0:\nfrr:x:FRG:\nfrrvty:x:FRV:frr\n"}
    /nslab-test/frr.conf: {content: "", owner: "frr:frrvty", mode: "0640"}
  tmpfs: {/nslab-test/out: "mode=1777"}
nodes:
  a: {user: frr, exec: ["id -u >/nslab-test/out/a; pwd >>/nslab-test/out/a"]}
  b: {user: "0:frrvty", env: {HOME: /b}}
`
	ids := []string{"FRR", "4001", "FRG", "4002", "FRV", "4003"}
	groups := "4002 4003"
	if !testenv.InInitUserNamespace(t) {
		ids, groups = []string{"FRR", "0", "FRG", "0", "FRV", "0"}, "0"
	}
	r := strings.NewReplacer(append(ids, "DIR", dir)...)
	in := upSays(t, dir, r.Replace(text))
	in("a", "cat /nslab-test/out/a", r.Replace("FRR\nDIR\n"))
	in("a", r.Replace("id -u; id -g; echo $HOME $USER; stat -c '%u %g %a' /nslab-test/frr.conf"), r.Replace("FRR\nFRG\n/var/frr frr\nFRR FRV 640\n"))
	if testenv.InInitUserNamespace(t) {
		in("a", "id -G", groups+"\n")
		in("a", "touch /proc/sys/net/ipv4/ip_forward 2>&1 | grep -o enied", "enied\n")
	}
	in("b", "id -u; id -g; echo $HOME", r.Replace("0\nFRV\n/b\n"))
	// A user that nobody has is a mistake.
	if _, err := upFile(t, dir, "name: t2\nnodes: {a: {user: no-such-user, exec: [id]}}\n"); err == nil || !strings.Contains(err.Error(), `lab.yaml:2:19: user: /etc/passwd has no user "no-such-user"`) {
		t.Errorf("got %v", err)
	}
	if _, err := upFile(t, dir, "name: t2\nnodes: {a: {user: 'root:no-such-group', exec: [id]}}\n"); err == nil || !strings.Contains(err.Error(), `lab.yaml:2:19: user: /etc/group has no group "no-such-group"`) {
		t.Errorf("got %v", err)
	}
	if !testenv.InInitUserNamespace(t) {
		if _, err := upFile(t, dir, "name: t2\nnodes: {a: {user: '4001', exec: [id]}}\n"); err == nil || !strings.Contains(err.Error(), "uid 4001 does not exist in this user namespace") {
			t.Errorf("got %v", err)
		}
	}
}

// What cannot be read beside the lab file, and what a template cannot do, are
// mistakes of the file, also without a machine to look at.
func TestIntegrationFileMistakes(t *testing.T) {
	dir := beside(t, map[string]string{
		"syntax.tmpl": "a\n{{range}}\n", "field.tmpl": "{{.Nothing}}", "key.tmpl": "{{.Env.AS}}", "long.tmpl": "{{range 2000000}}x{{end}}",
		"link.tmpl": "{{(.Interface \"eth9\").MTU}}", "bad.env": "no equals sign\n", "big.env": strings.Repeat("#", topology.MaxContent+1), "dir/x": "x\n",
	})
	if err := unix.Mkfifo(dir+"/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	text := `name: t
nodes:
  a:
    count: 3
    files:
      /a: {template: missing.tmpl}
      /b: {template: fifo}
      /c: {template: syntax.tmpl}
      /d: {template: field.tmpl}
      /e: {template: key.tmpl}
      /f: {template: long.tmpl}
      /g: {template: link.tmpl}
      /h: {template: dir}
    env-files:
      - bad.env
      - big.env
      - none.env
`
	want := []string{
		`6:22: template DIR/missing.tmpl: no such file or directory`,
		`7:22: template DIR/fifo: it is not a regular file`,
		`8:22: template syntax.tmpl:2: missing value for range`,
		`9:22: for node "a1": template field.tmpl:1:2: executing "field.tmpl" at <.Nothing>: can't evaluate field Nothing in type *view.Node`,
		`10:22: for node "a1": template key.tmpl:1:6: executing "key.tmpl" at <.Env.AS>: map has no entry for key "AS"`,
		`11:22: for node "a1": it writes more than a file may contain, 1 MiB`,
		`12:22: for node "a1": template link.tmpl:1:3: executing "link.tmpl" at <.Interface>: error calling Interface: node "a1" has no interface "eth9"`,
		`13:22: template DIR/dir: it is not a regular file`,
		`15:9: env-file DIR/bad.env: `,
		`16:9: env-file DIR/big.env: it has more than 1048576 bytes`,
		`17:9: env-file DIR/none.env: no such file or directory`,
	}
	top := parseIn(t, dir, text)
	for what, f := range map[string]func() error{
		"up":       func() error { _, err := Up(bg, top, nil, UpOptions{}); return err },
		"validate": func() error { _, err := Validate(top); return err },
		"offline":  func() error { _, err := PlanOffline(top, nil); return err },
	} {
		inTime(t, what, func() {
			var wrong topology.Errors
			if err := f(); !errors.As(err, &wrong) {
				t.Errorf("%s: %v", what, err)
				return
			}
			var got []string
			for _, e := range wrong {
				if e := fmt.Sprintf("%d:%d: %s", e.Line, e.Column, strings.ReplaceAll(e.Message, dir, "DIR")); !strings.Contains(e, `for node "a2"`) && !strings.Contains(e, `for node "a3"`) {
					got = append(got, e)
				}
			}
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i], want[i]) {
					t.Fatalf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		})
	}
}

// A changed template, env-file or user starts those processes again that see
// it, and no others; with an `up` that is undone they see the old ones.
func TestIntegrationFilesRestart(t *testing.T) {
	testenv.NeedSysfs(t)
	downAfter(t)
	dir := beside(t, map[string]string{"conf": "{{.Name}} one\n", "vars": "SIZE=small\n", "other": "other\n"})
	const text = `name: t
nodes:
  a: {files: {/nslab-test/conf: {template: conf}}, cmd: [sleep, "1000"]}
  b: {env-files: [vars], cmd: [sleep, "1000"]}
  c: {files: {/nslab-test/conf: {template: other}}, cmd: [sleep, "1000"], tmpfs: {/nslab-test/run: ""}}
`
	if _, err := upFile(t, dir, text); err != nil {
		t.Fatal(err)
	}
	saw := func(of, file, want string) {
		t.Helper()
		_, pids := statesOf(t)
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pids[of], file))
		if err != nil || !strings.Contains("\x00"+string(b)+"\x00", "\x00"+want+"\x00") {
			t.Errorf("%s: %s: %q, %v, want %q", of, file, b, err, want)
		}
	}
	const conf = "root/nslab-test/conf"
	_, first := statesOf(t)
	saw("a/cmd", conf, "a one\n")
	saw("b/cmd", "environ", "SIZE=small")
	writeOwn(t, dir+"/conf", "{{.Name}} two\n")
	top := parseIn(t, dir, text)
	for _, opts := range []UpOptions{{}, {PlanOptions: PlanOptions{NoRefresh: true}}} {
		p, err := PlanUp(bg, top, nil, opts)
		if want := "~ process cmd in a: old files -> new files"; err != nil || words(p) != want {
			t.Errorf("plan: %v, %s, want %s", err, words(p), want)
		}
	}
	if _, err := Up(bg, parseIn(t, dir, strings.Replace(text, "  c:", "  zz: {exec: [\"false\"]}\n  c:", 1)), nil, UpOptions{}); err == nil {
		t.Fatal("a line that fails did not")
	}
	saw("a/cmd", conf, "a one\n")
	if _, err := Up(bg, top, nil, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	saw("a/cmd", conf, "a two\n")
	writeOwn(t, dir+"/vars", "SIZE=large\n")
	if p, err := Up(bg, top, nil, UpOptions{}); err != nil || words(p) != "~ process cmd in b: old env-files -> new env-files" {
		t.Errorf("up: %v, %s", err, words(p))
	}
	saw("b/cmd", "environ", "SIZE=large")
	_, now := statesOf(t)
	if now["c/cmd"] != first["c/cmd"] || now["a/cmd"] == first["a/cmd"] || now["b/cmd"] == first["b/cmd"] {
		t.Errorf("first %v, then %v", first, now)
	}
	if p, err := Up(bg, top, nil, UpOptions{}); err != nil || !p.Empty() {
		t.Errorf("there is still %v, %s", err, words(p))
	}
	// A file that is gone is a change, too.
	p, err := PlanUp(bg, parseIn(t, dir, strings.Replace(text, "files: {/nslab-test/conf: {template: other}}", "user: root", 1)), nil, UpOptions{})
	if want := "~ process cmd in c: old files and user -> new files and user"; err != nil || words(p) != want {
		t.Errorf("plan: %v, %s, want %s", err, words(p), want)
	}
	// Processes keep a tmpfs, and down ends them and removes it.
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, nil, "t")
}

// Programs that start at once see the same, though each finds that nothing has
// been made yet.
func TestIntegrationViewAtOnce(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"x": "x\n"})
	t.Setenv("HOME", dir)
	const text = `name: t
nodes:
  a:
    tmpfs: {/nslab-test/deep/run: ""}
    files: {/etc/nslab-test.conf: {content: "of a\n"}}
    binds: ["~/x:/nslab-test/x"]
`
	if _, err := upFile(t, dir, text); err != nil {
		t.Fatal(err)
	}
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var nodes []*LabNode
	for range 24 {
		nodes = append(nodes, l.Nodes()...)
	}
	for _, r := range Run(bg, nodes, RunOptions{Jobs: len(nodes)}, "sh", "-c", "echo $$ >>/nslab-test/deep/run/pids; grep -q 'of a' /etc/nslab-test.conf && grep -q x /nslab-test/x") {
		if r.Err != nil || r.Warnings != nil {
			t.Errorf("%v, %v", r.Err, r.Warnings)
		}
	}
	if got := said(t, "a", "sort -u /nslab-test/deep/run/pids | wc -l"); got != "24\n" {
		t.Errorf("%q programs have written into the tmpfs, want 24", got)
	}
}

// An `up` that gives a lab its first tmpfs and is undone leaves none.
func TestIntegrationViewUndone(t *testing.T) {
	testenv.NeedSysfs(t)
	const text = "name: t\nnodes:\n  a: {}\n"
	dir := t.TempDir()
	if _, err := upFile(t, dir, text); err != nil {
		t.Fatal(err)
	}
	before := testenv.Snapshot(t)
	fails := strings.Replace(text, "a: {}", "a: {tmpfs: {/nslab-test/run: \"\"}}\n  b: {tmpfs: {/nslab-test/run: \"\"}, exec: [\"echo x >/nslab-test/run/x; false\"]}", 1)
	var re *RunError
	if _, err := Up(bg, parseIn(t, dir, fails), nil, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("a line that fails: %v", err)
	}
	before.Check(t)
	entries, err := os.ReadDir("/run/nslab/t")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "view" || strings.HasPrefix(e.Name(), "sources") {
			t.Errorf("%s is left", e.Name())
		}
	}
}
