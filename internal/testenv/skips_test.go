package testenv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// badSkips returns what is wrong with the skips of a file, each with its place.
// A skip gives a reason. One for a missing tool, or for missing root, has to go
// through NeedTool or NeedInitRoot, so that CI can make it fail.
func badSkips(set *token.FileSet, file *ast.File) (bad []string) {
	var stack []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		wrong := ""
		switch sel.Sel.Name {
		default:
			return true
		case "SkipNow":
			wrong = "it gives no reason"
		case "Skip", "Skipf":
			if id, ok := sel.X.(*ast.Ident); !ok || id.Name != "t" && id.Name != "b" && id.Name != "f" && id.Name != "tb" {
				return true // not that of a test
			}
			if len(call.Args) == 0 {
				wrong = "it gives no reason"
			} else if lit, ok := call.Args[0].(*ast.BasicLit); ok && emptyText(lit.Value) {
				wrong = "it gives no reason"
			} else if asks := askedBefore(stack); asks != "" {
				wrong = "it asks " + asks + "; use NeedTool or NeedInitRoot, which CI makes fail"
			}
		}
		if wrong != "" {
			bad = append(bad, set.Position(call.Pos()).String()+": "+wrong)
		}
		return true
	})
	return bad
}

func emptyText(literal string) bool {
	s, err := strconv.Unquote(literal)
	return err == nil && strings.TrimSpace(s) == ""
}

// askedBefore returns the function that the innermost if around a skip asks for
// a tool or for root, in its condition or in the statement before it, "" for
// none.
func askedBefore(stack []ast.Node) string {
	for i := len(stack) - 1; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return ""
		case *ast.IfStmt:
			asks := asked(n.Cond)
			if n.Init != nil {
				asks += asked(n.Init)
			}
			if block, ok := stack[i-1].(*ast.BlockStmt); ok && n.Init == nil {
				for k, s := range block.List {
					if s == ast.Stmt(n) && k > 0 {
						asks += asked(block.List[k-1])
					}
				}
			}
			return asks
		}
	}
	return ""
}

func asked(n ast.Node) (name string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			switch sel.Sel.Name {
			case "LookPath", "Geteuid", "Getuid":
				name = sel.Sel.Name
			}
		}
		return true
	})
	return name
}

// What CI has to have is not skipped there.
func TestSkips(t *testing.T) {
	// Where the test is for those who are not root.
	allowed := map[string]bool{"trace/extack_test.go": true}
	files := 0
	err := filepath.WalkDir("../..", func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "vendor" || d.Name() == "testdata" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(at, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, at, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		for _, bad := range badSkips(set, file) {
			if rel, _ := filepath.Rel("../..", at); !allowed[filepath.ToSlash(rel)] {
				t.Error(bad)
			}
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files: %v", files, err)
	}
}

// The test above finds what it is for.
func TestBadSkips(t *testing.T) {
	for body, want := range map[string]string{
		`t.Skip()`:    "no reason",
		`t.Skip(" ")`: "no reason",
		`t.SkipNow()`: "no reason",
		`if _, err := exec.LookPath("x"); err != nil { t.Skip(err) }`:         "LookPath",
		`_, err := exec.LookPath("x"); if err != nil { t.Skipf("no %s", x) }`: "LookPath",
		`if os.Geteuid() != 0 { t.Skip("not root") }`:                         "Geteuid",
		`if err != nil { t.Skip(err) }`:                                       "",
		`if testing.Short() { t.Skip("it takes a minute") }`:                  "",
		`exec.LookPath("x"); f(); if err != nil { t.Skip("no kernel") }`:      "",
	} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "x_test.go", "package x\nfunc TestX(t *testing.T) { "+body+" }", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		bad := badSkips(set, file)
		if want == "" && len(bad) > 0 || want != "" && (len(bad) != 1 || !strings.Contains(bad[0], want)) {
			t.Errorf("%s: %q, want %q", body, bad, want)
		}
	}
}
