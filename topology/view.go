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

// viewPlaces are the places of what a node's view is made of, by target or
// path.
type viewPlaces map[string]Pos

// ViewPos returns the place in the file of the Bind with a target.
func (n *Node) ViewPos(target string) Pos {
	if at, ok := n.where().view[target]; ok {
		return at
	}
	return n.pos(nil, 0)
}

// HasView reports whether the node gives its programs another view of the
// machine's files than they have without it.
func (n *Node) HasView() bool { return len(n.Binds) > 0 }

// readView reads what programs in a node see of the machine.
func (p *fileParser) readView(n *Node, in inherited, s scope, places *nodePlaces) {
	places.view = make(viewPlaces)
	n.Binds = p.readBinds(in, s, places.view)
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
				p.Add(v.at, "", "binds has two entries for %s", plain.Name(plain.Clip(b.Target)))
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
	if b.Target, ok = p.target(v, "bind", parts[1]); !ok {
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

// target reads the path at which programs see something.
func (p *fileParser) target(v *yamlNode, what, text string) (string, bool) {
	if !p.checkPath(v, "target", text) {
		return "", false
	}
	if !strings.HasPrefix(text, "/") {
		p.Add(v.at, "", "target %q of a %s is not an absolute path", plain.Clip(text), what)
		return "", false
	}
	clean := path.Clean(text)
	for _, own := range []string{"/proc", "/sys"} {
		if clean == own || strings.HasPrefix(clean, own+"/") {
			p.Add(v.at, "", "target %q of a %s is in %s, which describes the kernel", plain.Clip(text), what, own)
			return "", false
		}
	}
	if clean == "/" {
		p.Add(v.at, "", "target %q of a %s is the root directory", plain.Clip(text), what)
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

func (s *summer) view(n *Node) {
	s.number(len(n.Binds))
	for i := range n.Binds {
		s.text(n.Binds[i].Source)
		s.text(n.Binds[i].Target)
		s.flag(n.Binds[i].ReadOnly)
	}
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
