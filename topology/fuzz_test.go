package topology

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse checks that no file makes Parse panic, that mistakes have a place
// in the file, and that an accepted file gives a consistent lab, the same each
// time.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"../examples/*.yaml", "testdata/golden/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			b, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	for _, tc := range mistakeCases {
		f.Add([]byte(tc.text))
	}
	for _, text := range yamlTexts {
		f.Add([]byte(text))
	}
	f.Add([]byte("name: x\nnodes:\n  r: {kind: frr, startup-config: r.conf, extras: {frr: {daemons: [\"bgpd -p 0\"]}}}\n  s: {kind: frr, startup-config: \"router ospf\\n{{.Name}}\"}\n"))
	opts := &ParseOptions{
		Limits:   Limits{Size: 16 << 10, Nodes: 2000, Links: 4000},
		ReadFile: func(string) (string, error) { return "router bgp 65000\n", nil },
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		top, err := Parse("f.yaml", data, opts)
		if err != nil {
			checkErrors(t, data, err)
			return
		}
		checkTopology(t, top)
		again, err := Parse("f.yaml", data, opts)
		if err != nil || dump(again) != dump(top) {
			t.Errorf("another time: %v\n%s\n%s", err, dump(top), dump(again))
		}
	})
}

func checkErrors(t *testing.T, data []byte, err error) {
	t.Helper()
	var list Errors
	if !errors.As(err, &list) || len(list) == 0 || len(list) > maxMistakes {
		t.Fatalf("%T with %d mistakes: %v", err, len(list), err)
	}
	lines := strings.Count(string(data), "\n") + 1
	for i, e := range list {
		if e.File != "f.yaml" || e.Line < 1 || e.Line > lines || e.Column < 1 || e.Message == "" {
			t.Errorf("of %d lines: %+v", lines, e)
		}
		if i > 0 && (e.Line < list[i-1].Line || e.Line == list[i-1].Line && e.Column < list[i-1].Column) {
			t.Errorf("not in order: %v", list)
		}
		if text := e.Detail(); !utf8.ValidString(text) || strings.Count(text, "\n") != 2 ||
			strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }) {
			t.Errorf("%q", text)
		}
	}
}
