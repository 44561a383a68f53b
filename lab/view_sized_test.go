package lab

import (
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// A tmpfs with a size takes no more, and a full one keeps nobody else from
// writing. It is there for each program, is empty in a node that is made anew,
// and goes with the lab.
func TestIntegrationTmpfsSize(t *testing.T) {
	testenv.NeedSysfs(t)
	dir := beside(t, map[string]string{"log/x": "x\n", "run/x": "x\n"})
	if err := unix.Chmod(dir+"/log", 0o2751); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(`name: t
defaults:
  tmpfs: {DIR/log: "size=64k", DIR/run: ""}
nodes:
  a: {exec: ["echo of a >DIR/log/first"]}
  b: {}
`, "DIR", dir)
	in := upSays(t, dir, text)
	in("a", "cat DIR/log/first; stat -c %a DIR/log; head -c 100000 /dev/zero >DIR/log/big; stat -c %s DIR/log/big | grep -c '^6.*'; head -c 100000 /dev/zero >DIR/run/big && echo other",
		"of a\n2751\nhead: error writing 'standard output': No space left on device\n1\nother\n")
	in("b", "ls -A DIR/log; head -c 40000 /dev/zero >DIR/log/b && echo b", "b\n")
	in("a", "ls DIR/log", "big\nfirst\n")
	if _, err := upFile(t, dir, text); err != nil {
		t.Fatal(err)
	}
	in("a", "ls DIR/log", "big\nfirst\n")
	if _, err := Up(bg, parseIn(t, dir, text), nil, UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}}); err != nil {
		t.Fatal(err)
	}
	in("a", "cat DIR/log/*", "of a\n")
	in("b", "ls DIR/log", "b\n")
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), "nslab:t ") {
		t.Errorf("mounts are left:\n%s", mounts)
	}
}

// A run may be killed after it has mounted a tmpfs of the lab and before it is
// shared. The next one shares it.
func TestIntegrationMountsShared(t *testing.T) {
	testenv.NeedSysfs(t)
	const file = "name: t\nnodes: {a: {tmpfs: {/mnt/x: \"\"}, exec: [\"true\"]}}\n"
	up(t, nil, file)
	for _, at := range []string{"ns", "log", "view"} {
		if err := unix.Mount("", "/run/nslab/t/"+at, "", unix.MS_PRIVATE, ""); err != nil {
			t.Fatal(err)
		}
	}
	up(t, nil, strings.Replace(file, "nodes: {", "nodes: {b: {exec: [\"true\"]}, ", 1))
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, " nslab:t ") && strings.Contains(line, " /run/nslab/t/") && !strings.Contains(line, " shared:") && strings.Count(strings.Fields(line)[4], "/") == 4 {
			t.Errorf("not shared: %s", line)
		}
	}
}
