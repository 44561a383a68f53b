package nlspec

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// No table is initialized by a call, or most are filled whenever a program starts: see
// commonFlags. The compiler inlines the few that may be called.
func TestTablesAreStatic(t *testing.T) {
	inlined := []string{"inRequest", "ip6Report", "justTCGen"}
	types := []string{"uint64", "byte"}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	tables := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			tables++
			ast.Inspect(g, func(n ast.Node) bool {
				if _, ok := n.(*ast.FuncLit); ok {
					return false
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				fun, ok := call.Fun.(*ast.Ident)
				if !ok || !slices.Contains(inlined, fun.Name) && !slices.Contains(types, fun.Name) {
					t.Errorf("%s: a variable is initialized by a call; set it in an init function", set.Position(call.Pos()))
				}
				return true
			})
		}
	}
	if tables < 100 {
		t.Errorf("found %d variables, want more", tables)
	}
}
