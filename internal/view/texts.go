package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/joho/godotenv"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// maxTexts is the largest size of all templates and env-files of a lab
// together, in bytes.
const maxTexts = 16 << 20

// A reader reads the texts that a lab file refers to, and reports what is wrong
// with them.
type reader struct {
	s     *Sources
	t     *topology.Topology
	wrong *topology.Mistakes
	size  int
	// lab is made when the first template needs it.
	lab *Lab
	// templates are by path and text, and envs by path: those that have been
	// read, nil if that failed.
	templates map[[2]string]*template.Template
	envs      map[string]bool
}

// text reads a file, once.
func (r *reader) text(what, path string, at topology.Pos) (text string, ok bool) {
	if text, ok = r.s.Texts[path]; ok {
		return text, true
	}
	text, err := topology.ReadText(r.s.path(path))
	if err == nil {
		if r.size += len(text); r.size > maxTexts {
			err = fmt.Errorf("the templates and env-files of a lab have more than %d bytes", maxTexts)
		}
	}
	if err != nil {
		r.wrong.Add(at, "", "%s %s: %s", what, plain.Name(r.s.path(path)), plain.Text(reason(err)))
		return "", false
	}
	r.s.Texts[path] = text
	return text, true
}

// node reads what a node refers to, and tries its templates.
func (r *reader) node(i int) {
	n := &r.t.Nodes[i]
	for _, path := range n.EnvFiles {
		at := n.ViewPos("env-file " + path)
		if text, ok := r.text("env-file", path, at); ok && !r.envs[path] {
			r.envs[path] = true
			if _, err := parseEnv(text); err != nil {
				r.wrong.Add(at, "write lines NAME=VALUE", "env-file %s: %s", plain.Name(r.s.path(path)), plain.Text(plain.Clip(err.Error())))
			}
		}
	}
	for k := range n.Files {
		f := &n.Files[k]
		if f.Template == "" && !f.Templated {
			continue
		}
		at := n.ViewPos("template " + f.Target)
		key := [2]string{f.Template, f.Content}
		t, known := r.templates[key]
		if !known {
			name, text, ok := f.Target, f.Content, true
			if f.Template != "" {
				name = f.Template
				text, ok = r.text("template", f.Template, at)
			}
			if ok {
				var err error
				if t, err = parseTemplate(name, text); err != nil {
					r.failed(at, err)
				}
			}
			r.templates[key] = t
		}
		if t == nil {
			continue
		}
		if r.lab == nil {
			r.lab = labOf(r.t)
		}
		if _, err := render(t, r.lab.Nodes[i]); err != nil {
			r.failed(at, fmt.Errorf("for node %q: %w", n.Name, err))
		}
	}
}

// failed reports an error of a template.
func (r *reader) failed(at topology.Pos, err error) {
	r.wrong.Add(at, "", "%s", plain.Text(strings.ReplaceAll(err.Error(), "template: ", "template ")))
}

// parseEnv reads the text of an env-file, and returns NAME=VALUE in ascending
// order.
func parseEnv(text string) ([]string, error) {
	vars, err := godotenv.Parse(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if name == "" || strings.ContainsRune(name+vars[name], 0) {
			return nil, fmt.Errorf("variable %q", name)
		}
		all = append(all, name+"="+vars[name])
	}
	return all, nil
}

// environ returns the variables of a node's env-files, later ones last.
func (s *Sources) environ(n *topology.Node) (all []string) {
	if s == nil {
		return nil
	}
	for _, path := range n.EnvFiles {
		vars, _ := parseEnv(s.Texts[path]) // ReadSources has reported errors
		all = append(all, vars...)
	}
	return all
}

// contentOf returns the content of a node's file. lab is asked for if a
// template needs it.
func (s *Sources) contentOf(f *topology.File, lab func() *Lab, node int) (string, error) {
	name, text := f.Target, f.Content
	switch {
	case f.Template != "":
		var ok bool
		name = f.Template
		if text, ok = s.Texts[name]; !ok {
			return "", fmt.Errorf("file %s: the lab has lost its template; run \"nslab up\" with the file again", plain.Name(f.Target))
		}
	case !f.Templated:
		return text, nil
	}
	t, err := parseTemplate(name, text)
	if err != nil {
		return "", err
	}
	return render(t, lab().Nodes[node])
}
