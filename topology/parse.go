package topology

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
)

// ParseOptions change what Parse accepts. Nil and the zero value mean the
// defaults.
type ParseOptions struct {
	// Name is the lab's name, whatever the file calls it: several labs can be
	// made of one file. "" means the file's own.
	Name string
	// Limits are the limits of the file.
	Limits Limits
	// Language is a language that the file may be written in, besides that of
	// lab files; nil for none.
	Language Language
	// ReadFile reads a file that startup-config refers to, by its path in the
	// lab file: which daemons a router runs depends on what is in it. The
	// default is ReadText of PathBeside the lab file.
	ReadFile func(path string) (string, error)
}

// Parse reads a lab file. Errors give places as NAME:LINE:COLUMN. Parse needs
// no privileges. Besides data it reads the files that startup-config refers to
// (see ParseOptions.ReadFile) and, for the names in routes, the tables in
// /etc/iproute2.
//
// The error is of type Errors, and has all mistakes of the file at once, up to
// 100. Those about limits match ErrLimit.
func Parse(name string, data []byte, opts *ParseOptions) (*Topology, error) {
	if opts == nil {
		opts = &ParseOptions{}
	}
	limits := opts.Limits.withDefaults()
	m := &Mistakes{file: name}
	if len(data) > limits.Size {
		m.prescan(data, limits)
		return nil, m.err()
	}
	if opts.Name != "" {
		if err := CheckName(opts.Name); err != nil {
			m.Add(Pos{1, 1}, "", "%v", err)
			return nil, m.err()
		}
	}
	text := withoutBOM(data)
	m.src = string(text)
	if !m.prescan(text, limits) {
		return nil, m.err()
	}
	var t *Topology
	before := *m
	root := m.compose(limits)
	if opts.Language != nil && opts.Language.Is(root.withoutItems(), text) {
		*m = before
		t = m.parseOther(name, data, opts)
	} else if root != nil {
		t = &Topology{Path: name, Source: bytes.Clone(data)}
		m.parseTree(t, root, opts)
	}
	if err := m.err(); err != nil || t == nil {
		return nil, err
	}
	t.done()
	return t, nil
}

// parseTree reads a lab file into a Topology.
func (m *Mistakes) parseTree(t *Topology, root *yamlNode, opts *ParseOptions) {
	p := &fileParser{
		Mistakes: m, limits: opts.Limits.withDefaults(), t: t, counts: make(map[string]int), noPrograms: new(Programs),
		readFile: opts.ReadFile, texts: make(map[string]besideText),
	}
	if p.readFile == nil {
		p.readFile = readBeside(filepath.Dir(t.Path))
	}
	t.Name = opts.Name
	p.file(root)
	t.reads = len(p.texts) > 0
}

func withoutBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }

// ParseFile is Parse for a file. It does not read a file that exceeds the limit
// of size. If the file has no name, because it is a pipe for example, the
// Topology's Path describes it and IsFile reports false. Errors other than
// Errors are those of opening and reading the file.
func ParseFile(path string, opts *ParseOptions) (*Topology, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if opts == nil {
		opts = &ParseOptions{}
	}
	limits := opts.Limits.withDefaults()
	if fi, err := f.Stat(); err == nil && fi.Mode().IsRegular() && fi.Size() > int64(limits.Size) {
		m := &Mistakes{file: path}
		m.limit(Pos{1, 1}, "the file has %d bytes; at most %d are allowed", fi.Size(), limits.Size)
		return nil, m.err()
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(limits.Size)+1))
	if err != nil {
		return nil, err
	}
	from := &Topology{Path: path}
	if err := from.came(path, f); err != nil {
		return nil, err
	}
	if opts.ReadFile == nil {
		with := *opts
		with.ReadFile = readBeside(from.Dir())
		opts = &with
	}
	t, err := Parse(path, data, opts)
	if err != nil {
		return nil, err
	}
	t.Path, t.isFile, t.stream = from.Path, from.isFile, from.stream
	return t, nil
}

// fileParser turns a tree of values into a Topology.
type fileParser struct {
	*Mistakes
	limits Limits
	t      *Topology

	ipv6  IPv6Mode // of the lab
	base  layers
	nodes map[string]int // index in t.Nodes
	// noPrograms is shared by the nodes that say nothing about programs.
	noPrograms *Programs
	counts     map[string]int // of nodes with a count, by the name before the number
	// contents are the bytes of all files of nodes so far.
	contents int
	// texts are the files beside the lab file that readFile has read, by path.
	texts    map[string]besideText
	readFile func(path string) (string, error)

	ifaces map[ifaceKey]Pos
	macs   map[[6]byte]Pos

	specs       []*nodeSpec // of t.Nodes
	bridges     []bridgeUse
	firstBridge []int     // index in bridges, of t.Nodes
	links       []linkUse // of t.Links
	eths        *eths
	devs        [][]routeDev // of t.Nodes
	subnets     []*subnet
	waits       []waitAt
	stacked     []stackedInterface
	ports       map[ifaceKey]*listedPort
	members     map[ifaceKey][]member // of those interfaces that have some
}

// file reads the whole file.
func (p *fileParser) file(root *yamlNode) {
	if root.kind != yamlMapping {
		p.Add(root.at, cmp.Or(root.colonHint(isKey(secLab)), "begin with name: and nodes:"), "a lab file is a mapping, not %s", root.kind)
		return
	}
	f := p.fields(root, secLab)
	p.labKeys(root, f)
	p.readLayers(f)
	p.roomForNodes(f["nodes"])
	if n := f["nodes"]; n != nil && len(n.keys) > 0 {
		for i, k := range n.keys {
			if p.Full() {
				return
			}
			p.node(k, n.items[i])
		}
	} else if n != nil || !mentions(root, "nodes") {
		p.Add(root.at, "add nodes:", "the lab has no nodes")
	}
	if n := f["links"]; n != nil {
		p.roomForLinks(len(n.items))
		p.allLinks(n.items)
	}
	p.checkUses()
	p.checkWaits()
}

// mentions reports whether a mapping has a key, even with a wrong value.
func mentions(n *yamlNode, name string) bool {
	for _, k := range n.keys {
		if k.text == name {
			return true
		}
	}
	return false
}

func (p *fileParser) labKeys(root *yamlNode, f fields) {
	given := p.t.Name
	if n := f["name"]; n == nil {
		if !mentions(root, "name") && given == "" {
			p.Add(root.at, "add name:", "the lab has no name")
		}
	} else if err := CheckName(n.text); err != nil {
		p.Add(n.at, "", "name is %q; use 1 to 32 of a-z, 0-9 and \"-\", not beginning with \"-\"", plain.Clip(n.text))
	} else {
		p.t.Name = n.text
	}
	if given != "" {
		p.t.renamed = p.t.Name != given || f["name"] == nil
		p.t.Name = given
	}
	if p.t.Name != "" {
		p.t.Prefix = p.t.Name + "-"
	}
	if n := f["prefix"]; n != nil {
		text, _ := p.expand(n, scope{})
		p.t.Prefix = text
		if bad := badName(text); text != "" && bad != "" {
			p.Add(n.at, "", "prefix %s; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or a digit", bad)
			p.t.Prefix = ""
		}
	}
	p.ipv6, _ = mode(f["ipv6"])
	if n := f["hosts"]; n != nil {
		switch word(findKey(secLab, "hosts"), n.text) {
		case "false":
			p.t.Hosts = HostsOff
		case "etc":
			p.t.Hosts = HostsEtc
		}
	}
}

// badName says what is wrong with a text as a node's name, or returns "".
func badName(s string) string {
	if s == "" {
		return "is empty"
	}
	for i, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case r != '_' && r != '.' && r != '-':
			return fmt.Sprintf("contains %q", r)
		case i == 0:
			return fmt.Sprintf("begins with %q", r)
		}
	}
	return ""
}

// checkNodeName reports a name that a node cannot have. suffix is the highest
// number that a count puts after it.
func (p *fileParser) checkNodeName(k *yamlNode, suffix string) bool {
	if bad := badName(k.text); bad != "" {
		hint := colonHint(k.text, nil)
		if strings.Contains(k.text, "${") {
			hint = "variables stand in values, not in names"
		}
		p.Add(k.at, hint, "node name %q %s; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or a digit", plain.Clip(k.text), bad)
		return false
	}
	var bad *nsfs.NameError
	if err := nsfs.CheckName(p.t.Prefix + k.text + suffix); errors.As(err, &bad) {
		p.Add(k.at, "", "namespace %q of node %q: the name %s", plain.Clip(p.t.Prefix+k.text+suffix), plain.Clip(k.text), bad.Reason)
		return false
	}
	return true
}
