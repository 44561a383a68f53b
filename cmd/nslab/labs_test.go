package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// stubborn is a program whose work does not end when it is interrupted.
func stubborn() {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	defer interruptible(ctx, os.Stderr, "x", func() bool { return true })()
	fmt.Println("ready")
	select {}
}

// The first interrupt announces that a second one stops at once, which it does.
// A signal right after the first, as from timeout(1), does not count.
func TestIntegrationSecondInterrupt(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"stubborn"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	begin := time.Now()
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM} {
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "A second interrupt stops at once.") {
	}
	go func() {
		again := time.NewTicker(sameInterrupt / 8)
		defer again.Stop()
		for cmd.Process.Signal(unix.SIGINT) == nil {
			<-again.C
		}
	}()
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if want := `nslab: stopped midway; clean up with "nslab down x"`; last != want {
		t.Errorf("said %q, want %q", last, want)
	}
	if took := time.Since(begin); took < sameInterrupt {
		t.Errorf("stopped after %v, at what counts as the first interrupt", took)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
		t.Errorf("ended with %v", err)
	}
}

func TestLineWriter(t *testing.T) {
	var out, errOut bytes.Buffer
	nodes := []*lab.LabNode{{Node: &topology.Node{Name: "a"}}, {Node: &topology.Node{Name: "long"}}}
	w := newLineWriter(&out, &errOut, nodes)
	ao, ae := w.of(nodes[0])
	lo, _ := w.of(nodes[1])
	for _, part := range []struct {
		w    interface{ Write([]byte) (int, error) }
		text string
	}{
		{ao, "one\ntw"}, {lo, "first\n"}, {ae, "wrong"}, {ao, "o\n\nend"}, {lo, strings.Repeat("x", maxLine)},
	} {
		if n, err := part.w.Write([]byte(part.text)); n != len(part.text) || err != nil {
			t.Errorf("wrote %d of %d, %v", n, len(part.text), err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	want := "a    | one\nlong | first\na    | two\na    | \nlong | " + strings.Repeat("x", maxLine) + "\na    | end\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("output (-want +got):\n%s", d)
	}
	if errOut.String() != "a    | wrong\n" {
		t.Errorf("errors %q", errOut.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, fs.ErrClosed }

// A failure to write output is reported at the end, and ends no program.
func TestLineWriterBroken(t *testing.T) {
	n := &lab.LabNode{Node: &topology.Node{Name: "a"}}
	w := newLineWriter(brokenWriter{}, brokenWriter{}, nil)
	o, _ := w.of(n)
	if k, err := o.Write([]byte("x\n")); k != 2 || err != nil {
		t.Errorf("wrote %d, %v", k, err)
	}
	if err := w.close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestSummary(t *testing.T) {
	var results []lab.RunResult
	for i := range maxFailed + 3 {
		r := lab.RunResult{Node: &lab.LabNode{Node: &topology.Node{Name: fmt.Sprintf("n%d", i)}}}
		if i > 0 {
			r.Err = errors.New("broke")
		}
		results = append(results, r)
	}
	var b strings.Builder
	err := summary(&b, results)
	var se *statusError
	if !errors.As(err, &se) || se.status != exitFailed {
		t.Errorf("got %v", err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if lines[0] != "23 nodes: 1 ok, 22 failed" || lines[1] != "  n1: broke" || lines[len(lines)-1] != "  and 2 more" || len(lines) != maxFailed+2 {
		t.Errorf("got %q", b.String())
	}
	b.Reset()
	if err := summary(&b, results[:1]); err != nil || b.String() != "1 node: 1 ok, 0 failed\n" {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

func TestInspectArgs(t *testing.T) {
	for _, tt := range []struct {
		flag, args, lab, nodes string
		bad                    bool
	}{
		{"", "", "", "", false},
		{"", "seed", "seed", "", false},
		{"", "seed a b", "seed", "a b", false},
		{"", "seed/a", "seed", "a", false},
		{"", "seed/a seed/b", "seed", "a b", false},
		{"", "seed seed/b", "seed", "b", false},
		{"", "seed/a other/b", "", "", true},
		{"seed", "a b", "", "a b", false},
		{"seed", "seed/a", "", "a", false},
		{"seed", "other/a", "", "", true},
	} {
		name, nodes, err := inspectArgs(strings.Fields(tt.args), tt.flag)
		if name != tt.lab || strings.Join(nodes, " ") != tt.nodes || (err != nil) != tt.bad {
			t.Errorf("-l %q, %q: got %q, %v, %v", tt.flag, tt.args, name, nodes, err)
		}
	}
}

func TestAge(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": -time.Second, "119s": 119 * time.Second, "2m": 2 * time.Minute, "119m": 119 * time.Minute,
		"2h": 2 * time.Hour, "47h": 47 * time.Hour, "2d": 48 * time.Hour,
	} {
		if got := age(d); got != want {
			t.Errorf("age(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestParseRelease(t *testing.T) {
	for s, want := range map[string][2]int{"6.1.0-13-amd64": {6, 1}, "5.10": {5, 10}, "7.2-rc1": {7, 2}} {
		if major, minor, ok := parseRelease(s); !ok || [2]int{major, minor} != want {
			t.Errorf("%q: %d.%d, %v", s, major, minor, ok)
		}
	}
	for _, s := range []string{"", "6", "x.y", "6."} {
		if _, _, ok := parseRelease(s); ok {
			t.Errorf("%q is read", s)
		}
	}
}

func TestShortened(t *testing.T) {
	if got := shortened("a\x1b[2Jb\nc"); got != `a\x1b[2Jb\x0ac` {
		t.Errorf("got %q", got)
	}
	if got := shortened(strings.Repeat("é", 100)); len([]rune(got)) != progressWidth || !strings.HasSuffix(got, "...") {
		t.Errorf("got %q", got)
	}
}

// In a pipe, no progress is shown.
func TestProgressSilent(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(&b)
	p.start = p.start.Add(-time.Hour)
	p.step(1, 2, "x")
	p.clear()
	if b.Len() != 0 {
		t.Errorf("wrote %q", b.String())
	}
	p.w = &b // a terminal
	p.step(1, 2, "create link x")
	p.clear()
	if want := "\r\x1b[K 50% 1/2 create link x\r\x1b[K"; b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

func TestCandidates(t *testing.T) {
	if got := candidates("labs", nil); got != "there are no labs" {
		t.Errorf("got %q", got)
	}
	many := strings.Fields(strings.Repeat("x ", maxCandidates+2))
	if got := candidates("nodes", many); !strings.HasSuffix(got, ", x and 2 more") {
		t.Errorf("got %q", got)
	}
}
