package topology

import (
	"fmt"
	"path"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// An endSpec is an end of a linkSpec: NODE:IFACE, NODE, NODE/BRIDGE:PORT or
// NODE/BRIDGE, where NODE may be a pattern.
type endSpec struct {
	at      Pos
	text    string // NODE or NODE/BRIDGE
	node    string
	pattern bool
	index   int // of the node, unless it is a pattern
	bridge  string
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
	if e.node == "host" {
		p.Add(v.at, "", `node "host", the machine's own namespace, is not supported yet`)
		return e, false
	}
	if e.pattern = strings.ContainsAny(e.node, `*?[\`); e.pattern {
		if CheckPattern(e.node) != nil {
			p.Add(v.at, "", "pattern %q: %s", plain.Clip(e.node), patternFault(e.node))
			return e, false
		}
		return e, true
	}
	i, ok := p.nodes[e.node]
	if !ok {
		p.Add(v.at, p.nodeHint(e.node), "no node %q", plain.Clip(e.node))
		return e, false
	}
	e.index = i
	return e, true
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
	case n.Kind != Switch && spec.bridge != "":
		p.Add(spec.at, "write kind: bridge, or NODE:IFACE", "node %q is a %s and has no bridges", n.Name, n.Kind)
		return bridge, false
	case n.Kind != Switch && spec.iface == nil:
		p.Add(spec.at, fmt.Sprintf("write %s:IFACE", spec.text), "endpoint %q has no interface, and %q is not a bridge", plain.Clip(spec.text), n.Name)
		return bridge, false
	case n.Kind == Switch && spec.bridge == "" && len(n.Bridges) != 1:
		if len(n.Bridges) > 1 { // with none, there was a mistake
			p.Add(spec.at, fmt.Sprintf("write %s/%s", spec.node, n.Bridges[0].Name), "node %q has %d bridges", n.Name, len(n.Bridges))
		}
		return bridge, false
	case n.Kind == Switch && spec.bridge == "":
		bridge = p.firstBridge[e.Node]
	case n.Kind == Switch:
		for i := range n.Bridges {
			if n.Bridges[i].Name == spec.bridge {
				bridge = p.firstBridge[e.Node] + i
			}
		}
		if bridge < 0 {
			p.Add(spec.at, didYouMean(spec.bridge, func(yield func(string) bool) {
				for i := range n.Bridges {
					if !yield(n.Bridges[i].Name) {
						return
					}
				}
			}), "node %q has no bridge %q", n.Name, plain.Clip(spec.bridge))
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
