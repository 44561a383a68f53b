package lab

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/topology"
)

// A changed template starts one process again and nothing else, under a keeper
// or not, while a TCP stream between others goes on. The file may move meanwhile.
func TestIntegrationProcessTemplate(t *testing.T) {
	testenv.NeedTool(t, "busybox", "cat", "sleep")
	downAfter(t)
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "lab.yaml")
	write("lab.yaml", `name: t
nodes:
  a:
    processes:
      echo: {cmd: busybox nc -ll -p 7 -e cat}
  b:
    cmd: [sh, -c, "cat /run/conf; exec sleep 1000"]
    files: {/run/conf: {template: conf.tmpl}}
    restart-policy: always
  c: {cmd: sleep 1000, restart-policy: always}
links: [{endpoints: ["a:e", "c:e"], ipv4: [10.0.0.1/24, 10.0.0.2/24]}, {endpoints: ["b:e", "c:f"]}]
`)
	write("conf.tmpl", "first {{.Name}}\n")
	upFile := func(file string) *Plan {
		t.Helper()
		top, err := topology.ParseFile(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Up(bg, top, nil, UpOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	upFile(file)
	_, before := statesOf(t)
	var conn net.Conn
	until(t, "a connection", func() bool {
		in(t, "t-c", func() error {
			var err error
			if conn, err = net.DialTimeout("tcp", "10.0.0.1:7", 30*time.Second); err != nil {
				conn = nil
			}
			return nil
		})
		return conn != nil
	})
	defer conn.Close()
	echo := func(word string) {
		t.Helper()
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(word)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, len(word))
		if _, err := conn.Read(b); err != nil || string(b) != word {
			t.Fatalf("%v, got %q", err, b)
		}
	}
	echo("one\n")
	keeper := keeperOf(t)
	write("conf.tmpl", "second {{.Name}}\n")
	if p := upFile(file); words(p) != "~ process cmd in b: old files -> new files" {
		t.Errorf("steps:\n%s", words(p))
	}
	echo("two\n")
	_, now := statesOf(t)
	for name, pid := range now {
		if (pid == before[name]) != (name != "b/cmd") || pid == 0 {
			t.Errorf("%s was %d, and is %d", name, before[name], pid)
		}
	}
	if k := keeperOf(t); k != keeper {
		t.Errorf("the keeper was %d, and is %d", keeper, k)
	}
	if b, err := os.ReadFile("/run/nslab/t/log/b/cmd"); err != nil || string(b) != "first b\nsecond b\n" {
		t.Errorf("%v, the log has %q", err, b)
	}
	// The file moves, with what it refers to, while processes run.
	moved := t.TempDir()
	for _, name := range []string{"lab.yaml", "conf.tmpl"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(moved, name)); err != nil {
			t.Fatal(err)
		}
	}
	if p := upFile(filepath.Join(moved, "lab.yaml")); !p.Empty() {
		t.Errorf("moved:\n%s", words(p))
	}
	kill(t, now["b/cmd"])
	until(t, "started again", func() bool { p := programOf(t, "b/cmd"); return p.PID != 0 && p.PID != now["b/cmd"] })
	until(t, "its log", func() bool {
		b, err := os.ReadFile("/run/nslab/t/log/b/cmd")
		return err == nil && strings.HasSuffix(string(b), "second b\nsecond b\n")
	})
	echo("three\n")
}
