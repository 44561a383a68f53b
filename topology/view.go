package topology

import (
	"path"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// A Bind is a file or directory of the machine that programs in a node see in
// another place too.
type Bind struct {
	// Source is the path as the lab file has it: relative to the directory of
	// the lab file, or absolute, or below the user's home directory if it
	// begins with "~/".
	Source string
	// Target is where programs see it: an absolute path without "." and "..".
	Target string
	// ReadOnly says that programs cannot change it.
	ReadOnly bool
}

// MaxPath is the longest path of a lab file in bytes: PATH_MAX in
// include/uapi/linux/limits.h, without the NUL byte.
const MaxPath = 4095

// viewPlaces are the places of what a node's view is made of: of a Bind, Tmpfs,
// overlay or File by its target, of a template or an env-file by this word and its
// path, of working_dir and user by these words.
type viewPlaces map[string]Pos

// ViewPos returns the place in the file of a part of the node's view: by the
// target of a Bind, a Tmpfs, an overlay or a File, by "template " and the target of its
// File, by "env-file " and its path, or by "working_dir" or "user".
func (n *Node) ViewPos(what string) Pos {
	if at, ok := n.where().view[what]; ok {
		return at
	}
	return n.pos(nil, 0)
}

// HasMounts reports whether programs in the node see other files than those of
// the machine.
func (pr *Programs) HasMounts() bool {
	return len(pr.Binds)+len(pr.Tmpfs)+len(pr.Overlays)+len(pr.Files) > 0
}

// HasView reports whether programs in the node see or are anything else than
// what they would be without Binds, Tmpfs, Overlays, Files, EnvFiles, User
// and WorkingDir.
func (pr *Programs) HasView() bool {
	return pr.HasMounts() || len(pr.EnvFiles) > 0 || pr.User != "" || pr.WorkingDir != ""
}

// readView reads what programs in a node see of the machine.
func (p *fileParser) readView(pr *Programs, in inherited, s scope, places *nodePlaces) {
	v := make(viewPlaces)
	places.view = v
	pr.Binds = p.readBinds(in, s, v)
	pr.Tmpfs = p.readTmpfs(in, s, v)
	pr.Overlays = p.readOverlays(in, s, v)
	pr.Files = p.readFiles(in, s, v)
	for _, e := range in.items("env-files") {
		if path, ok := p.expand(e, s); ok && p.checkPath(e, "path", path) {
			pr.EnvFiles = append(slices.DeleteFunc(pr.EnvFiles, func(o string) bool { return o == path }), path)
			v["env-file "+path] = e.at
		}
	}
	if e := in.one("user"); e != nil {
		pr.User, _ = p.readOwner(e, s, "user")
		v["user"] = e.at
	}
	if e := in.one("working_dir"); e != nil {
		if dir, ok := p.expand(e, s); ok && p.checkPath(e, "working_dir", dir) {
			if !strings.HasPrefix(dir, "/") {
				p.Add(e.at, "", "working_dir %q is not an absolute path", plain.Clip(dir))
			}
			pr.WorkingDir = path.Clean(dir)
		}
		v["working_dir"] = e.at
	}
	if e := in.one("hostname"); e != nil {
		pr.Hostname = p.readHostname(e, s)
	}
}

// readHostname reads a host name: labels of letters, digits and "-", separated
// by dots (RFC 1123, section 2.1), of 64 bytes at most (__NEW_UTS_LEN).
func (p *fileParser) readHostname(v *yamlNode, s scope) string {
	text, ok := p.expand(v, s)
	if !ok {
		return ""
	}
	good := len(text) <= 64
	for _, label := range strings.Split(text, ".") {
		good = good && label != "" && len(label) <= 63 && label[0] != '-' && label[len(label)-1] != '-' &&
			strings.Trim(label, "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
	}
	if !good {
		p.Add(v.at, "", "hostname %q; use at most 64 letters, digits, \"-\" and \".\", where no part between dots is empty or begins or ends with \"-\"", plain.Clip(text))
		return ""
	}
	return text
}

// readOwner reads USER or USER:GROUP, each a name or a number.
func (p *fileParser) readOwner(v *yamlNode, s scope, what string) (string, bool) {
	text, ok := p.expand(v, s)
	if !ok {
		return "", false
	}
	user, group, both := strings.Cut(text, ":")
	if user == "" || both && group == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '/' }) || strings.Contains(group, ":") || len(text) > 256 {
		p.Add(v.at, "write USER or USER:GROUP, names or numbers", "%s is %q", what, plain.Clip(text))
		return "", false
	}
	return text, true
}

// readBinds reads binds. Of several with one target the nearest wins, as in
// containerlab.
func (p *fileParser) readBinds(in inherited, s scope, places viewPlaces) []Bind {
	var all []Bind
	for _, list := range in.all("binds") {
		here := make(map[string]bool)
		for _, v := range list.items {
			b, ok := p.readBind(v, s)
			if !ok {
				continue
			}
			if here[b.Target] {
				p.twice(v, b.Target)
				continue
			}
			here[b.Target] = true
			places[b.Target] = v.at
			if i := slices.IndexFunc(all, func(o Bind) bool { return o.Target == b.Target }); i >= 0 {
				all[i] = b
			} else {
				all = append(all, b)
			}
		}
	}
	return all
}

// readBind reads SOURCE:TARGET[:ro].
func (p *fileParser) readBind(v *yamlNode, s scope) (b Bind, ok bool) {
	text, ok := p.expand(v, s)
	if !ok {
		return b, false
	}
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		hint := "write SOURCE:TARGET, or SOURCE:TARGET:ro"
		if len(parts) == 1 && strings.HasPrefix(text, "/") {
			hint = "for an empty directory, write it under tmpfs:"
		}
		p.Add(v.at, hint, "bind %q is not a source and a target", plain.Clip(text))
		return b, false
	}
	b.Source = parts[0]
	if !p.checkPath(v, "source", b.Source) {
		return b, false
	}
	if b.Target, ok = p.target(v, "a bind", parts[1]); !ok {
		return b, false
	}
	if len(parts) == 3 {
		for _, o := range strings.Split(parts[2], ",") {
			switch o {
			case "ro":
				b.ReadOnly = true
			case "rw":
				b.ReadOnly = false
			default:
				p.Add(v.at, "the options are ro and rw", "bind %q has the option %q", plain.Clip(text), plain.Clip(o))
				return b, false
			}
		}
	}
	return b, true
}

// twice reports a target that several parts of a node's view have.
func (p *fileParser) twice(v *yamlNode, target string) {
	p.Add(v.at, "", "%s is the target of two entries of binds, tmpfs, overlay and files", plain.Name(plain.Clip(target)))
}

// target reads the path at which programs see something.
func (p *fileParser) target(v *yamlNode, what, text string) (string, bool) {
	if !p.checkPath(v, "target", text) {
		return "", false
	}
	if !strings.HasPrefix(text, "/") {
		p.Add(v.at, "", "target %q of %s is not an absolute path", plain.Clip(text), what)
		return "", false
	}
	clean := path.Clean(text)
	for _, own := range []string{"/proc", "/sys"} {
		if clean == own || strings.HasPrefix(clean, own+"/") {
			p.Add(v.at, "", "target %q of %s is in %s, which describes the kernel", plain.Clip(text), what, own)
			return "", false
		}
	}
	if clean == "/" {
		p.Add(v.at, "", "target %q of %s is the root directory", plain.Clip(text), what)
		return "", false
	}
	return clean, true
}

// checkPath reports a text that cannot be a path.
func (p *fileParser) checkPath(v *yamlNode, what, text string) bool {
	switch {
	case text == "":
		p.Add(v.at, "", "a %s is empty", what)
	case len(text) > MaxPath:
		p.Add(v.at, "", "a %s has %d bytes; at most %d are allowed", what, len(text), MaxPath)
	case strings.ContainsRune(text, 0):
		p.Add(v.at, "", "%s %q contains a NUL byte", what, plain.Clip(text))
	default:
		return true
	}
	return false
}

func (s *summer) flag(b bool) {
	if b {
		s.number(1)
	} else {
		s.number(0)
	}
}

// String returns the bind as a lab file writes it.
func (b Bind) String() string {
	if b.ReadOnly {
		return b.Source + ":" + b.Target + ":ro"
	}
	return b.Source + ":" + b.Target
}
