package imports

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/nslab/nslab/"
)

// A row is a package of the table, with the packages that it may import; all
// means every package above it.
type row struct {
	pkg     string
	imports []string
	all     bool
}

// readTable reads the table of packages in ARCHITECTURE.md.
func readTable(text string) (rows []row, err error) {
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)/` \\|.*\\| ([^|]*) \\|$").FindAllStringSubmatch(text, -1) {
		r := row{pkg: m[1]}
		switch m[2] {
		case "all":
			r.all = true
		case "–":
		default:
			r.imports = strings.Split(m[2], ", ")
		}
		if slices.ContainsFunc(rows, func(o row) bool { return o.pkg == r.pkg }) {
			return nil, fmt.Errorf("%s has two rows", r.pkg)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// readImports returns what the packages below a directory import from this
// module, apart from test files.
func readImports(dir string) (map[string][]string, error) {
	all := make(map[string][]string)
	err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && at == filepath.Join(dir, "vendor"):
			return filepath.SkipDir // vendored packages
		case d.IsDir() && at != dir && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(at, ".go") || strings.HasSuffix(at, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), at, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, filepath.Dir(at))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		if all[pkg] == nil {
			all[pkg] = []string{}
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if name, ours := strings.CutPrefix(name, module); ours && !slices.Contains(all[pkg], name) {
				all[pkg] = append(all[pkg], name)
			}
		}
		return nil
	})
	return all, err
}

// faults says where imports and the table disagree. Packages of internal/ have
// no place in the order and no row lists them: what they import counts as
// imported by the packages that use them.
func faults(rows []row, imports map[string][]string) []string {
	var all []string
	place := make(map[string]int, len(rows))
	for i, r := range rows {
		place[r.pkg] = i
	}
	used := make(map[string]map[string]bool) // by row
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		own := rowOf(place, pkg)
		if own == "" {
			all = append(all, fmt.Sprintf("%s has no row", pkg))
			continue
		}
		if used[own] == nil {
			used[own] = make(map[string]bool)
		}
		for _, to := range imports[pkg] {
			if other := rowOf(place, to); other != own && !isInternal(to) {
				used[own][other] = true
			}
		}
		if isInternal(pkg) {
			continue
		}
		for to, through := range reached(imports, pkg) {
			if other := rowOf(place, to); other != "" && place[other] > place[own] {
				all = append(all, fmt.Sprintf("%s imports %s%s, which stands below it", pkg, to, through))
			}
		}
	}
	for _, r := range rows {
		if used[r.pkg] == nil {
			all = append(all, fmt.Sprintf("%s has a row, and is not there", r.pkg))
		}
		for _, to := range slices.Sorted(maps.Keys(used[r.pkg])) {
			if !r.all && !slices.Contains(r.imports, to) {
				all = append(all, fmt.Sprintf("%s imports %s, which its row does not list", r.pkg, to))
			}
		}
		for _, to := range r.imports {
			if !used[r.pkg][to] {
				all = append(all, fmt.Sprintf("the row of %s lists %q, which it does not import", r.pkg, to))
			}
		}
	}
	slices.Sort(all)
	return all
}

func isInternal(pkg string) bool { return strings.HasPrefix(pkg, "internal/") }

// rowOf returns the package with a row that a package is or is below, or "".
func rowOf(place map[string]int, pkg string) string {
	for ; pkg != "."; pkg = path.Dir(pkg) {
		if _, ok := place[pkg]; ok {
			return pkg
		}
	}
	return ""
}

// reached returns the packages outside internal/ that a package imports,
// directly or through packages of internal/, with a text that says through
// which.
func reached(imports map[string][]string, pkg string) map[string]string {
	all := make(map[string]string)
	seen := make(map[string]bool)
	var visit func(pkg, through string)
	visit = func(pkg, through string) {
		for _, to := range imports[pkg] {
			switch {
			case !isInternal(to):
				all[to] = through
			case !seen[to]:
				seen[to] = true
				visit(to, " through "+to)
			}
		}
	}
	visit(pkg, "")
	return all
}

func TestImports(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readTable(string(text))
	if err != nil {
		t.Fatal(err)
	}
	imports, err := readImports(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 20 || len(imports) < 20 || !slices.Contains(imports["lab"], "topology") {
		t.Fatalf("read %d rows, %d packages", len(rows), len(imports))
	}
	for _, fault := range faults(rows, imports) {
		t.Errorf("%s: see the table of ARCHITECTURE.md", fault)
	}
}

// TestFaults checks that each kind of fault is found.
func TestFaults(t *testing.T) {
	const table = "| package | what | imports of ours |\n|---|---|---|\n" +
		"| `base/` | - | – |\n| `wire/` | a `b/` | base |\n| `lab/` | - | wire |\n| `cmd/x/` | - | all |\n| `internal/help/` | - | – |\n"
	good := map[string][]string{
		"base": nil, "wire": {"base", "internal/help"}, "lab": {"wire"}, "lab/sub": {"lab"}, "cmd/x": {"base", "lab"}, "internal/help": nil,
	}
	for _, tc := range []struct {
		pkg     string
		imports []string
		want    string
	}{
		{"", nil, ""},
		{"base", []string{"lab"}, "base imports lab, which its row does not list; base imports lab, which stands below it"},
		{"base/sub", []string{"lab"}, "base imports lab, which its row does not list; base/sub imports lab, which stands below it"},
		{"lab", []string{"wire", "base"}, "lab imports base, which its row does not list"},
		{"wire", nil, `the row of wire lists "base", which it does not import`},
		{"internal/help", []string{"base"}, "internal/help imports base, which its row does not list"},
		{"internal/help", []string{"lab"}, "internal/help imports lab, which its row does not list; wire imports lab through internal/help, which stands below it"},
		{"another", nil, "another has no row"},
	} {
		rows, err := readTable(table)
		if err != nil || len(rows) != 5 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		imports := maps.Clone(good)
		if tc.pkg != "" {
			imports[tc.pkg] = tc.imports
		}
		if got := strings.Join(faults(rows, imports), "; "); got != tc.want {
			t.Errorf("%s importing %v: %q, want %q", tc.pkg, tc.imports, got, tc.want)
		}
	}
	rows, _ := readTable(table)
	delete(good, "lab/sub")
	delete(good, "cmd/x")
	if got := strings.Join(faults(rows, good), "; "); got != "cmd/x has a row, and is not there" {
		t.Errorf("without a package: %q", got)
	}
	if _, err := readTable(table + "| `base/` | - | – |\n"); err == nil {
		t.Error("two rows of a package were taken")
	}
}
