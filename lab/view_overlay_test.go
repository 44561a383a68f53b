package lab

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/mountinfo"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// overlayMounts counts the overlays in the lab directories of this mount
// namespace.
func overlayMounts(t *testing.T) (n int) {
	t.Helper()
	mounts, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mounts {
		if m.Type == "overlay" && strings.HasPrefix(m.Path, "/run/nslab/") {
			n++
		}
	}
	return n
}

// An overlay shows the machine's directory, takes what programs of the node
// change, keeps it while the node is there, and leaves the machine's as it was.
func TestIntegrationOverlay(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"etc/conf": "machine\n", "etc/gone": "x\n", "etc/sub/deep": "deep\n", "etc/prog": "#!/bin/sh\necho ran\n", "bound": "bound\n"})
	if err := errors.Join(unix.Chmod(dir+"/etc", 0o2751), os.Chmod(dir+"/etc/prog", 0o755)); err != nil {
		t.Fatal(err)
	}
	machine := func() string {
		return testenv.Run(t, "sh", "-c", "cd "+dir+"/etc && find . | sort | xargs ls -ld && cat conf gone sub/deep")
	}
	before := machine()
	text := strings.ReplaceAll(`name: t
defaults: {overlay: [DIR/etc]}
nodes:
  a:
    overlay: [DIR/etc, DIR/none/deep]
    binds: ["bound:DIR/etc/sub/bound", "bound:DIR/etc/new/bound"]
    exec: ["echo of a >DIR/etc/conf; rm DIR/etc/gone; mkdir DIR/etc/dir; echo new >DIR/etc/dir/new"]
  b: {cmd: [sh, -c, "echo of b >>DIR/etc/conf; mv DIR/etc/sub DIR/etc/bus; exec sleep 1000"]}
`, "DIR", dir)
	in := upSays(t, dir, text)
	in("a", "cat DIR/etc/conf DIR/etc/dir/new DIR/etc/sub/*; stat -c %a DIR/etc; DIR/etc/prog", "of a\nnew\nbound\ndeep\n2751\nran\n")
	in("a", "ls DIR/etc; cat DIR/etc/new/bound; echo later >DIR/none/deep/x", "conf\ndir\nnew\nprog\nsub\nbound\n")
	in("a", "cat DIR/none/deep/x; sed -i s/of/by/ DIR/etc/conf; cat DIR/etc/conf", "later\nby a\n")
	in("b", "cat DIR/etc/conf DIR/etc/bus/deep; ls DIR/etc", "machine\nof b\ndeep\nbus\nconf\ngone\nprog\n")
	if n := overlayMounts(t); n != 3 {
		t.Errorf("%d overlays are mounted, want 3", n)
	}
	// It is mounted once, whoever comes.
	if p, err := upFile(t, dir, text); err != nil || !p.Empty() || overlayMounts(t) != 3 {
		t.Errorf("%v, %d overlays", err, overlayMounts(t))
	}
	// A new one is said, and a node that is made anew forgets.
	p, err := Up(bg, parseIn(t, dir, strings.Replace(text, "b: {", "b: {overlay: ["+dir+"/more], ", 1)), nil, UpOptions{})
	if want := fmt.Sprintf("overlay %s/more is new", dir); err != nil || !strings.Contains(fmt.Sprint(p.Notes()), want) {
		t.Errorf("notes %v, %v, want %s", p.Notes(), err, want)
	}
	if _, err := Up(bg, parseIn(t, dir, text), nil, UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}}); err != nil {
		t.Fatal(err)
	}
	in("a", "cat DIR/etc/conf; ls -A DIR/none/deep", "of a\n")
	in("b", "tail -n 1 DIR/etc/conf", "of b\n")
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, nil, "t")
	if n := overlayMounts(t); n != 0 {
		t.Errorf("%d overlays are left", n)
	}
	if after := machine(); after != before {
		t.Errorf("the machine has\n%s\nbefore\n%s", after, before)
	}
}

// The machine's own /etc stays as it is, whatever programs do in their overlay
// of it. What belongs to users that a user namespace does not have cannot be
// changed there, as without an overlay.
func TestIntegrationOverlayOfEtc(t *testing.T) {
	testenv.NeedSysfs(t)
	const list = "find /etc -xdev -printf '%p %s %m %u %g %T@ %C@ %l\n' 2>/dev/null | sort"
	before := testenv.Run(t, "sh", "-c", list)
	dir := beside(t, nil)
	if _, err := upFile(t, dir, `name: t
nodes: {a: {overlay: [/etc, /var, /root, /tmp]}}
`); err != nil {
		t.Fatal(err)
	}
	in := saysIn(t, dir)
	in("a", "echo mine >/etc/nslab-test; echo x >/var/nslab-test; echo y >/tmp/nslab-test; cat /etc/nslab-test", "mine\n")
	in("a", "stat -c %a /etc /tmp; cat /var/nslab-test /tmp/nslab-test; cd /root && echo z >nslab-test", testenv.Run(t, "stat", "-c", "%a", "/etc", "/tmp")+"x\ny\n")
	in("a", "cat /root/nslab-test; ls -A /root | grep -c nslab-test", "z\n1\n")
	if testenv.InInitUserNamespace(t) {
		in("a", "echo nslab:x:1:1::/:/bin/sh >>/etc/passwd; rm /etc/group; id -u nslab; ls /etc/group 2>&1 | grep -o 'No such'", "1\nNo such\n")
	} else {
		in("a", "echo x 2>/dev/null >>/etc/passwd || echo no; wc -l </etc/passwd", "no\n"+testenv.Run(t, "sh", "-c", "wc -l </etc/passwd"))
	}
	if after := testenv.Run(t, "sh", "-c", list); after != before {
		t.Errorf("the machine's /etc has changed")
	}
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
}

// Where an overlay cannot be had, an error says so, and nothing is left.
func TestIntegrationNoOverlay(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"low/x": "x\n", "file": "x\n"})
	// Overlays stack two deep (FILESYSTEM_MAX_STACK_DEPTH).
	writable := t.TempDir()
	if err := unix.Mount("none", writable, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, at := range []string{dir + "/low", dir + "/low", writable} {
			if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		}
	})
	for _, n := range []string{"1", "2"} {
		for _, sub := range []string{"up", "work"} {
			if err := os.MkdirAll(writable+"/"+sub+n, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := unix.Mount("none", dir+"/low", "overlay", 0, "lowerdir="+dir+"/low,upperdir="+writable+"/up"+n+",workdir="+writable+"/work"+n); err != nil {
			t.Fatal(err)
		}
	}
	_, err := upFile(t, dir, "name: t\nnodes: {a: {overlay: ["+dir+"/low]}}\n")
	want := `node "a": overlay ` + dir + "/low: overlayfs refuses the file system that " + dir + "/low is on; the kernel's log (dmesg) says why: invalid argument (EINVAL)"
	if !errors.Is(err, ErrOverlay) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	nothingLeft(t, nil, "t")
	if n := overlayMounts(t); n != 0 {
		t.Errorf("%d overlays are left", n)
	}
	_, err = upFile(t, dir, "name: t\nnodes: {a: {overlay: ["+dir+"/file]}}\n")
	if err == nil || !strings.Contains(err.Error(), "lab.yaml:2:23: overlay "+dir+"/file: a directory cannot be seen in the place of the file") {
		t.Errorf("%v", err)
	}
}

// With an overlay of /etc, what programs write to the files that the lab has
// for the node there is kept, and what the lab says anew comes before it. What
// they have replaced is theirs. Without one, the node has its own name, too.
func TestIntegrationOverlayHosts(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"hosts": "192.0.2.1 bound\n"})
	defer unix.Umask(unix.Umask(0o077))
	const text = `name: t
nodes:
  a:
    overlay: [/etc]
    dns: [192.0.2.1]
    exec: ["echo 10.9.9.9 srv.example >>/etc/hosts", "getent hosts srv.example", "echo options ndots:2 >>/etc/resolv.conf"]
  b: {}
  c: {addresses: [10.5.0.1/32], overlay: [/etc], exec: ["echo 10.9.9.9 mine >/etc/hosts"]}
  d: {overlay: [/etc], hostname: db, binds: ["hosts:/etc/hosts"]}
  e: {overlay: [/etc], hostname: db}
`
	in := upSays(t, dir, text)
	const local = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
	in("a", "cat /etc/hosts /etc/resolv.conf; stat -c %a /etc/hosts", local+"10.5.0.1\tc\n127.0.1.1\ta.t a\n10.9.9.9 srv.example\nnameserver 192.0.2.1\noptions ndots:2\n644\n")
	in("b", "echo 10.9.9.9 lost >>/etc/hosts", "")
	in("b", "cat /etc/hosts", local+"10.5.0.1\tc\n127.0.1.1\tb.t b\n")
	in("c", "cat /etc/hosts", "10.9.9.9 mine\n")
	in("d", "cat /etc/hosts", "192.0.2.1 bound\n")
	in("e", "cat /etc/hosts", local+"10.5.0.1\tc\n127.0.1.1\tdb e\n")
	for range 2 {
		if _, err := Up(bg, parseIn(t, dir, strings.Replace(text, "10.5.0.1", "10.5.0.2", 1)), nil, UpOptions{}); err != nil {
			t.Fatal(err)
		}
		in("a", "cat /etc/hosts", local+"10.5.0.2\tc\n127.0.1.1\ta.t a\n10.9.9.9 srv.example\n")
		in("c", "cat /etc/hosts", "10.9.9.9 mine\n")
		in("d", "cat /etc/hosts", "192.0.2.1 bound\n")
	}
	// A run that is killed may have written the file without noting it.
	in("a", "sed -i s/10.5.0.2/10.5.0.3/ /etc/hosts", "")
	for _, addr := range []string{"10.5.0.3", "10.5.0.4"} {
		if _, err := Up(bg, parseIn(t, dir, strings.Replace(text, "10.5.0.1", addr, 1)), nil, UpOptions{}); err != nil {
			t.Fatal(err)
		}
		in("a", "cat /etc/hosts", local+addr+"\tc\n127.0.1.1\ta.t a\n10.9.9.9 srv.example\n")
	}
	// A program may put anything in its place.
	in("a", "rm /etc/hosts /etc/resolv.conf; ln -s "+dir+"/hosts /etc/hosts; mkfifo /etc/resolv.conf", "")
	if _, err := Up(bg, parseIn(t, dir, strings.Replace(text, "192.0.2.1]", "192.0.2.2]", 1)), nil, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	in("a", "cat /etc/hosts; stat -c %F /etc/resolv.conf", "192.0.2.1 bound\nfifo\n")
	if testenv.InInitUserNamespace(t) {
		in("a", "rm /etc/resolv.conf; mknod /etc/resolv.conf c 1 3", "")
		if _, err := Up(bg, parseIn(t, dir, text), nil, UpOptions{}); err != nil {
			t.Fatal(err)
		}
		in("a", "stat -c %F /etc/resolv.conf", "character special file\n")
	}
}
