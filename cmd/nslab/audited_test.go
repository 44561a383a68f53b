package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/rules"
	"github.com/nslab/nslab/trace"
	"github.com/rogpeppe/go-internal/testscript"
)

// auditEnv names a directory. If it is set, each nslab in a script is traced
// and judged, and the findings are written there.
const auditEnv = "NSLAB_TEST_AUDIT"

// audited is nslab as scripts start it.
func audited() {
	trace.Stage()
	dir := os.Getenv(auditEnv)
	if dir == "" {
		main()
		return
	}
	os.Unsetenv(auditEnv) //nolint:errcheck // a name without = or NUL
	status, err := judgedBy(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "audited:", err)
		os.Exit(125)
	}
	os.Exit(status)
}

func judgedBy(dir string) (int, error) {
	j := rules.NewJudge(rules.All())
	j.Records(rules.Everything)
	t, err := trace.Start(&trace.Command{Path: "/proc/self/exe", Args: os.Args}, trace.Options{}, func(e *audit.Event) { j.Event(e) })
	if err != nil {
		return 0, err
	}
	stop := forwardSignals(t, true)
	defer stop()
	status, err := t.Wait()
	if err != nil {
		return 0, err
	}
	r := j.End()
	f, err := os.OpenFile(filepath.Join(dir, "judged"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "%d %q\n", r.Datagrams, os.Args[1:])
	for _, found := range r.Findings {
		if found.Severity != rules.Hint {
			fmt.Fprintf(&b, "%q %s %s: %s\n", os.Args[1:], found.Severity, found.Rule.ID, found.Text)
		}
	}
	if _, err := f.WriteString(b.String()); err != nil {
		return 0, err
	}
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// unauditable are scripts in which nslab would notice that it is traced: it
// traces, looks for its own processes, or leaves programs in the background,
// whose end the tracer waits for.
var unauditable = map[string]bool{
	"audit": true, "trace": true, "decode": true, "doctor": true, "proc": true, "exec": true, "interrupt": true,
	"processes": true, "names": true,
}

// What nslab itself sends to the kernel breaks no rule, whatever its commands
// do.
func TestScriptsAudited(t *testing.T) {
	if testing.Short() {
		t.Skip("runs all scripts a second time")
	}
	all, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(all) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var files []string
	for _, f := range all {
		if !unauditable[strings.TrimSuffix(filepath.Base(f), ".txtar")] {
			files = append(files, f)
		}
	}
	dir := t.TempDir()
	t.Run("scripts", func(t *testing.T) {
		testscript.Run(t, testscript.Params{Files: files, Setup: func(e *testscript.Env) error {
			e.Setenv(auditEnv, dir)
			return scriptEnv(e)
		}})
	})
	judged, err := os.ReadFile(filepath.Join(dir, "judged"))
	if errors.Is(err, fs.ErrNotExist) && strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		t.Skip("no script was to be run")
	}
	if err != nil {
		t.Fatal(err)
	}
	datagrams := 0
	for line := range strings.Lines(string(judged)) {
		if line[0] == '[' {
			t.Error(strings.TrimSuffix(line, "\n"))
			continue
		}
		var n int
		if _, err := fmt.Sscan(line, &n); err != nil {
			t.Fatal(err)
		}
		datagrams += n
	}
	if datagrams == 0 {
		t.Error("nothing was judged")
	}
	t.Logf("%d datagrams of %d commands", datagrams, strings.Count(string(judged), "\n"))
}
