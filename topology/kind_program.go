package topology

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A program is what makes the nodes of a kind routers that run something. Each
// is a file kind_NAME.go, which makes ordinary processes, files and directories
// of it.
type program struct {
	// pkg is the Debian package that has it, and dirs are where its daemons
	// are.
	pkg  string
	dirs []string
	// tools are other programs that it needs, in toolDirs.
	tools []string
	// config is where a node's startup-config is seen, and configured where
	// nothing else may be seen then, because it is copied there: "" if it is
	// not.
	config, configured string
	// required says that the daemons do not run without a configuration.
	required bool
	// tmpfs are directories of each node's own.
	tmpfs []string
	// files are other files.
	files []File
	// users and groups are who the daemons run as, which may be missing in a
	// user namespace: they are root there.
	users, groups []string
	// root says that the daemons have to be started as root.
	root bool
	// env are environment variables of programs in the node, each "KEY=VALUE".
	env []string
	// processes returns the daemons for a text of startup-config.
	processes func(r *programReader, text string) []Process
}

// program returns what nodes of a kind run, or nil.
func (k NodeKind) program() *program {
	switch k {
	case FRR:
		return &frr
	case BIRD:
		return &bird
	}
	return nil
}

// toolDirs are where programs are that people call too.
var toolDirs = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// programReader makes a node of a kind of program.
type programReader struct {
	*fileParser
	*program
	spec *nodeSpec
	pr   *Programs
	s    scope
	kind Pos        // the place of the node's kind
	view viewPlaces // the node's
}

// readProgram adds what the node's kind runs to what a node runs.
func (p *fileParser) readProgram(spec *nodeSpec, pr *Programs, s scope, places *nodePlaces) {
	config := spec.in.one("startup-config")
	prog := spec.kind.program()
	if prog == nil {
		for _, f := range spec.in[:2] { // its own and its group's
			for _, name := range []string{"startup-config", "extras"} {
				if v := f[name]; v != nil && !spec.wrong {
					p.Add(v.at, "write kind: frr or bird", "%s is for nodes that run a router's daemons; %q is of kind %s", name, spec.key.text, spec.kind)
				}
			}
		}
		return
	}
	if v := p.fields(spec.in.one("extras"), secExtras)["frr"]; v != nil && spec.kind != FRR && spec.in[0]["extras"] != nil {
		p.Add(v.at, "", "frr is for nodes of kind frr; %q is of kind %s", spec.key.text, spec.kind)
	}
	r := &programReader{fileParser: p, program: prog, spec: spec, pr: pr, s: s, kind: spec.key.at, view: places.view}
	if v := spec.in.one("kind"); v != nil {
		r.kind = v.at
	}
	taken := func(target string) bool {
		_, taken := r.view[target]
		return taken
	}
	for _, target := range prog.tmpfs {
		if !taken(target) {
			pr.Tmpfs = append(pr.Tmpfs, Tmpfs{Target: target, Mode: rtnl.Some(uint32(0o755))})
			r.view[target] = r.kind
		}
	}
	slices.SortFunc(pr.Tmpfs, func(a, b Tmpfs) int { return strings.Compare(a.Target, b.Target) })
	for _, f := range prog.files {
		if !taken(f.Target) {
			pr.Files = append(pr.Files, f)
			r.view[f.Target] = r.kind
		}
	}
	if user, _, _ := strings.Cut(pr.User, ":"); prog.root && user != "" && user != "root" && strings.Trim(user, "0") != "" {
		p.Add(r.view["user"], "write user: root for this node or its kind", "kind %s has to start its daemons as root, and the node's user is %s", spec.kind, plain.Clip(pr.User))
	}
	for _, e := range prog.env {
		name, _, _ := strings.Cut(e, "=")
		if !slices.ContainsFunc(pr.Env, func(o string) bool { return strings.HasPrefix(o, name+"=") }) {
			pr.Env = append(pr.Env, e)
		}
	}
	slices.Sort(pr.Env)
	text := ""
	switch other, is := r.view[prog.configured]; {
	case config != nil && is:
		p.Add(other, "leave one of them out", "%s is what startup-config is for", prog.configured)
	case config != nil || !is:
		text = r.startupConfig(config)
	}
	procs := prog.processes(r, text)
	for i := range procs {
		proc := &procs[i]
		proc.OfKind, proc.Line = true, int(r.kind.Line)
		proc.StopSignal, proc.StopTimeout = int(unix.SIGTERM), defaultStopTimeout
		if v := spec.in.one("stop-timeout"); v != nil {
			proc.StopTimeout = fields{"": v}.duration("", defaultStopTimeout)
		}
		if pr.Process(proc.Name) != nil {
			p.Add(r.kind, "give it another name", "kind %s has a process %q, and so has the node", spec.kind, proc.Name)
		}
	}
	pr.Processes = append(procs, pr.Processes...)
}

// startupConfig adds the file of the node's startup-config, which may be nil,
// and returns its text.
func (r *programReader) startupConfig(v *yamlNode) string {
	f := File{Target: r.config, Mode: 0o644}
	text, at := "", r.kind
	if v == nil && r.required {
		if _, taken := r.view[f.Target]; !taken {
			r.Add(at, "write startup-config: with its path or text", "kind %s needs a configuration", r.spec.kind)
		}
	}
	if v != nil {
		at = v.at
		value, ok := r.expand(v, r.s)
		switch {
		case !ok:
		case strings.Contains(value, "\n"):
			text, f.Content, f.Templated = value, value, true
			r.countContent(v, len(value))
		case r.checkPath(v, "startup-config", value):
			f.Template = value
			text = r.beside(v, "startup-config", value)
		}
	}
	if _, taken := r.view[f.Target]; taken && v != nil {
		r.Add(at, "leave one of them out", "%s is what startup-config is for", f.Target)
	} else if taken {
		return ""
	}
	r.pr.Files = append(r.pr.Files, f)
	r.view[f.Target] = at
	r.view["template "+f.Target] = at
	return text
}

// beside returns the text of a file that the lab file refers to.
func (p *fileParser) beside(v *yamlNode, what, path string) string {
	known, ok := p.texts[path]
	if !ok {
		text, err := p.readFile(path)
		known = besideText{text, err}
		p.texts[path] = known
	}
	if known.err != nil {
		p.Add(v.at, "a text of several lines is a configuration itself", "%s %s: %s", what, plain.Name(plain.Clip(path)), plain.Text(reason(known.err)))
	}
	return known.text
}

type besideText struct {
	text string
	err  error
}

// configLines are the lines of a configuration without the actions of
// templates: those that some nodes leave out are among them.
func configLines(text string) []string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		b.WriteString(before)
		if !found {
			break
		}
		_, after, closed := strings.Cut(rest, "}}")
		if !closed {
			break // which the template's reader reports
		}
		text = after
	}
	return strings.Split(b.String(), "\n")
}

// A Need is a program that the machine has to have because of a node's kind.
type Need struct {
	// Program is its name, and Dirs are where it is looked for.
	Program string
	Dirs    []string
	// Package is the Debian package that has it.
	Package string
	// At is the place in the file that asks for it.
	At Pos
}

// Needs returns the programs that the node's kind needs.
func (n *Node) Needs() []Need {
	prog := n.Kind.program()
	if prog == nil {
		return nil
	}
	var all []Need
	for i := range n.Processes {
		if proc := &n.Processes[i]; proc.OfKind {
			all = append(all, Need{proc.Name, prog.dirs, prog.pkg, n.ViewPos("daemon " + proc.Name)})
		}
	}
	for _, tool := range prog.tools {
		all = append(all, Need{tool, toolDirs, prog.pkg, n.ViewPos(prog.config)})
	}
	return all
}

// Accounts returns the users and groups that the daemons of the node's kind run
// as. Where a user namespace does not have them, they have to be root's.
func (n *Node) Accounts() (users, groups []string) {
	if prog := n.Kind.program(); prog != nil {
		return prog.users, prog.groups
	}
	return nil, nil
}
