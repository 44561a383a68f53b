package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// TestWriteYAML checks that the output is read back unchanged, and has no
// control characters and no needless quotes.
func TestWriteYAML(t *testing.T) {
	texts := []string{"plain text", "yes", "on", "01", "1e3", "null", "~", "", " x", "a: b", "a #b", "- a", "[", "*a", "&a", "!a", "%", "@",
		"two\nlines\n", "tab\there", "\x1b[31mred\x1b[0m", "\x7f\u0085\u200b", "<>&", "10:20:30", "33:33:00:00:00:01", "2026-01-01", strings.Repeat("long ", 100)}
	in := struct {
		Texts []string          `json:"texts"`
		Map   map[string]string `json:"map"`
		N     int               `json:"num"`
		Empty []int             `json:"empty"`
	}{texts, map[string]string{"a: b": "c", "02:00:00:00:00:01": "10.0.0.1/24"}, 7, []int{}}
	var b bytes.Buffer
	if err := writeYAML(&b, in); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(b.String(), func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 {
		t.Errorf("%q is written raw", b.String()[i:i+1])
	}
	for _, want := range []string{"\n- plain text\n", "\n- 'yes'\n", "\n- '33:33:00:00:00:01'\n", "\nnum: 7\n", "\nempty: []\n", "02:00:00:00:00:01: 10.0.0.1/24\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	var out struct {
		Texts []string
		Map   map[string]string
		N     int `yaml:"num"`
		Empty []int
	}
	if err := yaml.Load(b.Bytes(), &out, yaml.WithKnownFields()); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if diff := cmp.Diff(texts, out.Texts); diff != "" {
		t.Errorf("%s\n%s", diff, b.String())
	}
	if diff := cmp.Diff(in.Map, out.Map); diff != "" || out.N != 7 || len(out.Empty) != 0 {
		t.Errorf("%s\n%s", diff, b.String())
	}
}
