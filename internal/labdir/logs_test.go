package labdir

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestShareOf(t *testing.T) {
	for _, tt := range []struct {
		used   []int64
		budget int64
		want   int64
	}{
		{[]int64{100 << 20}, 32 << 20, 32 << 20},
		{[]int64{100 << 20, 4096, 8192}, 32 << 20, 32<<20 - 3*4096},
		{[]int64{4096, 40 << 20, 40 << 20}, 32<<20 + 4096, 16 << 20},
		{[]int64{8192, 8192}, 4096, 4096}, // each keeps its end
		{[]int64{8192, 8192}, 3 * 4096, 4096},
	} {
		var logs []Log
		for _, u := range tt.used {
			logs = append(logs, Log{used: u})
		}
		if got := shareOf(logs, tt.budget); got != tt.want {
			t.Errorf("%v in %d: %d each, want %d", tt.used, tt.budget, got, tt.want)
		}
	}
}

// aLog makes a root with a lab x that has a log a/cmd.
func aLog(t *testing.T) (Root, string) {
	t.Helper()
	r := Root(t.TempDir())
	path := filepath.Join(r.logs("x", "a"), "cmd")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	return r, path
}

func TestLogMarks(t *testing.T) {
	r, path := aLog(t)
	known := make(map[[2]string]int64)
	note := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := r.MarkLogs("x", known); err != nil {
			t.Fatal(err)
		}
	}
	sizes := func() (all []int64) {
		t.Helper()
		marks, err := r.LogMarks("x", "a", "cmd")
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range marks {
			if age := time.Since(m.At); age < 0 || age > time.Hour || i > 0 && m.At.Before(marks[i-1].At) {
				t.Errorf("mark %d is of %v", i, m.At)
			}
			all = append(all, m.Size)
		}
		return all
	}
	if s := sizes(); s != nil {
		t.Errorf("without marks: %v", s)
	}
	note("")
	note("one\n")
	note("one\n")
	clear(known) // another keeper
	note("one\n")
	note("one\ntwo\n")
	if s := sizes(); !slices.Equal(s, []int64{0, 4, 8}) {
		t.Errorf("marks at %v", s)
	}
	note("x\n") // emptied by its program
	if s := sizes(); !slices.Equal(s, []int64{2}) {
		t.Errorf("of an emptied log: %v", s)
	}
	if names, err := r.NodesWithLogs("x"); err != nil || len(names) != 1 {
		t.Errorf("nodes with logs: %v, %v", names, err)
	}
	// Half a mark, of a full file system.
	at := filepath.Join(r.logs("x", timesDir), "a:cmd")
	if err := os.Truncate(at, markSize+3); err != nil {
		t.Fatal(err)
	}
	note("x\ny\n")
	note("x\ny\nz\n")
	if s := sizes(); !slices.Equal(s, []int64{2, 4, 6}) {
		t.Errorf("after half a mark: %v", s)
	}
}

// However long a log is written to, its marks are few, in order, and those of
// late are not thinned out.
func TestThin(t *testing.T) {
	start := time.Unix(1e9, 0)
	var marks []LogMark
	const hours = 50
	for s := range hours * 3600 {
		m := LogMark{start.Add(time.Duration(s) * time.Second), int64(s)}
		if len(marks) >= maxMarks {
			marks = thin(marks, m.At)
		}
		marks = append(marks, m)
	}
	now := marks[len(marks)-1].At
	if len(marks) > maxMarks || !marks[0].At.Equal(start) {
		t.Fatalf("%d marks, the first of %v", len(marks), marks[0].At)
	}
	for i := 1; i < len(marks); i++ {
		gap, age := marks[i].At.Sub(marks[i-1].At), now.Sub(marks[i-1].At)
		if gap <= 0 || gap > max(time.Second, age/closest) {
			t.Fatalf("mark %d is %v after the one before, at an age of %v", i, gap, age)
		}
	}
}

func TestLogStart(t *testing.T) {
	_, path := aLog(t)
	for _, tt := range []struct {
		text       string
		hole       int64
		data, line int64
	}{
		{"", 0, 0, 0},
		{"whole\n", 0, 0, 0},
		{"rest of a line\nnext\n", 1 << 20, 1 << 20, 1<<20 + 15},
		{"no end", 1 << 20, 1 << 20, 1 << 20},
		{"", 1 << 20, 1 << 20, 1 << 20},
	} {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte(tt.text), tt.hole); err != nil {
			t.Fatal(err)
		}
		if tt.text == "" {
			if err := f.Truncate(tt.hole); err != nil {
				t.Fatal(err)
			}
		}
		data, line, err := LogStart(f)
		if err != nil || data != tt.data || line != tt.line {
			t.Errorf("%q after %d: data from %d, lines from %d, %v", tt.text, tt.hole, data, line, err)
		}
		f.Close()
	}
}
