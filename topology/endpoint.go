package topology

import (
	"fmt"
	"path"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// An endSpec is an end of a linkSpec: NODE:IFACE, NODE, NODE/BRIDGE:PORT or
// NODE/BRIDGE, where NODE may be a pattern or contain variables.
type endSpec struct {
	at      Pos
	text    string // NODE or NODE/BRIDGE
	node    string
	pattern bool
	varies  bool   // the node's name contains variables
	index   int    // of the node, if there is only one
	bridge  string // may contain variables
	// iface is nil for a generated name. It may contain variables.
	iface *yamlNode
}

// readEndpoint splits an endpoint, and finds its node.
func (p *fileParser) readEndpoint(v *yamlNode) (endSpec, bool) {
	e := endSpec{at: v.at}
	node, iface, hasIface := strings.Cut(v.text, ":")
	e.text = node
	if hasIface {
		if iface == "" {
			p.Add(v.at, "write NODE:IFACE", "endpoint %q has no interface after its colon", plain.Clip(v.text))
			return e, false
		}
		e.iface = &yamlNode{kind: yamlScalar, at: v.at, text: iface}
	}
	var hasBridge bool
	e.node, e.bridge, hasBridge = strings.Cut(node, "/")
	if hasBridge && e.bridge == "" || e.node == "" {
		p.Add(v.at, "write NODE:IFACE, or NODE/BRIDGE:PORT", "endpoint is %q", plain.Clip(v.text))
		return e, false
	}
	e.pattern, e.varies = isPattern(e.node), strings.Contains(e.node, "${")
	switch {
	case e.pattern && e.varies:
		p.Add(v.at, "write the pattern at one end, and variables at the other", "endpoint %q is a pattern and contains variables", plain.Clip(v.text))
		return e, false
	case e.varies:
		return e, true
	case e.pattern:
		if CheckPattern(e.node) != nil {
			p.Add(v.at, "", "pattern %q: %s", plain.Clip(e.node), patternFault(e.node))
			return e, false
		}
		return e, true
	}
	var ok bool
	e.index, ok = p.nodeNamed(v.at, e.node, "")
	return e, ok
}

// isPattern reports whether a node's name is a pattern. The characters in
// variables do not count, such as the "*" in ${INDEX*2}.
func isPattern(name string) bool {
	for {
		before, rest, found := strings.Cut(name, "${")
		if strings.ContainsAny(before, `*?[\`) {
			return true
		}
		if _, name, _ = strings.Cut(rest, "}"); !found {
			return false
		}
	}
}

// nodeNamed finds a node, and reports one that is not there, with more to say.
func (p *fileParser) nodeNamed(at Pos, name, more string) (int, bool) {
	if name == "host" {
		p.Add(at, "", `node "host", the machine's own namespace, is not supported yet`)
		return 0, false
	}
	i, ok := p.nodes[name]
	if !ok {
		p.Add(at, p.nodeHint(name), "no node %q%s", plain.Clip(name), more)
	}
	return i, ok
}

// matches reports whether a pattern matches a node's name. It uses path.Match,
// where "*" matches any text, because names contain no slash.
func (e *endSpec) matches(name string) bool {
	if prefix, ok := strings.CutSuffix(e.node, "*"); ok && !strings.ContainsAny(prefix, `*?[\`) {
		return strings.HasPrefix(name, prefix)
	}
	ok, _ := path.Match(e.node, name)
	return ok
}

// resolveEnd gives an end its bridge and its name, or "" if the name is to be
// generated. It returns the index of the bridge, or -1.
func (p *fileParser) resolveEnd(spec *endSpec, e *Endpoint, s scope) (bridge int, ok bool) {
	n := &p.t.Nodes[e.Node]
	bridge = -1
	switch {
	case p.specs[e.Node].wrong:
		return bridge, false
	case spec.bridge != "" && len(n.Bridges) == 0:
		if n.Kind != Switch { // otherwise there was a mistake
			p.Add(spec.at, "write kind: bridge, or NODE:IFACE", "node %q is a %s and has no bridges", n.Name, n.Kind)
		}
		return bridge, false
	case n.Kind == Switch && spec.bridge == "":
		own := p.ownBridges(e.Node)
		if own > 1 {
			p.Add(spec.at, fmt.Sprintf("write %s/%s", plain.Clip(spec.node), n.Bridges[0].Name), "node %q has %d bridges", n.Name, own)
		}
		if own != 1 { // with none, there was a mistake
			return bridge, false
		}
		bridge = p.firstBridge[e.Node]
	case spec.bridge != "":
		name, ok := p.expand(&yamlNode{at: spec.at, text: spec.bridge}, s)
		if !ok {
			return bridge, false
		}
		for i := range n.Bridges {
			if n.Bridges[i].Name == name {
				bridge = p.firstBridge[e.Node] + i
			}
		}
		if bridge < 0 {
			p.Add(spec.at, didYouMean(name, func(yield func(string) bool) {
				for i := range n.Bridges {
					if !yield(n.Bridges[i].Name) {
						return
					}
				}
			}), "node %q has no bridge %q", n.Name, plain.Clip(name))
			return bridge, false
		}
	}
	if bridge >= 0 {
		e.Bridge = n.Bridges[p.bridges[bridge].bridge].Name
	}
	if spec.iface != nil {
		if e.Iface, ok = p.expand(spec.iface, s); !ok {
			return bridge, false
		}
	}
	return bridge, true
}

// ownBridges is how many bridges a node has because of its kind, before those
// under interfaces.
func (p *fileParser) ownBridges(node int) (n int) {
	for i := range p.t.Nodes[node].Bridges {
		if !p.bridges[p.firstBridge[node]+i].spec.listed {
			n++
		}
	}
	return n
}
