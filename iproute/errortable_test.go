package iproute

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var updateErrors = flag.Bool("update-errors", false, "write testdata/errors.md anew from the cases that are run")

// errorTableFile shows, for each peer case that fails, what iproute2 or
// bridge-utils prints and what nslab prints, for people to judge. A test fails
// for a case that the file does not show.
const errorTableFile = "testdata/errors.md"

var errorTable table

// table collects what failing cases print.
type table struct {
	mu    sync.Mutex
	have  string // the file
	read  sync.Once
	lines []string
}

// varying matches parts of messages that differ between runs.
var varying = regexp.MustCompile(`/tmp/[A-Za-z0-9_/.-]*|process [0-9]+`)

func (tb *table) add(t *testing.T, cmd string, theirs, ours outcome) {
	t.Helper()
	key := "`" + strings.ReplaceAll(strings.Join(strings.Fields(varying.ReplaceAllString(cmd, "...")), " "), "|", `\|`) + "`"
	if !*updateErrors {
		tb.read.Do(func() {
			b, err := os.ReadFile(errorTableFile)
			if err != nil {
				t.Error(err)
			}
			tb.have = string(b)
		})
		if !strings.Contains(tb.have, "| "+key+" |") {
			t.Errorf("%s does not show %s: run go test ./iproute -update-errors", errorTableFile, key)
		}
		return
	}
	cell := func(o outcome) string {
		text := varying.ReplaceAllString(strings.TrimSpace(o.stderr), "...")
		text = strings.NewReplacer("|", `\|`, "\n", "<br>", "<", "&lt;").Replace(text)
		return fmt.Sprintf("%s (%s)", strings.ReplaceAll(text, "&lt;br>", "<br>"), o.status)
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.lines = append(tb.lines, fmt.Sprintf("| %s | %s | %s |\n", key, cell(theirs), cell(ours)))
}

// write replaces the file if asked to.
func (tb *table) write() error {
	if !*updateErrors {
		return nil
	}
	slices.Sort(tb.lines)
	text := "# What the peers say and what nslab says\n\n" +
		"Made by `go test ./iproute -update-errors` on Linux 6.18 with iproute2 6.1 and bridge-utils 1.7. In brackets: the exit status\n" +
		"of the whole command line.\n\n| command | peer | nslab |\n|---|---|---|\n" + strings.Join(slices.Compact(tb.lines), "")
	return os.WriteFile(errorTableFile, []byte(text), 0o644)
}
