package nsfs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

// A program's own files and host name are private: nobody else sees its
// changes, and none of the mounts remain.
func TestCommandFiles(t *testing.T) {
	testenv.NeedTool(t, "sh", "hostname")
	testenv.NeedSysfs(t)
	dir := scratch(t)
	d := nsfs.Dir{Path: filepath.Join(dir, "ns")}
	create(t, d, "x")
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("under\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "dangling")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	was, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	before := testenv.Snapshot(t)
	big := strings.Repeat("0123456\n", 1<<18) // more than a program may add
	command := func(line string) *nsfs.Cmd {
		c, err := d.Command(context.Background(), "x", "sh", "-c", line)
		if err != nil {
			t.Fatal(err)
		}
		c.Hostname = "x.lab"
		c.Files = []nsfs.File{{Target: target, Content: []byte("over\n" + big)}}
		return c
	}
	for range 2 { // the second sees nothing of the first
		c := command("head -n 1 $0; wc -c <$0; stat -c %a $0; echo mine >$0; cat $0; cat /proc/sys/kernel/hostname; hostname other; awk '$9 == \"tmpfs\" && $5 == \"/sys\"' /proc/self/mountinfo")
		c.Args = append(c.Args, target)
		out, err := c.CombinedOutput()
		if want := "over\n2097157\n644\nmine\nx.lab\n"; err != nil || string(out) != want || c.Warnings() != nil {
			t.Errorf("got %q, %v, %v; want %q", out, err, c.Warnings(), want)
		}
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "under\n" {
		t.Errorf("the file beneath: %q, %v", b, err)
	}
	if now, err := os.Hostname(); err != nil || now != was {
		t.Errorf("the machine's host name is %q, was %q: %v", now, was, err)
	}
	// A missing target causes a warning, and the rest is mounted.
	c := command("head -n 1 " + target)
	c.Files = append([]nsfs.File{{Target: link}, {Target: filepath.Join(dir, "missing")}}, c.Files...)
	out, err := c.CombinedOutput()
	w := c.Warnings()
	if err != nil || string(out) != "over\n" || len(w) != 2 || !errors.Is(w[0], fs.ErrNotExist) || w[1].Error() != "mount a file on "+dir+"/missing: no such file or directory (ENOENT)" {
		t.Errorf("got %q, %v, warnings %v", out, err, w)
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]error{dir: unix.ENOTDIR, loop: unix.ELOOP} {
		c = command("true")
		c.Files[0].Target = target
		if err := c.Run(); err != nil || len(c.Warnings()) != 1 || !errors.Is(c.Warnings()[0], want) {
			t.Errorf("over %s: %v, warnings %v, want %v", target, err, c.Warnings(), want)
		}
	}
	// A file that cannot be mounted is an error.
	c = command("true")
	c.Files[0].Target = "/proc/self/fd/nothing/\x00"
	if err := c.Run(); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "mount a file on /proc/self/fd/") {
		t.Errorf("got %v", err)
	}
	// An unreadable directory for /etc is an error, too.
	c = command("true")
	c.Etc = target
	if err := c.Run(); err != nil || len(c.Warnings()) != 1 || !errors.Is(c.Warnings()[0], unix.ENOTDIR) {
		t.Errorf("got %v, warnings %v", err, c.Warnings())
	}
	c = command("true")
	c.Hostname = strings.Repeat("h", 65)
	if err := c.Run(); !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "sethostname hhh") {
		t.Errorf("got %v", err)
	}
	before.Check(t)
}
