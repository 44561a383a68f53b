package nsfs_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

// view prints what a program inside sees.
const view = `readlink /proc/self/ns/net; ls /sys/class/net; cat /sys/class/net/p0/address;
	awk '$5 == "/sys" || $5 ~ "^/etc" {print $5, $6}' /proc/self/mountinfo; grep -c shared: /proc/self/mountinfo; grep -c master: /proc/self/mountinfo; pwd; id -u; exit 3`

// TestCommandAgainstIP runs one program by `ip netns exec`, by Run and by
// Replace.
func TestCommandAgainstIP(t *testing.T) {
	testenv.NeedTool(t, "ip", "sh")
	testenv.NeedSysfs(t)
	freshRun(t)
	d := nsfs.Dir{Path: nsfs.DefaultPath}
	h := create(t, d, "x")
	ip(t, "-n", "x", "link", "add", "p0", "type", "veth", "peer", "name", "p1")
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	before := testenv.Snapshot(t)
	var want string
	for _, tt := range []struct {
		name string
		cmd  *exec.Cmd
	}{
		{"ip", exec.Command("ip", "netns", "exec", "x", "sh", "-c", view)},
		{"run", helper("run", d.Path, "x", "sh", "-c", view)},
		{"replace", helper("replace", d.Path, "x", cwd, "sh", "-c", view)},
	} {
		var exit *exec.ExitError
		out, err := tt.cmd.Output()
		if !errors.As(err, &exit) || exit.ExitCode() != 3 {
			t.Errorf("%s: %v, want the program's status 3", tt.name, err)
		}
		if tt.name == "ip" {
			want = string(out)
			if !strings.Contains(want, h.ID().String()+"\n") || !strings.Contains(want, "\np0\np1\n") {
				t.Fatalf("ip netns exec shows another namespace:\n%s", want)
			}
			continue
		}
		if string(out) != want {
			t.Errorf("%s shows\n%s\nip netns exec shows\n%s", tt.name, out, want)
		}
	}
	before.Check(t)
}

// TestEtc compares the files that come from /etc/netns/NAME, under an /etc of
// the test's own. One of them has no counterpart in /etc.
func TestEtc(t *testing.T) {
	testenv.NeedTool(t, "ip", "sh", "unshare")
	testenv.NeedSysfs(t)
	freshRun(t)
	d := nsfs.Dir{Path: nsfs.DefaultPath}
	create(t, d, "x")
	create(t, d, "plain")
	const prepare = `mount -t tmpfs none /etc && mkdir -p /etc/netns/x/dir /etc/dir &&
		echo ours >/etc/netns/x/hosts && echo theirs >/etc/hosts && echo new >/etc/netns/x/new && echo in >/etc/netns/x/dir/file && exec "$@"`
	const look = `cat /etc/hosts; ls /etc/dir /etc/new`
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for ns, hosts := range map[string]string{"x": "ours", "plain": "theirs"} {
		var want string
		for _, args := range [][]string{
			{"ip", "netns", "exec", ns, "sh", "-c", look},
			{self, d.Path, ns, "sh", "-c", look},
			{self, d.Path, ns, "/", "sh", "-c", look},
		} {
			cmd := exec.Command("unshare", append([]string{"--mount", "sh", "-c", prepare, "sh"}, args...)...)
			cmd.Env = append(os.Environ(), helperEnv+"=run")
			if len(args) == 7 {
				cmd.Env = append(os.Environ(), helperEnv+"=replace")
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.HasPrefix(string(out), hosts+"\n") {
				t.Errorf("%s: %v: %s %s", args, err, out, &stderr)
			}
			if args[0] == "ip" {
				want = string(out)
			} else if string(out) != want {
				t.Errorf("%s shows\n%s\nip netns exec shows\n%s", args, out, want)
			}
			if warned := strings.Contains(stderr.String(), "/etc/netns/x/new"); len(args) == 7 && warned != (ns == "x") {
				t.Errorf("%s: a warning of the file that is not in /etc: %v\n%s", args, warned, &stderr)
			}
		}
	}
}

func TestCommand(t *testing.T) {
	testenv.NeedTool(t, "sh", "sleep")
	testenv.NeedSysfs(t)
	ctx := context.Background()
	dir := scratch(t)
	d := nsfs.Dir{Path: filepath.Join(dir, "ns"), Etc: filepath.Join(dir, "etc")}
	h := create(t, d, "x")
	before := testenv.Snapshot(t)

	command := func(program string, args ...string) *nsfs.Cmd {
		t.Helper()
		c, err := d.Command(ctx, "x", program, args...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := command("sh", "-c", "cat; readlink /proc/self/ns/net; echo oops >&2; exit 42")
	c.Stdin = strings.NewReader("input\n")
	out, err := c.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 42 || string(exit.Stderr) != "oops\n" || string(out) != "input\n"+h.ID().String()+"\n" {
		t.Errorf("Output: %q, %v", out, err)
	}
	if out, err := command("sh", "-c", "echo a; echo b >&2").CombinedOutput(); err != nil || string(out) != "a\nb\n" {
		t.Errorf("CombinedOutput: %q, %v", out, err)
	}
	if out, err := h.Command(ctx, "readlink", "/proc/self/ns/net").Output(); err != nil || strings.TrimSpace(string(out)) != h.ID().String() {
		t.Errorf("by handle: %q, %v", out, err)
	}

	// A pipe, and a program that a signal ends.
	c = command("sh", "-c", "echo ready; kill -TERM $$")
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var b [16]byte
	if n, err := stdout.Read(b[:]); err != nil || string(b[:n]) != "ready\n" {
		t.Errorf("read %q, %v", b[:n], err)
	}
	if err := c.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGTERM {
		t.Errorf("Wait: %v", err)
	}

	// A cancelled context ends the program.
	cancelled, cancel := context.WithCancel(ctx)
	killed := h.Command(cancelled, "sleep", "1000")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := killed.Wait(); !errors.As(err, &exit) {
		t.Errorf("after cancel: %v", err)
	}

	if err := command("no-such-program").Run(); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("a program that is not in PATH: %v", err)
	}
	if err := command("/no/such/program").Run(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
	if err := command(dir).Run(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a directory: %v", err)
	}
	c = command("true")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), "Pdeathsig") {
		t.Errorf("with Pdeathsig: %v", err)
	}
	if err := command("true").Close(); err != nil {
		t.Error(err)
	}
	if err := command("/no/such/program").Replace(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Replace with a path that is not there: %v", err)
	}

	// Files mounted over others.
	for name, text := range map[string]string{"source": "over", "target": "under"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c = command("cat", filepath.Join(dir, "target"))
	c.Binds = []nsfs.Bind{{Source: filepath.Join(dir, "source"), Target: filepath.Join(dir, "target")}}
	if out, err := c.Output(); err != nil || string(out) != "over" {
		t.Errorf("with a bind: %q, %v", out, err)
	}
	c = command("true")
	c.Binds = []nsfs.Bind{{Source: filepath.Join(dir, "source"), Target: filepath.Join(dir, "missing")}}
	if err := c.Run(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with a bind on nothing: %v", err)
	}
	before.Check(t)
}

// A rehearsal says what a start would say, and starts nothing.
func TestCommandRehearse(t *testing.T) {
	freshRun(t)
	d := nsfs.Dir{Path: nsfs.DefaultPath}
	create(t, d, "x")
	dir := t.TempDir()
	script, plain := dir+"/script", dir+"/plain"
	for path, mode := range map[string]os.FileMode{script: 0o700, plain: 0o600} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n>"+dir+"/ran\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	refused := errors.New("refused")
	before := testenv.Snapshot(t)
	for _, c := range []struct {
		program, dir string
		prepare      func(func() error) error
		want         error
		says         string
	}{
		{program: script},
		{program: "./script", dir: dir},
		{program: "./script", dir: "/", want: fs.ErrNotExist},
		{program: script, dir: dir + "/missing", want: fs.ErrNotExist},
		{program: plain, want: fs.ErrPermission, says: "not executable, with mode 0600"},
		{program: dir, want: fs.ErrPermission, says: "it is a directory"},
		{program: dir + "/missing", want: fs.ErrNotExist},
		{program: "no-such-program", want: exec.ErrNotFound},
		{program: script, prepare: func(func() error) error { return refused }, want: refused},
	} {
		cmd, err := d.Command(context.Background(), "x", c.program)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Dir, cmd.Prepare = c.dir, c.prepare
		if err := cmd.Rehearse(); !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s in %q: got %v, want %v", c.program, c.dir, err, c.want)
		}
	}
	if _, err := os.Stat(dir + "/ran"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the program has run: %v", err)
	}
	before.Check(t)
}

// Prepare comes when the files of Etc are mounted, and decides when the other
// mounts are made; what it changes in the Cmd counts.
func TestCommandPrepare(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := scratch(t)
	d := nsfs.Dir{Path: filepath.Join(dir, "ns")}
	create(t, d, "x")
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("under\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := d.Command(context.Background(), "x", "no-such-program", "-c", "cat "+file+"; pwd")
	if err != nil {
		t.Fatal(err)
	}
	c.Files = []nsfs.File{{Target: file, Content: []byte("over\n")}}
	c.Err = nil
	var before, after []byte
	c.Prepare = func(mount func() error) error {
		before, _ = os.ReadFile(file)
		err := mount()
		after, _ = os.ReadFile(file)
		c.Path, c.Dir = "/bin/sh", "/"
		return err
	}
	out, err := c.CombinedOutput()
	if want := "over\n/\n"; err != nil || string(out) != want || string(before) != "under\n" || string(after) != "over\n" {
		t.Errorf("got %q, %v, want %q; before %q, after %q", out, err, want, before, after)
	}
	if c, err = d.Command(context.Background(), "x", "touch", dir+"/ran"); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	c.Prepare = func(func() error) error { return refused }
	if err := c.Run(); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(dir + "/ran"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the program ran: %v", err)
	}
}
