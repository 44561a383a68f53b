package view

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/template"

	"github.com/joho/godotenv"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// maxTexts is the largest size of all templates and env-files of a lab
// together, in bytes.
const maxTexts = 16 << 20

// readText reads a file beside the lab file. It waits for nobody: what is not a
// regular file is an error.
func readText(path string) (string, error) {
	fd, err := retryFD(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) })
	if err != nil {
		return "", err
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !fi.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, topology.MaxContent+1))
	if err == nil && len(b) > topology.MaxContent {
		err = fmt.Errorf("it has more than %d bytes", topology.MaxContent)
	}
	return string(b), err
}

// A reader reads the texts that a lab file refers to, and reports what is wrong
// with them.
type reader struct {
	s     *Sources
	t     *topology.Topology
	wrong *topology.Mistakes
	size  int
	// lab is made when the first template needs it.
	lab *Lab
	// templates and envs are those that have been read, nil if that failed.
	templates map[string]*template.Template
	envs      map[string]bool
}

// text reads a file, once.
func (r *reader) text(what, path string, at topology.Pos) (text string, ok bool) {
	if text, ok = r.s.Texts[path]; ok {
		return text, true
	}
	text, err := readText(r.s.path(path))
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
		if f.Template == "" {
			continue
		}
		at := n.ViewPos("template " + f.Target)
		t, known := r.templates[f.Template]
		if !known {
			if text, ok := r.text("template", f.Template, at); ok {
				var err error
				if t, err = parseTemplate(f.Template, text); err != nil {
					r.failed(at, err)
				}
			}
			r.templates[f.Template] = t
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
	if f.Template == "" {
		return f.Content, nil
	}
	text, ok := s.Texts[f.Template]
	if !ok {
		return "", fmt.Errorf("file %s: the lab has lost its template; run \"nslab up\" with the file again", plain.Name(f.Target))
	}
	t, err := parseTemplate(f.Template, text)
	if err != nil {
		return "", err
	}
	return render(t, lab().Nodes[node])
}
