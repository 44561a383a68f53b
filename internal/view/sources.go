package view

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/nslab/nslab/topology"
)

// Sources are what a lab file refers to beside it, as it was when the lab was
// brought up: later nobody reads these files again, so they may be moved or
// changed. What binds show is the exception: its path stays the same.
type Sources struct {
	// Dir is what relative paths are relative to, and Home what "~/" stands
	// for, "" if nothing asks for it; both are absolute.
	Dir  string `json:"dir"`
	Home string `json:"home,omitempty"`
	// Texts are the templates and env-files, by their paths in the lab file.
	Texts map[string]string `json:"texts,omitempty"`
}

// NeedsSources reports whether a lab file refers to anything beside it.
func NeedsSources(t *topology.Topology) bool {
	for i := range t.Nodes {
		if t.Nodes[i].HasView() {
			return true
		}
	}
	return false
}

// ReadSources reads what a lab file refers to, nil if that is nothing. An error
// of type topology.Errors has all that cannot be read, each with its place in
// the file.
func ReadSources(t *topology.Topology) (*Sources, error) {
	if !NeedsSources(t) {
		return nil, nil
	}
	dir, err := filepath.Abs(t.Dir())
	if err != nil {
		return nil, err
	}
	s := &Sources{Dir: dir, Texts: make(map[string]string)}
	if usesHome(t) {
		s.Home = os.Getenv("HOME")
	}
	r := &reader{s: s, t: t, wrong: t.Mistakes(), templates: make(map[[2]string]*template.Template), envs: make(map[string]bool)}
	for i := range t.Nodes {
		r.node(i)
	}
	if wrong := r.wrong.Errors(); wrong != nil {
		return nil, wrong
	}
	return s, nil
}

// Check looks at this machine's files, and returns an error of type
// topology.Errors about each bind whose source is not there, and about
// everything that cannot be where programs are to see it.
func (s *Sources) Check(t *topology.Topology) error {
	if s == nil {
		return nil
	}
	c := &checker{s: s, wrong: t.Mistakes(), kinds: make(map[string]kindOf), gaps: make(map[string]gap), resolved: make(map[string]string), missing: make(map[missingProgram]bool), machine: make(map[string]string)}
	for i := range t.Nodes {
		c.node(&t.Nodes[i])
	}
	if wrong := c.wrong.Errors(); wrong != nil {
		return wrong
	}
	return nil
}

// Equal reports whether two labs refer to the same, with the same contents.
func (s *Sources) Equal(o *Sources) bool {
	if s == nil || o == nil {
		return s == o
	}
	return s.Dir == o.Dir && s.Home == o.Home && maps.Equal(s.Texts, o.Texts)
}

// Encode returns the sources as text for the lab's directory.
func (s *Sources) Encode() ([]byte, error) { return json.Marshal(s) }

// DecodeSources reads the text of Encode, nil for no text.
func DecodeSources(b []byte) (*Sources, error) {
	if b == nil {
		return nil, nil
	}
	s := new(Sources)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, err
	}
	return s, nil
}

// usesHome reports whether a path of a lab file begins with "~/".
func usesHome(t *topology.Topology) bool {
	below := func(path string) bool { return strings.HasPrefix(path, "~/") }
	return slices.ContainsFunc(t.Nodes, func(n topology.Node) bool {
		return slices.ContainsFunc(n.EnvFiles, below) ||
			slices.ContainsFunc(n.Binds, func(b topology.Bind) bool { return below(b.Source) }) ||
			slices.ContainsFunc(n.Files, func(f topology.File) bool { return below(f.Template) })
	})
}

// path returns the absolute path for one in the lab file.
func (s *Sources) path(p string) string { return topology.PathBeside(s.Dir, s.Home, p) }

// Text returns a text by its path in the lab file, as it was when the lab was
// brought up, or "". s may be nil.
func (s *Sources) Text(path string) string {
	if s == nil {
		return ""
	}
	return s.Texts[path]
}
