package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/nslab/nslab/internal/testenv"
	"go.yaml.in/yaml/v4"
	"golang.org/x/sys/unix"
)

// Names that others choose are no commands to a terminal, in output for people,
// and do no harm in output for programs.
func TestIntegrationControlCharacters(t *testing.T) {
	testenv.NeedTool(t, "ip", "sleep")
	const esc = "e\x1b[31m\u009b"
	dir := filepath.Join(t.TempDir(), "d\x1b[31m\nnslab: forged")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "lab.yaml")
	for name, text := range map[string]string{
		"lab.yaml":   "name: ctl\nnodes:\n  a: {exec: [\"echo done\"]}\n",
		"bad.yaml":   "name: ctl2\nnodes:\n  a\u009b31m: {}\n  b: {nonsense: \"\\e[31m\"}\n",
		"worse.yaml": "name: ctl2\x1b[31m\nnodes: {}\n",
		"exec.yaml":  "name: ctl3\nnodes:\n  a: {exec: [\"printf 'out\\\\033[31m'; false # \\e[31m\"]}\n",
		"batch":      "link show dev \x1b[31m\n\x1b[31m\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nslab(t, "up", path)
	defer nslab(t, "down", "--kill", "ctl")
	testenv.Run(t, "ip", "-n", "ctl-a", "link", "add", esc, "type", "bridge")
	testenv.Run(t, "ip", "-n", "ctl-a", "link", "set", esc, "up", "alias", "alias \x1b[31m")
	testenv.Run(t, "ip", "-n", "ctl-a", "address", "add", "10.0.0.1/24", "dev", esc)
	testenv.Run(t, "ip", "-n", "ctl-a", "neigh", "add", "10.0.0.9", "lladdr", "02:00:00:00:00:09", "dev", esc)
	testenv.Run(t, "ip", "-n", "ctl-a", "rule", "add", "iif", esc, "table", "5")
	testenv.Run(t, "ip", "-n", "ctl-a", "link", "property", "add", "dev", esc, "altname", "alt\x1b[31mname")
	testenv.Run(t, "ip", "-n", "ctl-a", "link", "add", "p\x1b[1m", "type", "veth", "peer", "name", "q\x1b[1m")
	testenv.Run(t, "ip", "-n", "ctl-a", "link", "set", "p\x1b[1m", "master", esc)
	// A namespace with such a name, and what looks like the rest of a lab.
	if err := os.WriteFile("/run/netns/n\x1b[31m", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove("/run/netns/n\x1b[31m")
	// It sorts first among the names of its namespace.
	const name = "/run/netns/\x1b[31mname"
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(name)
	if err := unix.Mount("/run/netns/ctl-a", name, "none", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(name, unix.MNT_DETACH) //nolint:errcheck // it is mounted
	rest := "/run/netns/x; echo pwned > \x1b[31m"
	if err := os.Symlink("/run/nslab/gone/ns/x\x1b[31m", rest); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(rest)
	mount := "/run/a mount; \x1b[31m"
	if err := os.Mkdir(mount, 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(mount)
	if err := unix.Mount("nslab:no\x1b[31m", mount, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(mount, unix.MNT_DETACH) //nolint:errcheck // it is mounted
	in := func(words ...string) []string { return append([]string{words[0], "-n", "ctl-a"}, words[1:]...) }
	for _, args := range [][]string{
		{"ls"}, {"plan", path}, {"plan", "--prune", path}, {"up", path}, {"validate", path}, {"inspect", "ctl"}, {"inspect", "ctl", "-o", "wide"},
		{"inspect", "ctl", "-o", "json"}, {"inspect", "ctl", "-o", "yaml"}, {"doctor", "--leftovers"}, {"doctor", "--leftovers", "-o", "json"},
		{"validate", filepath.Join(dir, "bad.yaml"), filepath.Join(dir, "worse.yaml"), filepath.Join(dir, "none\x1b.yaml")},
		{"up", filepath.Join(dir, "exec.yaml")}, {"batch", filepath.Join(dir, "batch")}, {"batch", "--force", filepath.Join(dir, "batch")},
		{"up", "--trace", path}, {"inspect", "--trace", "ctl"}, {"exec", "ctl/\x1b[31m", "true"}, {"exec", "ctl/a", "no\x1b[31m"}, {"ping", "ctl/a", "no\x1b[31m"}, {"\x1b[31m"}, {"up", "--no\x1b[31m"},
		in("ip", "link", "show"), in("ip", "-d", "link", "show"), in("ip", "-s", "link"), in("ip", "-br", "link"), in("ip", "-o", "link"), in("ip", "-j", "link"), in("ip", "-j", "-p", "addr"),
		in("ip", "addr", "show"), in("ip", "-br", "addr"), in("ip", "route"), in("ip", "route", "show", "table", "all"), in("ip", "neigh"), in("ip", "rule"), in("ip", "link", "show", "no\x1b[31m"),
		in("ip", "link", "set", esc, "name", "x\x1b/"), in("ip", "link", "add", esc, "type", "bridge"), in("ip", "--trace", "link", "show"), in("ip", "--trace", "link", "set", esc, "down"),
		in("bridge", "link"), in("bridge", "fdb"), {"netns"}, {"ip", "netns", "list-id"}, {"ip", "netns", "exec", "no\x1b[31m", "true"}, {"ip", "netns", "exec", "ctl-a", "no\x1b[31m"},
		{"netns", "del", "no\x1b[31m"}, {"ip", "netns", "exec", "ctl-a", "ip", "netns", "identify"},
		{"__complete", "ip", "-n", ""}, {"__complete", "ip", "-n", "ctl-a", "link", "show", ""}, {"__complete", "ping", "--netns", "ctl-a", "-I", ""},
		{"ip", "\x1b[31m"}, {"brctl", "\x1b[31m"}, {"brctl", "show", "\x1b[31m"}, {"bridge", "fdb", "show", "br", "\x1b[31m"},
	} {
		c := newChild(t, nil, args...)
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		c.end(t)
		var v any
		switch {
		case slices.Contains(args, "--leftovers") && len(args) == 2:
			for _, fix := range []string{`rm $'/run/netns/x; echo pwned > \033[31m'`, `umount -l $'/run/a mount; \033[31m'`} {
				if !strings.Contains(c.out.String(), fix) {
					t.Errorf("%s is not in %v", fix, c)
				}
			}
		case slices.Contains(args, "yaml"):
			if err := yaml.Unmarshal(c.out.Bytes(), &v); err != nil || !strings.Contains(fmt.Sprint(v), esc) {
				t.Errorf("%q: %v: %v", args, err, c)
			}
		case slices.Contains(args, "json") && args[0] == "inspect", slices.Contains(args, "-j"):
			if err := json.Unmarshal(c.out.Bytes(), &v); err != nil || !strings.Contains(fmt.Sprint(v), esc) {
				t.Errorf("%q: %v: %v", args, err, c)
			}
		}
		for _, out := range []string{c.out.String(), c.err.String()} {
			for _, r := range out {
				if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
					t.Errorf("%q prints %q in %q", args, r, out)
					break
				}
			}
			if strings.Contains(out, "\nnslab: forged") {
				t.Errorf("%q prints a line that a file's name has: %q", args, out)
			}
		}
	}
	for _, args := range [][]string{
		in("ip", "link", "show", "no\x1b[31m"), in("ip", "link", "set", esc, "mtu", "1"), {"ip", "netns", "exec", "no\x1b[31m", "true"}, {"brctl", "show", "\x1b[31m"},
		in("bridge", "fdb", "show", "br", "\x1b[31m"), {"ip", "-batch", filepath.Join(dir, "batch")},
	} {
		var out strings.Builder
		run(args[0], args[1:], strings.NewReader(""), &out, &out)
		if strings.ContainsFunc(out.String(), func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) {
			t.Errorf("under the name of %s, %q prints %q", args[0], args, out.String())
		}
	}
}

// ip monitor and bridge monitor print names as the other commands do.
func TestIntegrationMonitorControlCharacters(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	const link = "e\x1b[31m"
	testenv.Run(t, "ip", "netns", "add", "ctlmon")
	defer testenv.Run(t, "ip", "netns", "delete", "ctlmon")
	testenv.Run(t, "ip", "-n", "ctlmon", "link", "add", link, "type", "bridge")
	for _, program := range []string{"ip", "bridge"} {
		c := newChild(t, nil, program, "-n", "ctlmon", "monitor", "all")
		c.cmd.Stdout = nil
		out, err := c.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// It prints nothing until it listens, so entries are added until one is
		// printed.
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					change := exec.Command("bridge", "-n", "ctlmon", "fdb", "replace", fmt.Sprintf("02:00:00:00:00:%02x", i%256), "dev", link, "self", "permanent")
					if text, err := change.CombinedOutput(); err != nil {
						t.Errorf("%v: %v\n%s", change, err, text)
						return
					}
				}
			}
		}()
		line, err := bufio.NewReader(out).ReadString('\n')
		close(stop)
		<-stopped
		if err != nil || !strings.Contains(line, `e\x1b[31m`) || strings.Contains(line, "\x1b") {
			t.Errorf("%s monitor: %q, %v", program, line, err)
		}
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.cmd.Wait() //nolint:errcheck // it was killed
	}
}
