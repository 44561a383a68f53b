package view

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
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
	r := &reader{s: s, t: t, wrong: t.Mistakes(), templates: make(map[string]*template.Template), envs: make(map[string]bool)}
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
	c := &checker{s: s, wrong: t.Mistakes(), kinds: make(map[string]kindOf)}
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
func (s *Sources) path(p string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok && filepath.IsAbs(s.Home) {
		return filepath.Join(s.Home, rest)
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(s.Dir, p)
}

// A checker finds what of a lab's view cannot be made, by looking at the
// machine's files. It opens none of them.
type checker struct {
	s     *Sources
	wrong *topology.Mistakes
	kinds map[string]kindOf // by path
}

// kindOf says what is at a path.
type kindOf struct {
	dir bool
	err error // fs.ErrNotExist, or what keeps from looking
	// below says that it is in a tmpfs, where programs may make it.
	below bool
}

func (c *checker) kind(path string) kindOf {
	k, ok := c.kinds[path]
	if !ok {
		fi, err := os.Stat(path)
		k = kindOf{dir: err == nil && fi.IsDir(), err: err}
		c.kinds[path] = k
	}
	return k
}

// node checks what a node's view is made of.
func (c *checker) node(n *topology.Node) {
	mounts := mountsOf(n, c.s)
	for i := range mounts {
		m := &mounts[i]
		at := n.ViewPos(m.target)
		if m.kind == isBind {
			k := c.kind(m.source)
			if k.err != nil {
				c.wrong.Add(at, "", "%s: %s: %s", m.words(), plain.Name(m.source), reason(k.err))
				continue
			}
			m.dir = k.dir
		}
		if why := c.cannotMount(mounts[:i], m); why != "" {
			c.wrong.Add(at, "", "%s: %s", m.words(), why)
		}
	}
	if n.WorkingDir == "" {
		return
	}
	at := n.ViewPos("working_dir")
	switch k := c.seen(mounts, n.WorkingDir); {
	case k.err == nil && k.dir, k.below: // whoever makes it
	case k.err == nil:
		c.wrong.Add(at, "", "working_dir %s is not a directory", plain.Name(n.WorkingDir))
	default:
		c.wrong.Add(at, "", "working_dir %s: %s", plain.Name(n.WorkingDir), reason(k.err))
	}
}

// seen says what programs see at a path after some mounts: what the last of
// them shows there that covers it.
func (c *checker) seen(after []mount, p string) kindOf {
	for i := len(after) - 1; i >= 0; i-- {
		m := &after[i]
		if p == m.target {
			return kindOf{dir: m.dir}
		}
		rest, below := strings.CutPrefix(p, m.target+"/")
		switch {
		case below && !m.dir:
			return kindOf{err: unix.ENOTDIR}
		case below && m.kind == isTmpfs:
			return kindOf{err: fs.ErrNotExist, below: true}
		case below:
			return c.kind(filepath.Join(m.source, rest))
		case strings.HasPrefix(m.target, p+"/") && c.kind(p).err != nil:
			return kindOf{dir: true} // made for what is mounted below it
		}
	}
	return c.kind(p)
}

// cannotMount says why a mount cannot be made after others, "" if it can.
func (c *checker) cannotMount(before []mount, m *mount) string {
	k := c.seen(before, m.target)
	switch {
	case k.err == nil && k.dir == m.dir:
		return ""
	case k.err == nil && m.dir:
		return fmt.Sprintf("a directory cannot be seen in the place of the file %s", plain.Name(m.target))
	case k.err == nil:
		return fmt.Sprintf("a file cannot be seen in the place of the directory %s", plain.Name(m.target))
	case !errors.Is(k.err, fs.ErrNotExist):
		return plain.Name(m.target) + ": " + reason(k.err)
	}
	for p := filepath.Dir(m.target); ; p = filepath.Dir(p) { // up to "/"
		k := c.seen(before, p)
		switch {
		case k.err == nil && k.dir:
			return ""
		case k.err == nil:
			return fmt.Sprintf("%s is not a directory", plain.Name(p))
		case !errors.Is(k.err, fs.ErrNotExist):
			return plain.Name(p) + ": " + reason(k.err)
		}
	}
}

// reason is an error without the path and the call, which the message has.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}
