package topology

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// A Tmpfs is a directory that programs in a node see empty at first, and that
// is the node's own as long as the lab is up.
type Tmpfs struct {
	// Target is an absolute path without "." and "..".
	Target string
	// Mode, UID and GID are the directory's; those that are unset are those of
	// what it covers.
	Mode, UID, GID rtnl.Opt[uint32]
	// Exec allows running programs in it.
	Exec bool
	// Size bounds what it can hold, as the option size of tmpfs(5): bytes, with
	// the suffix k, m or g, or a percentage of the machine's memory. "" is no
	// bound of its own.
	Size string
}

// isTmpfsSize matches the sizes that the kernel takes, 0 aside, which is no bound.
var isTmpfsSize = regexp.MustCompile(`^(0*[1-9][0-9]{0,15}[kmgKMG]?|0*([1-9][0-9]?|100)%)$`).MatchString

// A File is a file that programs in a node see. It is the node's own.
type File struct {
	// Target is an absolute path without "." and "..".
	Target string
	// Content is what the file contains at first, unless Template is the path
	// of a file with a template (text/template) for it. Paths are as in
	// Bind.Source. Templated says that Content is a template itself.
	Content, Template string
	Templated         bool
	// Mode has the permissions, 0o644 by default.
	Mode uint32
	// Owner is USER or USER:GROUP, each a name or a number; "" is who nslab
	// runs as.
	Owner string
}

const (
	// MaxContent is the largest content of a File, template and env-file, in
	// bytes.
	MaxContent = 1 << 20
	// maxContents is the largest content of all files of a lab together.
	maxContents = 64 << 20
)

// fileKeys are the keys of an entry of files.
func fileKeys() []key {
	return []key{
		{name: "content", typ: typeString, doc: "What the file contains."},
		{name: "template", typ: typeString, doc: "The path of a template (Go's text/template) of the content, relative to the lab file."},
		{name: "mode", typ: typeString, pattern: `^(0o?)?[0-7]{1,4}$`, doc: "Its permissions in octal. Default: 0644."},
		{name: "owner", typ: typeString, doc: "USER or USER:GROUP, names or numbers. Default: who nslab runs as."},
	}
}

// readTmpfs reads tmpfs, with the options of compose.
func (p *fileParser) readTmpfs(in inherited, s scope, places viewPlaces) (all []Tmpfs) {
	for _, e := range in.settings("tmpfs") {
		target, ok := p.expandTarget(e.key, s, "a tmpfs", places)
		if !ok {
			continue
		}
		options, ok := p.expand(e.value, s)
		if !ok {
			continue
		}
		m := Tmpfs{Target: target}
		for _, o := range strings.FieldsFunc(options, func(r rune) bool { return r == ',' }) {
			if wrong := m.option(o); wrong != "" {
				p.Add(e.value.at, wrong, "tmpfs %s has the option %q", plain.Name(plain.Clip(target)), plain.Clip(o))
			}
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Tmpfs) int { return strings.Compare(a.Target, b.Target) })
	return all
}

// readOverlays reads overlay. A directory may be in several lists that the node
// inherits.
func (p *fileParser) readOverlays(in inherited, s scope, places viewPlaces) (all []string) {
	for _, list := range in.all("overlay") {
		var here []string
		for _, v := range list.items {
			text, ok := p.expand(v, s)
			if !ok {
				continue
			}
			target, ok := p.target(v, "an overlay", text)
			if !ok {
				continue
			}
			if _, taken := places[target]; taken && !slices.Contains(all, target) || slices.Contains(here, target) {
				p.twice(v, target)
				continue
			}
			places[target] = v.at
			here = append(here, target)
		}
		all = append(all, here...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// option sets an option of mount(8), and says what to do if it cannot.
func (m *Tmpfs) option(o string) (wrong string) {
	name, value, has := strings.Cut(o, "=")
	number := func(base, bits int) (n rtnl.Opt[uint32], wrong string) {
		v, err := strconv.ParseUint(value, base, bits)
		if err != nil {
			return n, map[int]string{8: "write mode=1777, in octal", 10: "write " + name + "=1000, a number"}[base]
		}
		return rtnl.Some(uint32(v)), ""
	}
	switch {
	case name == "mode" && has:
		m.Mode, wrong = number(8, 12)
	case name == "uid" && has:
		m.UID, wrong = number(10, 32)
	case name == "gid" && has:
		m.GID, wrong = number(10, 32)
	case o == "exec":
		m.Exec = true
	case o == "noexec":
		m.Exec = false
	case o == "rw", o == "nosuid", o == "nodev": // it always is
	case name == "size" && isTmpfsSize(value):
		m.Size = strings.ToLower(value)
	case name == "size":
		wrong = "write size=64m, with k, m, g or %"
	default:
		wrong = "the options are size=, mode=, uid=, gid=, exec and noexec"
	}
	return wrong
}

// readFiles reads files.
func (p *fileParser) readFiles(in inherited, s scope, places viewPlaces) (all []File) {
	for _, e := range in.settingsOfMappings("files") {
		f := p.fields(e.value, secFile)
		target, ok := p.expandTarget(e.key, s, "a file", places)
		if !ok {
			continue
		}
		content, template := f["content"], f["template"]
		if (content == nil) == (template == nil) {
			said := e.value.kind == yamlMapping && (mentions(e.value, "content") || mentions(e.value, "template"))
			if template != nil || !said && (e.value.kind == yamlMapping || e.value.kind == yamlNull) {
				p.Add(e.key.at, "write content: or template:", "file %s has %s", plain.Name(plain.Clip(target)), map[bool]string{true: "no content", false: "both content and template"}[content == nil])
			}
			continue
		}
		file := File{Target: target, Mode: 0o644}
		if content != nil {
			file.Content, _ = p.expand(content, s)
			p.countContent(content, len(file.Content))
		} else if path, ok := p.expand(template, s); ok && p.checkPath(template, "path", path) {
			file.Template = path
			places["template "+target] = template.at
		}
		if v := f["mode"]; v != nil {
			mode, err := strconv.ParseUint(strings.TrimPrefix(v.text, "0o"), 8, 12)
			if err != nil {
				p.Add(v.at, "write it in octal, such as 0640", "mode is %q", plain.Clip(v.text))
			}
			file.Mode = uint32(mode)
		}
		if v := f["owner"]; v != nil {
			file.Owner, _ = p.readOwner(v, s, "owner")
		}
		all = append(all, file)
	}
	return all
}

// countContent reports content that is too large, or too much of it.
func (p *fileParser) countContent(v *yamlNode, n int) {
	if n > MaxContent {
		p.limit(v.at, "a file has %d bytes; at most %d are allowed", n, MaxContent)
	}
	if p.contents += n; p.contents > maxContents {
		p.limit(v.at, "the files of the lab have more than %d bytes", maxContents)
	}
}

// expandTarget reads a key that is a target, and notes its place.
func (p *fileParser) expandTarget(k *yamlNode, s scope, what string, places viewPlaces) (string, bool) {
	text, ok := p.expand(k, s)
	if !ok {
		return "", false
	}
	target, ok := p.target(k, what, text)
	if !ok {
		return "", false
	}
	if _, taken := places[target]; taken {
		p.twice(k, target)
		return "", false
	}
	places[target] = k.at
	return target, true
}

// A FileConfig has the keys that a lab file may give an entry of files.
type FileConfig struct {
	// Target is where programs see the file.
	Target string
	// Content is what it contains, or Template the path of a template for it.
	Content, Template string
	// Mode is in octal, such as "0640"; "" is 0644.
	Mode string
	// Owner is USER or USER:GROUP; "" is who nslab runs as.
	Owner string
}

// files returns the file's entries for FileConfigs.
func files(all []FileConfig) (files entries) {
	for _, c := range all {
		var e entries
		if c.Template == "" {
			e.add("content", scalar(c.Content))
		}
		e.text("template", c.Template)
		e.text("mode", c.Mode)
		e.text("owner", c.Owner)
		files.add(scalar(c.Target), e.mapping())
	}
	return files
}

// String returns the tmpfs as a lab file writes it.
func (m Tmpfs) String() string {
	var o []string
	for _, v := range []struct {
		name string
		base int
		of   rtnl.Opt[uint32]
	}{{"mode", 8, m.Mode}, {"uid", 10, m.UID}, {"gid", 10, m.GID}} {
		if n, ok := v.of.Get(); ok {
			o = append(o, v.name+"="+strconv.FormatUint(uint64(n), v.base))
		}
	}
	if m.Size != "" {
		o = append(o, "size="+m.Size)
	}
	if m.Exec {
		o = append(o, "exec")
	}
	return m.Target + ": " + strings.Join(slices.Clip(o), ",")
}
