package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

func TestPrivilegeHints(t *testing.T) {
	both := []string{"CAP_NET_ADMIN", "CAP_SYS_ADMIN"}
	for _, c := range []struct {
		name string
		p    privilege
		want string
	}{
		{"a user", privilege{initial: true, missing: both}, "run it as root, or in a shell that needs none:\n  unshare"},
		{"root", privilege{root: true, initial: true, run: true}, ""},
		{"root where a file may not be written", privilege{root: true, initial: true}, ""},
		{"root in a container", privilege{root: true, initial: true, run: true, missing: both[1:]}, "this root has no CAP_SYS_ADMIN, as in a container"},
		{"root of nothing", privilege{root: true, initial: true, missing: both}, "no CAP_NET_ADMIN and no CAP_SYS_ADMIN"},
		{"root of a user namespace", privilege{root: true, run: true}, ""},
		{"one without a /run of its own", privilege{root: true}, "start the shell with its own /run:\n  unshare"},
	} {
		got := c.p.hint()
		if got != "" && !strings.Contains(got, rootlessShell) || (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// An error that lacks permission says what helps, unless it is about the user's
// own program or file.
func TestIsDenied(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{fmt.Errorf("lab: %w", unix.EACCES), true},
		{own(unix.EPERM), true},
		{&statusError{exitNotExecutable, unix.EACCES}, false},
		{usage(unix.EACCES), false},
		{unix.EROFS, false},
	} {
		if got := isDenied(tt.err, exitUsage); got != tt.want {
			t.Errorf("%v: got %v", tt.err, got)
		}
	}
}

// The shell that needs no root is the same in README, in the docs and in
// errors, and works.
func TestIntegrationRootlessShell(t *testing.T) {
	for _, file := range []string{"../../README.md", "../../docs/labs.md"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "\n"+rootlessShell+"\n") {
			t.Errorf("%s has no line\n%s", file, rootlessShell)
		}
	}
	testenv.NeedTool(t, "sh", "unshare")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	nslab := filepath.Join(dir, "nslab") // under that name, this program is nslab
	if err := os.Symlink(self, nslab); err != nil {
		t.Fatal(err)
	}
	text := "name: rootless\nnodes: {a: {}, b: {}}\nlinks: [{endpoints: [a:e, b:e], ipv4: [10.0.0.1/24, 10.0.0.2/24]}]\n"
	if err := os.WriteFile(filepath.Join(dir, "lab.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", rootlessShell)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SHELL=sh")
	cmd.Stdin = strings.NewReader("set -e\n./nslab up\n./nslab ping rootless/a b -c 1\n./nslab exec rootless/b true\n./nslab down rootless\necho ended well\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ended well") {
		t.Errorf("%v\n%s", err, out)
	}
}

// That shell is suggested to an ordinary user, and to root in a user namespace
// that has the machine's /run.
func TestIntegrationDenied(t *testing.T) {
	testenv.NeedInitRoot(t, "to be another user")
	testenv.NeedTool(t, "unshare")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "nslab-denied-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // in /tmp
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	nslab := filepath.Join(dir, "nslab")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(nslab, b, 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"up", "-"}, "permission denied\nrun it as root, or in a shell that needs none:\n  " + rootlessShell},
		{[]string{"netns", "add", "x"}, "unshare: operation not permitted (EPERM), CAP_SYS_ADMIN is needed\nrun it as root, or"},
		{[]string{"batch", "-"}, "CAP_SYS_ADMIN is needed\nrun it as root, or"},
		{[]string{"watch", "--every"}, "CAP_NET_BROADCAST is needed\nrun it as root, or"},
		{[]string{"link", "set", "lo", "up"}, "CAP_NET_ADMIN over this network namespace is needed (EPERM)\nrun it as root, or"},
		{[]string{"unshare", "-Urnm", nslab, "up", "-"}, "permission denied\nroot of a user namespace may not write to the machine's /run; start"},
	} {
		cmd := exec.Command(nslab, c.args...)
		if c.args[0] == "unshare" {
			cmd = exec.Command(c.args[0], c.args[1:]...)
		}
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Stdin = strings.NewReader("name: denied\nnodes: {a: {}}\n")
		if c.args[0] == "batch" {
			cmd.Stdin = strings.NewReader("netns add x\n")
		}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) || strings.Contains(string(out), "abandoned") {
			t.Errorf("%q: %v\n%s", c.args, err, out)
		}
	}
}

// README names the version of Go in go.mod.
func TestGoVersion(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	readme, err := os.ReadFile("../../README.md")
	if err != nil || want == nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "Go "+string(want[1])+" or later") {
		t.Errorf("README does not say that it needs Go %s or later", want[1])
	}
}
