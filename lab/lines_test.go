package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// fifo makes a FIFO in a directory.
func fifo(t *testing.T, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Lines of different nodes run side by side, no more than four a processor, and
// those of one node in order. Here each node waits for the one before it, and
// the first for the last.
func TestIntegrationExecSideBySide(t *testing.T) {
	dir := t.TempDir()
	const ring = 4
	var b strings.Builder
	b.WriteString("name: t\nnodes:\n")
	most := defaultJobs()
	for i := range most + ring {
		fmt.Fprintf(&b, "  n%d:\n    exec:\n      - echo n%[1]d start >>%[2]s/times\n", i, dir)
		switch {
		case i == 0:
			fmt.Fprintf(&b, "      - echo go >%s/0; read x <%[1]s/%d\n", dir, ring-1)
		case i < ring:
			fmt.Fprintf(&b, "      - read x <%[1]s/%[2]d; echo go >%[1]s/%[3]d\n", dir, i-1, i)
		}
		if i < ring {
			fifo(t, fmt.Sprintf("%s/%d", dir, i))
		}
		fmt.Fprintf(&b, "      - echo n%d end >>%s/times\n", i, dir)
	}
	last, total := 0, 0
	cfg := &Config{Progress: func(done, of int, _ string) {
		if done < last {
			t.Errorf("progress went from %d to %d", last, done)
		}
		last, total = done, of
	}}
	t.Cleanup(func() {
		if err := Down(bg, "t", nil, DownOptions{Kill: true}); err != nil {
			t.Error(err)
		}
	})
	p, err := Up(soon(t), parse(t, b.String()), cfg, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if last != total || total != len(p.Steps) {
		t.Errorf("progress ended at %d of %d, with %d steps", last, total, len(p.Steps))
	}
	text, err := os.ReadFile(dir + "/times")
	if err != nil {
		t.Fatal(err)
	}
	running := make(map[string]bool)
	ended := 0
	for line := range strings.Lines(string(text)) {
		node, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		if running[node] != (what == "end") {
			t.Errorf("%s %s out of order:\n%s", node, what, text)
		}
		if running[node] = what == "start"; what == "end" {
			delete(running, node)
			ended++
		}
		if len(running) > most {
			t.Errorf("%d nodes at once; at most %d are allowed:\n%s", len(running), most, text)
		}
	}
	if ended != most+ring {
		t.Errorf("%d nodes have ended, want %d", ended, most+ring)
	}
}

// A line that fails ends those of other nodes, and is what the error is about.
func TestIntegrationExecOthersEnd(t *testing.T) {
	dir := t.TempDir()
	fifo(t, dir+"/pid")
	text := fmt.Sprintf("name: t\nnodes:\n  a: {exec: [\"echo $$ >%[1]s/pid; exec sleep 1000\", \"touch %[1]s/more\"]}\n"+
		"  b: {exec: [\"cat %[1]s/pid >%[1]s/was; echo why >&2; exit 4\"]}\n", dir)
	_, err := Up(soon(t), parse(t, text), nil, UpOptions{})
	var re *RunError
	if !errors.As(err, &re) || re.Undo != nil || !strings.HasPrefix(re.Step, "create exec 1 cat ") || !strings.Contains(err.Error(), "exit status 4: why") {
		t.Errorf("got %v", err)
	}
	if pid := pidIn(t, dir+"/was"); lives(t, pid) {
		t.Errorf("process %d lives on", pid)
	}
	if _, err := os.Stat(dir + "/more"); err == nil {
		t.Error("the next line of a node whose line was ended has run")
	}
	nothingLeft(t, nil, "t")
}

// Lines run in the directory of the lab's file, without input or terminal.
func TestIntegrationExecSurroundings(t *testing.T) {
	dir := t.TempDir()
	line := "pwd >out; cat >>out; ps -o tty= $$ >>out; echo $NSLAB_LAB $NSLAB_NODE >>out"
	top, err := topology.Parse(filepath.Join(dir, "lab.yaml"), []byte(withExec(line)), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Error(err)
		}
	})
	if _, err := Up(soon(t), top, nil, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil || string(b) != dir+"\n?\nt a\n" {
		t.Errorf("got %q, %v", b, err)
	}
}

// What a line leaves running writes to a log that inspect names.
func TestIntegrationExecLog(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"go", "status"} {
		fifo(t, dir+"/"+name)
	}
	text := fmt.Sprintf("name: t\nnodes:\n  a:\n    exec:\n      - echo early; (read x <%[1]s/go; echo late; echo $? >%[1]s/status) &\n      - echo second\n  b: {}\n", dir)
	up(t, nil, text)
	if err := os.WriteFile(dir+"/go", []byte("now\n"), 0); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(dir + "/status"); err != nil || string(b) != "0\n" {
		t.Errorf("writing when the line had ended: status %q, %v", b, err)
	}
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	in, err := l.Inspect(bg)
	if err != nil {
		t.Fatal(err)
	}
	if in.Nodes[0].Log != "/run/nslab/t/log/a" || in.Nodes[1].Log != "" {
		t.Errorf("logs %q and %q", in.Nodes[0].Log, in.Nodes[1].Log)
	}
	for file, want := range map[string]string{"1": "early\nlate\n", "2": "second\n"} {
		if b, err := os.ReadFile(filepath.Join(in.Nodes[0].Log, file)); err != nil || string(b) != want {
			t.Errorf("log %s: %q, %v, want %q", file, b, err, want)
		}
	}
	var table strings.Builder
	if err := in.WriteText(&table); err != nil || !strings.Contains(table.String(), "the output of exec lines is in /run/nslab/t/log/NODE\n") {
		t.Errorf("%v\n%s", err, &table)
	}
	if b, err := json.Marshal(in); err != nil || strings.Count(string(b), `"log":"/run/nslab/t/log/a"`) != 1 {
		t.Errorf("%v\n%s", err, b)
	}
	if left, err := Leftovers(nil); err != nil || len(left) != 0 {
		t.Errorf("leftovers %v, %v", left, err)
	}
	// Of a node that is made anew the log begins anew, and that of one that is
	// not stays.
	if _, err := Up(bg, parse(t, "name: t\nnodes:\n  b: {}\n"), nil, UpOptions{Kill: true}); err != nil { // what wrote last may be about to end
		t.Fatal(err)
	}
	up(t, nil, strings.Replace(text, "early", "again", 1))
	if b, err := os.ReadFile("/run/nslab/t/log/a/1"); err != nil || string(b) != "again\n" {
		t.Errorf("log %q, %v", b, err)
	}
}

// A full log is nobody's but its writer's: the lab changes as ever, and its
// next lines can write.
func TestIntegrationExecLogFull(t *testing.T) {
	dir := t.TempDir()
	fifo(t, dir+"/full")
	text := "name: t\nnodes:\n  a:\n    exec:\n      - (head -c 100M /dev/zero; echo $? >" + dir + "/full) &\n"
	up(t, nil, text)
	if b, err := os.ReadFile(dir + "/full"); err != nil || string(b) != "1\n" {
		t.Errorf("writing 100 MB: status %q, %v", b, err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs("/run/nslab/t/log", &st); err != nil || st.Bfree != 0 || st.Blocks*uint64(st.Bsize) != 64<<20 {
		t.Errorf("%d of %d blocks are free, %v", st.Bfree, st.Blocks, err)
	}
	up(t, nil, text+"  b:\n    exec:\n      - seq 1 200000\n")
	if info, err := os.Stat("/run/nslab/t/log/b/1"); err != nil || info.Size() != 1288895 {
		t.Errorf("log of b: %v, %v", info, err)
	}
}

// Where a change is undone that was the first to have lines, their logs go too.
func TestIntegrationExecLogUndone(t *testing.T) {
	up(t, nil, "name: t\nnodes:\n  b: {}\n")
	var re *RunError
	if _, err := Up(bg, parse(t, withExec("false")+"  b: {}\n"), nil, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if entries, err := os.ReadDir("/run/nslab/t"); err != nil || len(entries) != 4 {
		t.Errorf("there are %v, %v", entries, err)
	}
}
