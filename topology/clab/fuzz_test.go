package clab

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nslab/nslab/topology"
)

// FuzzParse reads files: what is right describes the same lab as the lab file
// that stands for it, and what is wrong has places in the file.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.clab.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := &Language{Getenv: environment}
		top, err := topology.Parse("f.clab.yml", data, &topology.ParseOptions{Language: l})
		if err == nil {
			if top.Translated() {
				same(t, top)
			}
			return
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, e := range err.(topology.Errors) {
			if e.Line < 1 || e.Line > lines || e.Column < 1 {
				t.Errorf("%d:%d is not in the file: %s", e.Line, e.Column, e.Message)
			}
		}
	})
}

// FuzzShellLine checks that a shell reads words as they were written.
func FuzzShellLine(f *testing.F) {
	for _, words := range []string{"echo\x00a b\x00'$HOME'", "if\x00x=y", "A=b\x00*\x00~", "\x00\n\t"} {
		f.Add(words)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // no file has it
		}
		words := strings.Split(text, "\x00")
		line := shellLine(append([]string{"printf", `%s\0`}, words...))
		out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", line).Output()
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, words) {
			t.Errorf("%q: %q, want %q", line, got, words)
		}
		again, err := split(shellLine(words))
		if err == nil && !slices.Equal(again, words) && !strings.ContainsAny(text, "\r") {
			t.Errorf("%q is split into %q, not %q", shellLine(words), again, words)
		}
	})
}
