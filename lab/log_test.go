package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// Whatever is in the place of a log: nothing is written through it, and the
// error names it. In the place of a log itself it is replaced, unless it is a
// directory.
func TestIntegrationLogIntruders(t *testing.T) {
	const outside = "/run/outside"
	text := withExec("echo said")
	for _, file := range []string{"a", "a/1"} {
		for _, in := range intruders {
			if in.name == "link" {
				continue // there are none into a tmpfs
			}
			t.Run(file+"/"+in.name, func(t *testing.T) {
				up(t, nil, text)
				path := filepath.Join("/run/nslab/t/log", file)
				if err := errors.Join(os.RemoveAll(outside), os.Mkdir(outside, 0o700), os.WriteFile(outside+"/kept", []byte(keptText), 0o600),
					os.RemoveAll(path), in.make(path, outside)); err != nil {
					t.Fatal(err)
				}
				setMarker(t, "t-a")
				_, err := Up(soon(t), parse(t, text), nil, UpOptions{PlanOptions: PlanOptions{Recreate: []string{"a"}}})
				entries, oerr := os.ReadDir(outside)
				b, rerr := os.ReadFile(outside + "/kept")
				if oerr != nil || rerr != nil || len(entries) != 1 || string(b) != keptText {
					t.Errorf("outside there is %v, with %q: %v, %v", entries, b, oerr, rerr)
				}
				isDir := strings.Contains(in.name, "directory") && !strings.Contains(in.name, "symlink")
				if (file == "a") == isDir {
					if err != nil {
						t.Errorf("up: %v", err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), path+" is a ") {
					t.Errorf("up: %v", err)
				}
				// In the place of the directory it is seen before the node is
				// touched.
				if file == "a" && !hasMarker(t, "t-a") {
					t.Error("the node was recreated")
				}
			})
		}
	}
}

// Making room for logs cuts none that is small, and no file that is not a log.
// Who writes to one that was cut goes on, and it is read in whole lines.
func TestIntegrationLogRoom(t *testing.T) {
	const kept = "/run/kept"
	downAfter(t)
	up(t, nil, `name: t
nodes:
  a:
    exec: [head -c 30M /dev/zero]
    processes:
      big: {cmd: [sh, -c, "yes 'a line of it' | head -c 15M; echo; echo goes on >&2; trap 'echo more; exit' TERM; while :; do sleep 0.01; done"]}
      small: {cmd: [sh, -c, "echo all of it; exec sleep 1000"]}
`)
	until(t, "the big log", func() bool {
		b, err := os.ReadFile("/run/nslab/t/log/a/big")
		return err == nil && strings.HasSuffix(string(b), "goes on\n")
	})
	err := errors.Join(os.WriteFile(kept, []byte(keptText), 0o600), os.Symlink(kept, "/run/nslab/t/log/a/2"), os.Symlink("/run", "/run/nslab/t/log/b"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(Config).root().Open(bg, "t", false, labdir.DontWait)
	if err != nil {
		t.Fatal(err)
	}
	mounted, err := p.MountLogs()
	if err := errors.Join(err, p.Close()); err != nil || mounted {
		t.Error(mounted, err)
	}
	if b, err := os.ReadFile(kept); err != nil || string(b) != keptText {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := os.ReadFile("/run/nslab/t/log/a/small"); err != nil || string(b) != "all of it\n" {
		t.Errorf("the small log: %q, %v", b, err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs("/run/nslab/t/log", &st); err != nil || st.Bfree < st.Blocks/2 {
		t.Errorf("%d of %d blocks are free, %v", st.Bfree, st.Blocks, err)
	}
	// 15 MiB were less than half of the 32, 25 MiB are more than a third.
	if err := errors.Join(os.Remove("/run/nslab/t/log/a/2"), os.Remove("/run/nslab/t/log/b")); err != nil {
		t.Fatal(err)
	}
	big := readLog(t, "big")
	if len(big) != 15<<20+len("\ngoes on\n") {
		t.Errorf("%d bytes of the big log", len(big))
	}
	addLines(t, "/run/nslab/t/log/a/1", 10<<20)
	addLines(t, "/run/nslab/t/log/a/small", 10<<20)
	addLines(t, "/run/nslab/t/log/a/big", 10<<20)
	if p, err = new(Config).root().Open(bg, "t", false, labdir.DontWait); err != nil {
		t.Fatal(err)
	}
	if _, err := p.MountLogs(); errors.Join(err, p.Close()) != nil {
		t.Fatal(err)
	}
	if _, err := ControlPrograms(bg, "t", StopPrograms, []ProgramName{{"a", "big"}}, nil); err != nil {
		t.Fatal(err)
	}
	big = readLog(t, "big")
	if len(big) > 12<<20 || len(big) < 9<<20 || !strings.HasSuffix(big, "\nmore\n") || strings.Contains(big, "\x00") {
		t.Errorf("%d bytes of the big log, which ends with %q", len(big), big[max(0, len(big)-20):])
	}
}

// addLines adds lines to a log.
func addLines(t *testing.T, path string, size int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(strings.Repeat(strings.Repeat("x", 99)+"\n", size/100))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// logOf opens the log of a process of node a of lab t.
func logOf(t *testing.T, name string) *ProgramLog {
	t.Helper()
	logs, err := openLab(t, "t").Logs(ProgramName{"a", name})
	if err != nil || len(logs) != 1 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	t.Cleanup(func() { logs[0].Close() })
	return logs[0]
}

// readLog returns what a log has, and checks that it says what was cut.
func readLog(t *testing.T, name string) string {
	t.Helper()
	g := logOf(t, name)
	var cut int64
	g.OnCut = func(n int64) { cut += n }
	var b strings.Builder
	if _, err := g.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat("/run/nslab/t/log/a/" + name)
	if err != nil || int64(b.Len())+cut != st.Size() {
		t.Errorf("%d bytes read, and %d cut, of %d, %v", b.Len(), cut, st.Size(), err)
	}
	return b.String()
}

// The keeper of a lab makes room in logs while nobody runs nslab, and knows when
// they were written. Without one, nobody does.
func TestIntegrationKeeperLogs(t *testing.T) {
	downAfter(t)
	up(t, nil, "name: t\nnodes: {a: {processes: {small: {cmd: [sh, -c, 'echo one; exec sleep 1000']}}}}\n")
	if err := logOf(t, "small").Since(time.Now()); !errors.Is(err, ErrNoTimes) {
		t.Errorf("without a keeper: %v", err)
	}
	const text = `name: t
nodes:
  a:
    processes:
      small: {cmd: [sh, -c, 'echo one; exec sleep 1000']}
      big: {cmd: [sh, -c, "while read n; do yes 'a line of it' | head -c $n; done <fifo"], restart-policy: always}
`
	dir := t.TempDir()
	fifo := dir + "/fifo"
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fd.Close()
	up(t, nil, strings.ReplaceAll(text, "fifo", fifo))
	log := func(name string, from time.Time) string {
		t.Helper()
		g := logOf(t, name)
		if err := g.Since(from); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if _, err := g.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	marked := func() bool {
		marks, err := new(Config).root().LogMarks("t", "a", "big")
		st, serr := os.Stat("/run/nslab/t/log/a/big")
		return err == nil && serr == nil && len(marks) > 0 && marks[len(marks)-1].Size == st.Size()
	}
	write := func(n, size int64) {
		t.Helper()
		if _, err := fmt.Fprintln(fd, n); err != nil {
			t.Fatal(err)
		}
		until(t, "a mark", func() bool {
			st, err := os.Stat("/run/nslab/t/log/a/big")
			return err == nil && st.Size() == size && marked()
		})
	}
	began := time.Now()
	write(130, 130)
	between := time.Now()
	if got := log("big", between); got != "" {
		t.Errorf("since now: %q", got)
	}
	write(1300, 1430)
	for _, tt := range []struct {
		from time.Time
		want int
	}{{began, 1430}, {between, 1300}, {time.Now(), 0}, {began.Add(-time.Hour), 1430}} {
		if got := log("big", tt.from); len(got) != tt.want {
			t.Errorf("since %v: %d bytes, want %d", tt.from, len(got), tt.want)
		}
	}
	// More than the logs have room for, in pieces, without any nslab.
	for i := range int64(6) {
		write(13000000, 1430+(i+1)*13000000)
	}
	if st, err := os.Stat("/run/nslab/t/log/a/big"); err != nil || st.Size() != 1430+6*13000000 {
		t.Errorf("not all was written: %d bytes, %v", st.Size(), err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs("/run/nslab/t/log", &st); err != nil || st.Bfree < st.Blocks/4 {
		t.Errorf("%d of %d blocks are free, %v", st.Bfree, st.Blocks, err)
	}
	if got := readLog(t, "small"); got != "one\n" && got != "one\none\n" {
		t.Errorf("the small log: %q", got)
	}
	big := readLog(t, "big")
	if len(big) < 30<<20 || !strings.HasPrefix(big, "a line of it\n") {
		t.Errorf("%d bytes of the big log", len(big))
	}
}
