package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// ownEtc gives the test an /etc of its own with these files, which are links to
// what is not there where their text is "".
func ownEtc(t *testing.T, files map[string]string) {
	t.Helper()
	if err := unix.Mount("none", "/etc", "tmpfs", 0, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount("/etc", unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for name, text := range files {
		writeOwn(t, filepath.Join("/etc", name), text)
	}
}

func writeOwn(t *testing.T, file, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		if text == "" {
			err = os.Symlink("nowhere", file)
		} else {
			err = os.WriteFile(file, []byte(text), 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

const viewLab = `name: t
nodes:
  a:
    dns: [192.0.2.1, "2001:db8::1"]
    env: {FLAVOUR: sweet}
    exec: ["sh LOOK >OUT/a"]
  b:
    addresses: [10.5.0.1/32]
    exec: ["sh LOOK >OUT/b"]
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: ["10.0.0.1/30", "10.0.0.2/30"]}
`

// lookAround says what a program sees, and spoils it.
const lookAround = `cat /etc/hosts /etc/resolv.conf /etc/motd; echo $NSLAB_LAB $NSLAB_NODE $FLAVOUR; cat /proc/sys/kernel/hostname
echo 6.6.6.6 spoilt >/etc/hosts; hostname spoilt; [ ! -e /etc/netns/t-$NSLAB_NODE/resolv.conf ] || echo nameserver 6.6.6.6 >/etc/resolv.conf
`

const viewHosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.1\ta\n10.0.0.2\tb\n10.5.0.1\tb\n"

// Whatever runs in a node sees the same, made afresh each time: its own hosts
// file and name servers, the files of /etc/netns for its name in /run/netns and
// for no other, its host name and environment.
func TestIntegrationView(t *testing.T) {
	testenv.NeedTool(t, "hostname")
	testenv.NeedSysfs(t)
	ownEtc(t, map[string]string{
		"hosts": "192.0.2.9 machine\n", "resolv.conf": "nameserver 192.0.2.9\n", "motd": "the machine's\n",
		"netns/a/motd": "another's a\n", "netns/a/resolv.conf": "nameserver 203.0.113.66\n", "netns/a/hosts": "203.0.113.66 b\n",
		"netns/b/resolv.conf": "nameserver 203.0.113.66\n",
		"netns/t-a/motd":      "a's\n", "netns/t-a/hosts": "203.0.113.7 covered\n",
		"netns/t-b/resolv.conf": "nameserver 198.51.100.5\n",
	})
	out := t.TempDir()
	look := filepath.Join(out, "look")
	writeOwn(t, look, lookAround)
	up(t, nil, strings.NewReplacer("LOOK", look, "OUT", out).Replace(viewLab))
	want := map[string]string{
		"a": viewHosts + "10.0.0.1\ta.t\nnameserver 192.0.2.1\nnameserver 2001:db8::1\na's\nt a sweet\na.t\n",
		"b": viewHosts + "10.0.0.2\tb.t\n10.5.0.1\tb.t\nnameserver 198.51.100.5\nthe machine's\nt b\nb.t\n",
	}
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, n := range l.Nodes() {
		b, err := os.ReadFile(filepath.Join(out, n.Name))
		if err != nil || string(b) != want[n.Name] {
			t.Errorf("exec line in %s: %v, got\n%s\nwant\n%s", n.Name, err, b, want[n.Name])
		}
		for i := range 2 {
			writeOwn(t, "/etc/netns/t-b/resolv.conf", "nameserver 198.51.100.5\n") // a person's file is theirs
			cmd, err := n.Command(bg, "sh", look)
			if err != nil {
				t.Fatal(err)
			}
			text, err := cmd.CombinedOutput()
			if err != nil || string(text) != want[n.Name] || cmd.Warnings() != nil {
				t.Errorf("program %d in %s: %v, %v, got\n%s\nwant\n%s", i, n.Name, err, cmd.Warnings(), text, want[n.Name])
			}
		}
	}
	if b, err := os.ReadFile("/etc/hosts"); err != nil || string(b) != "192.0.2.9 machine\n" {
		t.Errorf("the machine's hosts file is %q, %v", b, err)
	}
}

// Programs run where the machine has no such files, and somebody is told.
func TestIntegrationViewWithoutEtc(t *testing.T) {
	testenv.NeedSysfs(t)
	for name, files := range map[string]map[string]string{
		"none":     {},
		"dangling": {"hosts": "", "resolv.conf": ""},
	} {
		t.Run(name, func(t *testing.T) {
			ownEtc(t, files)
			out := t.TempDir()
			var warnings []string
			cfg := &Config{OnWarning: func(err error) { warnings = append(warnings, err.Error()) }}
			text := strings.NewReplacer("LOOK", "-c 'echo ran'", "OUT", out).Replace(viewLab)
			up(t, cfg, text)
			const missing = ": no such file or directory (ENOENT)"
			want := "[mount a file on /etc/hosts" + missing + " mount a file on /etc/resolv.conf" + missing + "]"
			if got := fmt.Sprint(warnings); got != want {
				t.Errorf("warnings %s, want %s", got, want)
			}
			for _, node := range []string{"a", "b"} {
				if b, err := os.ReadFile(filepath.Join(out, node)); err != nil || string(b) != "ran\n" {
					t.Errorf("exec line in %s: %q, %v", node, b, err)
				}
			}
			l, err := Open("t", cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for i, r := range Run(bg, l.Nodes(), RunOptions{}, "true") {
				if want := 2 - i; r.Err != nil || len(r.Warnings) != want || !errors.Is(r.Warnings[0], fs.ErrNotExist) {
					t.Errorf("%s: %v, warnings %v, want %d", r.Node.Name, r.Err, r.Warnings, want)
				}
			}
		})
	}
}

// What runs under `ip netns exec` can write to the one file that is for it: a
// plan says so, and up mends it.
func TestIntegrationHostsMended(t *testing.T) {
	etc := t.TempDir()
	cfg := &Config{NetNS: nsfs.Dir{Etc: etc}}
	const text = "name: t\nhosts: etc\nnodes:\n  a: {addresses: [10.0.0.1/32]}\n"
	up(t, cfg, text)
	const good = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.1\ta\n"
	file := filepath.Join(etc, "t-a", "hosts")
	for what, spoil := range map[string]func() error{
		"altered": func() error { return os.WriteFile(file, []byte("6.6.6.6 a\n"), 0o644) },
		"missing": func() error { return os.Remove(file) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		want := "~ hosts /run/nslab/t/etc/hosts: " + what + " -> as the file says"
		plan, err := PlanUp(bg, parse(t, text), cfg, UpOptions{})
		if err != nil || words(plan) != want {
			t.Errorf("plan: %v\n%s\nwant\n%s", err, words(plan), want)
		}
		var script strings.Builder
		if err := plan.WriteScript(&script); err != nil || script.String() != "cat >/run/nslab/t/etc/hosts <<'END'\n"+good+"END\n" {
			t.Errorf("script: %v\n%s", err, &script)
		}
		for _, opts := range []UpOptions{{}, {PlanOptions: PlanOptions{NoRefresh: true}}} {
			if _, err := Up(bg, parse(t, text), cfg, opts); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(file); err != nil || string(b) != good {
				t.Errorf("%s: now %q, %v", what, b, err)
			}
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
		}
		up(t, cfg, text)
		if p := up(t, cfg, text); !p.Empty() {
			t.Errorf("there is still\n%s", words(p))
		}
	}
	// And it goes when it is not wanted any more.
	up(t, cfg, strings.Replace(text, "hosts: etc\n", "", 1))
	if _, err := os.Lstat("/run/nslab/t/etc"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is there: %v", err)
	}
}

// A name of a node may be as long as that of a file, and so may all that it
// has.
func TestIntegrationLongNodeName(t *testing.T) {
	testenv.NeedSysfs(t)
	ownEtc(t, map[string]string{"hosts": "127.0.0.1 localhost\n", "resolv.conf": "nameserver 192.0.2.9\n"})
	node := strings.Repeat("n", unix.NAME_MAX)
	out := filepath.Join(t.TempDir(), "out")
	up(t, nil, "name: t\nprefix: \"\"\nnodes: {"+node+": {dns: [192.0.2.1], exec: [\"cat /etc/resolv.conf /proc/sys/kernel/hostname >"+out+"\"]}}\n")
	if b, err := os.ReadFile(out); err != nil || string(b) != "nameserver 192.0.2.1\n"+node[:64]+"\n" {
		t.Errorf("%q, %v", b, err)
	}
}
