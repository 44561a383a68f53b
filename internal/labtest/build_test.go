package labtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A mutation replaces text of a source file of the module for one build.
type mutation struct{ file, old, new string }

// hurried makes nslab give up sooner if an answer does not come.
var hurried = mutation{"rtnl/conn.go", "defaultReplyTimeout  = 10 * time.Second", "defaultReplyTimeout  = 100 * time.Millisecond"}

// apply returns a source file with the mutation.
func (m *mutation) apply(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), m.old); n != 1 {
		t.Fatalf("%s has the following %d times, not once; adapt the mutation:\n%s", m.file, n, m.old)
	}
	return []byte(strings.Replace(string(b), m.old, m.new, 1))
}

// The text of each mutation must exist. The sweeps would notice too late,
// because most are not run each time.
func TestMutations(t *testing.T) {
	all := []mutation{hurried, unchecked}
	for _, m := range mistakes {
		all = append(all, m.mutation)
	}
	for _, m := range all {
		t.Run(m.file, func(t *testing.T) { m.apply(t, filepath.Join("../..", m.file)) })
	}
}

// build builds the nslab program, with mutations, and returns its path. The
// source files stay unchanged: the compiler reads others in their place.
func build(t testing.TB, mutations ...mutation) string {
	t.Helper()
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	for _, m := range mutations {
		file, err := filepath.Abs(filepath.Join("../..", m.file))
		if err != nil {
			t.Fatal(err)
		}
		from := file
		if before, ok := overlay.Replace[file]; ok {
			from = before
		}
		to := filepath.Join(dir, strings.ReplaceAll(m.file, "/", "_"))
		if err := os.WriteFile(to, m.apply(t, from), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[file] = to
	}
	list := filepath.Join(dir, "overlay.json")
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "nslab")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-overlay", list, "-o", program, "github.com/nslab/nslab/cmd/nslab")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return program
}
