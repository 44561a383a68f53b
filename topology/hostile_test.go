package topology

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostileFiles are files that ask for more than they should get. Each is
// refused with a message that contains want. The first is a hole of 100 MB.
var hostileFiles = []struct {
	name string
	make func() string
	want string
}{
	{"100 MB", nil, "has 100000000 bytes; at most 2097152 are allowed"},
	{"exploding aliases", func() string {
		var b strings.Builder
		b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
		for i := 1; i < 12; i++ {
			fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
		}
		return b.String()
	}, "more than 300000 values, including those behind aliases"},
	{"exploding merges", func() string {
		var b strings.Builder
		b.WriteString("a: &a\n")
		for i := range 25_000 {
			fmt.Fprintf(&b, "  k%d: x\n", i)
		}
		b.WriteString("b:\n" + strings.Repeat("- <<: *a\n", 25_000))
		return b.String()
	}, "more than 300000 values, including those behind aliases"},
	{"deep brackets", func() string { return "a: " + strings.Repeat("[", 15_000) }, "nest more than 32 deep"},
	{"deep mappings in brackets", func() string { return strings.Repeat("{a: ", 4_000) }, "nest more than 32 deep"},
	{"deep indentation", func() string {
		var b strings.Builder
		for i := range 200 {
			fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
		}
		return b.String()
	}, "nest more than 32 deep"},
	{"deep lists", func() string { return strings.Repeat("- ", 8000) + "a\n" }, "nest more than 32 deep"},
	{"count 10^9", func() string { return "name: x\nnodes: {h: {count: 1000000000}}\n" }, "a number from 1 to 100000"},
	{"counts that add up", func() string {
		var b strings.Builder
		b.WriteString("name: x\nnodes:\n")
		for i := range 10_000 {
			fmt.Fprintf(&b, "  h%d-: {count: 100000}\n", i)
		}
		return b.String()
	}, "at most 100000 are allowed"},
	{"patterns that add up", func() string {
		return "name: x\nnodes: {h: {count: 50000}, r: {}}\nlinks:\n" +
			strings.Repeat("  - endpoints: [\"h*:e${INDEX}\", \"r:x\"]\n", 10_000)
	}, `already has an interface "x"`},
	{"duplicate keys", func() string { return strings.Repeat("a: 1\n", 90_000) }, `key "a" occurs twice`},
	{"unknown keys", func() string {
		var b strings.Builder
		for i := range 90_000 {
			fmt.Fprintf(&b, "key%d: 1\n", i)
		}
		return b.String()
	}, `unknown key "key0"`},
	{"unknown nodes", func() string {
		return "name: x\nnodes: {node: {count: 100000}}\nlinks:\n" +
			strings.Repeat("  - endpoints: [\"n0de77:e\", \"nodf5:e\"]\n", 10_000)
	}, `no node "n0de77"`},
	{"broken UTF-8", func() string { return "name: x\nnodes: {a: {}}\n# \xc3\x28\n" }, "byte 0xc3 is not UTF-8"},
	{"NUL bytes", func() string { return strings.Repeat("\x00", 1_000_000) }, "control character U+0000"},
	{"a path in a name", func() string { return "name: ../../etc\nnodes: {a: {}}\n" }, `name is "../../etc"`},
	{"a terminal's escape", func() string { return "name: x\nnodes: {\"a\\e[2J\": {}}\n" }, `node name "a\x1b[2J" contains '\x1b'`},
	{"a line of values", func() string { return "a: [" + strings.Repeat("b,", 1_000_000) }, "more than 300000 values"},
	{"values in brackets", func() string { return "a: [\n" + strings.Repeat("b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,\n", 60_000) }, "more than 300000 values"},
	{"values in a list", func() string { return "a:\n" + strings.Repeat("- b\n", 500_000) }, "more than 300000 values"},
	{"as many values as may be", func() string { return "a:\n" + strings.Repeat("- b\n", 220_000) }, `unknown key "a"`},
	{"as many in brackets", func() string { return "a: [\n" + strings.Repeat("b,c,d,e,f,g,h,i,\n", 28_000) + "]" }, `unknown key "a"`},
	{"anchors", func() string { return "a:\n" + strings.Repeat("- &a b\n", 110_000) }, `unknown key "a"`},
	{"anchors in one line", func() string { return "a: [" + strings.Repeat("&a b,", 110_000) + "]" }, `unknown key "a"`},
	{"anchors far from their values", func() string { return strings.Repeat("- &a\n# c\n# d\n  b\n", 70_000) }, "a lab file is a mapping, not a list"},
	{"comments", func() string { return strings.Repeat("# c\n", 440_000) }, "a lab file is a mapping, not nothing"},
	{"comments behind values and below", func() string { return "a:\n" + strings.Repeat("- a #x\n#y\n", 112_000) }, `unknown key "a"`},
	{"comments that belong to nothing", func() string { return strings.Repeat("a:\n  - b\n  # x\n # y\n# z\n\n", 64_000) }, `key "a" occurs twice`},
	{"comments with quotes for values", func() string { return "a: [\"\n# \", " + strings.Repeat("b,", 1_000_000) }, "more than 300000 values"},
	{"blank lines behind a text", func() string { return "a: |\n x\n" + strings.Repeat("\n", 1_000_000) }, `unknown key "a"`},
	{"blank lines in quotes", func() string { return "a: \"b\n" + strings.Repeat("\n", 2_000_000) + "\"" }, `unknown key "a"`},
	{"texts with blank lines behind", func() string {
		return strings.Repeat("a: |\n"+strings.Repeat(" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", 60)+strings.Repeat("\n", 6), 1_000)
	}, `key "a" occurs twice`},
	{"one text with blank lines behind", func() string {
		return "a: |\n" + strings.Repeat(" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", 65_000) + strings.Repeat("\n", 6)
	}, `unknown key "a"`},
	{"tabs in quotes", func() string { return "a: \"" + strings.Repeat("\ta", 1_000_000) + "\"" }, `unknown key "a"`},
	{"tabs in quotes, line by line", func() string { return "a: \"" + strings.Repeat(strings.Repeat("\ta", 120)+"\n ", 1_800) + "\"" }, `unknown key "a"`},
	{"angle brackets", func() string { return "a: " + strings.Repeat(strings.Repeat("<", 250)+"\n  ", 8_000) }, "more than 300000 values"},
	{"a quote that never ends", func() string { return "a: \"" + strings.Repeat("xxxxxxxxx\n", 200_000) }, "the quote is never closed"},
	{"a long plain text", func() string { return "a:\n" + strings.Repeat("  word\n", 290_000) }, `unknown key "a"`},
	{"mistakes without end", func() string {
		var b strings.Builder
		b.WriteString("name: x\nnodes:\n")
		for i := range 30_000 {
			fmt.Fprintf(&b, "  n%d: {kind: h%d, gruop: x}\n", i, i)
		}
		return b.String()
	}, "only the first 100 mistakes found are shown"},
}

// TestHostileFiles measures what Parse needs to refuse each file, in a separate
// process for each. It bounds the peak of memory and the sum of all
// allocations, which grows with the time that a parser wastes. It logs the time
// itself without judging it, because machines differ.
func TestHostileFiles(t *testing.T) {
	if path := os.Getenv("NSLAB_HOSTILE_FILE"); path != "" {
		hostileChild(path)
		return
	}
	dir := t.TempDir()
	for i, tc := range hostileFiles {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(dir, strconv.Itoa(i)+".yaml")
			text := ""
			if tc.make != nil {
				text = tc.make()
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(path)
			if tc.make == nil {
				if err := os.Truncate(path, 100_000_000); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHostileFiles$")
			cmd.Env = append(os.Environ(), "NSLAB_HOSTILE_FILE="+path)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			m := regexp.MustCompile(`peak (\d+) MB, in sum (\d+) MB, in .*\n`).FindSubmatch(out)
			if m == nil {
				t.Fatalf("no measurement in\n%.2000s", out)
			}
			t.Logf("%s", m[0])
			if peak, _ := strconv.Atoi(string(m[1])); peak > 256 && !raceDetector {
				t.Errorf("%d MB were in use at once", peak)
			}
			if sum, _ := strconv.Atoi(string(m[2])); sum > 512 {
				t.Errorf("%d MB were asked for in sum", sum)
			}
			if !strings.Contains(string(out), tc.want) {
				t.Errorf("no %q in\n%.2000s", tc.want, out)
			}
		})
	}
}

func hostileChild(path string) {
	start := time.Now()
	_, err := ParseFile(path, nil)
	took := time.Since(start)
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fmt.Println(err)
		return
	}
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	var list Errors
	if !errors.As(err, &list) {
		fmt.Printf("not refused: %v\n", err)
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fmt.Println(err)
		return
	}
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if peak == nil {
		fmt.Println("no VmHWM in /proc/self/status")
		return
	}
	kb, _ := strconv.Atoi(string(peak[1]))
	fmt.Printf("peak %d MB, in sum %d MB, in %v, CPU %v\n%s\n", kb>>10, m.TotalAlloc>>20, took.Round(time.Millisecond), cpu.Round(time.Millisecond), list)
}
