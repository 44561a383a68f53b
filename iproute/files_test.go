package iproute

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// filePrefixes are the prefixes of the names of an object's files.
var filePrefixes = map[string]map[string]string{
	"ip": {
		"address": "addr", "route": "route", "rule": "rule", "neighbor": "neigh", "neighbour": "neigh", "link": "link",
		"monitor": "monitor", "netns": "netns", "vrf": "vrf", "nexthop": "nexthop",
	},
	"bridge": {"link": "bridge_link", "fdb": "bridge_fdb", "vlan": "bridge_vlan", "monitor": "bridge_monitor"},
}

// fileParts may follow the prefix, as may the names of the object's commands.
// More words may follow, as in link_print_stats.go.
var fileParts = []string{"parse", "format", "filter", "print", "help"}

// fileThings are things that objects are made of. Each has its parser, its
// words and its output in one place.
var fileThings = map[string][]string{
	"link": {"kind"}, "route": {"metrics", "nexthop"}, "netns": {"id"}, "monitor": {"netconf", "prefix"}, "brctl": {"errors"}, "vrf": {"bind"},
}

// sharedFiles belong to no object.
var sharedFiles = strings.Fields("batch command complete doc echo errors explain flush format json keywords linkmap listen lladdr " +
	"names names_protocols options peertext peertext_values prefix printer printer_values programs resolve session shell_word split split_batch tc_format words")

// fileObjects returns the objects that nslab has, and their commands, by the
// prefix of their files.
func fileObjects(t *testing.T) (objects map[string]*object, verbs map[string][]string) {
	objects, verbs = make(map[string]*object), make(map[string][]string)
	for _, p := range []*program{ipProgram(), bridgeProgram()} {
		for i := range p.objects {
			o := &p.objects[i]
			if o.absent {
				continue
			}
			prefix := filePrefixes[p.name][o.name]
			if prefix == "" {
				t.Errorf("%s %s: no files; name their prefix in filePrefixes", p.name, o.name)
				continue
			}
			if objects[prefix] == nil {
				objects[prefix], verbs[prefix] = o, o.verbNames()
			}
		}
	}
	for _, c := range brctlCommands() {
		verbs["brctl"] = append(verbs["brctl"], c.name)
	}
	return objects, verbs
}

// File names follow the scheme of doc.go, and sizes suit a reader.
func TestFileNames(t *testing.T) {
	objects, verbs := fileObjects(t)
	prefixes := slices.SortedFunc(maps.Keys(verbs), func(a, b string) int { return len(b) - len(a) })
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]bool)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n < 20 || n > 400 {
			t.Errorf("%s has %d lines, and should have 20 to 400", path, n)
		}
		name := strings.TrimSuffix(path, ".go")
		files[name] = true
		i := slices.IndexFunc(prefixes, func(p string) bool { return name == p || strings.HasPrefix(name, p+"_") })
		if shared := slices.Contains(sharedFiles, name); shared || i < 0 {
			if shared == (i >= 0) {
				t.Errorf("%s: neither an object's file nor shared, or both", path)
			}
			continue
		}
		prefix := prefixes[i]
		part, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, prefix), "_"), "_")
		if part != "" && !slices.Contains(slices.Concat(fileParts, fileThings[prefix], verbs[prefix]), part) {
			t.Errorf("%s: %q is no part, thing or command of %s", path, part, prefix)
		}
	}
	for prefix, o := range objects {
		want := []string{prefix}
		if o.format != nil {
			want = append(want, prefix+"_parse", prefix+"_format")
		}
		if slices.Contains(verbs[prefix], "show") {
			want = append(want, prefix+"_show")
		}
		for _, name := range want {
			if !files[name] {
				t.Errorf("%s has no file %s.go", prefix, name)
			}
		}
		if !declaresObject(t, prefix+".go") {
			t.Errorf("%s.go does not have the object", prefix)
		}
	}
	for _, k := range linkKinds {
		if !files["link_kind_"+k.name] {
			t.Errorf("the kind %s has no file link_kind_%s.go", k.name, k.name)
		}
	}
}

// declaresObject reports whether a file has a variable that is an object.
func declaresObject(t *testing.T, path string) bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			if id, ok := lit.Type.(*ast.Ident); ok && id.Name == "object" {
				found = true
			}
		}
		return true
	})
	return found
}
