package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A nodeSpec is a node of the file; with a count it makes many nodes.
type nodeSpec struct {
	key    *yamlNode
	kind   NodeKind
	group  string
	in     inherited
	fixed  *Node      // what all nodes of a count share if there are no variables
	devs   []routeDev // of fixed
	ipv6   IPv6Mode
	lan    []*bridgeSpec
	ifaces []*interfaceSpec
	procs  []*processSpec
	ready  readySpec
	varies bool // variables or patterns make the nodes of its count differ
	wrong  bool // its kind is a mistake, so mistakes that follow from it are not reported
}

// node reads a node of the file and makes its nodes.
func (p *fileParser) node(k, v *yamlNode) {
	own := p.fields(v, secNode)
	spec := &nodeSpec{key: k, wrong: own["kind"] != nil}
	p.checkNames(own)
	spec.wrong = spec.wrong && own["kind"] == nil
	spec.kind, spec.group, spec.in = p.base.of(own)
	suffix := ""
	count := own["count"]
	n := int(own.integer("count", 1))
	if count != nil {
		suffix = strconv.Itoa(n)
	}
	switch {
	case !p.checkNodeName(k, suffix):
		return
	case k.text == "host" && count == nil:
		p.Add(k.at, "", `node name "host" is reserved for the machine's own namespace`)
		return
	case len(p.t.Nodes)+n > p.limits.Nodes:
		p.limit(k.at, "with %d of %q the lab has %d nodes; at most %d are allowed", n, k.text, len(p.t.Nodes)+n, p.limits.Nodes)
		return
	}
	spec.ipv6 = p.ipv6
	if m, ok := mode(spec.in.one("ipv6")); ok {
		spec.ipv6 = m
	}
	p.readBridges(spec, own)
	p.readInterfaces(spec)
	p.readProcesses(spec)
	spec.varies = spec.hasVariables() || spec.hasPatterns() || spec.kind.program() != nil
	if count == nil {
		p.addNode(spec, k.text, 1)
		return
	}
	p.counts[k.text] = n
	for i := 1; i <= n; i++ {
		if !p.addNode(spec, k.text+strconv.Itoa(i), i) {
			return
		}
	}
}

func (p *fileParser) addNode(spec *nodeSpec, name string, ordinal int) bool {
	if i, taken := p.nodes[name]; taken {
		p.Add(spec.key.at, "", "node %q already exists, on line %d", name, p.t.Nodes[i].Line)
		return false
	}
	i := len(p.t.Nodes)
	p.nodes[name] = i
	n, devs := p.shared(spec, name, ordinal)
	n.Name, n.Ordinal = name, ordinal
	p.t.Nodes = append(p.t.Nodes, n)
	p.devs = append(p.devs, devs)
	p.specs = append(p.specs, spec)
	p.addBridges(spec, i)
	p.addInterfaces(spec, i)
	return true
}

// shared returns what the nodes of a count have in common, or a separate node
// if they differ.
func (p *fileParser) shared(spec *nodeSpec, name string, ordinal int) (Node, []routeDev) {
	if spec.fixed != nil {
		return *spec.fixed, spec.devs
	}
	s := scope{node: name, index: ordinal}
	places := &nodePlaces{}
	routes, devs := p.readRoutes(spec, s, places)
	n := Node{
		Kind: spec.kind, Group: spec.group, IPv6: spec.ipv6, Line: int(spec.key.at.Line),
		Addresses: p.readAddresses(spec.in.items("addresses"), s, spec.ipv6),
		Routes:    routes,
		Sysctls:   p.readSysctls(spec.in, s, places),
		Programs:  p.readPrograms(spec, s, places),
		places:    places,
	}
	if !spec.varies {
		spec.fixed, spec.devs = &n, devs
	}
	return n, devs
}

// hasVariables reports whether a value of the node contains "${".
func (spec *nodeSpec) hasVariables() bool {
	return slices.ContainsFunc(spec.in, func(f fields) bool {
		for _, v := range f {
			if v.hasVariables() {
				return true
			}
		}
		return false
	})
}

func (n *yamlNode) hasVariables() bool {
	if n == nil {
		return false
	}
	return strings.Contains(n.text, "${") || slices.ContainsFunc(n.keys, (*yamlNode).hasVariables) ||
		slices.ContainsFunc(n.items, (*yamlNode).hasVariables)
}

// readAddresses reads the addresses of a device that is not an end of a link.
func (p *fileParser) readAddresses(items []*yamlNode, s scope, ipv6 IPv6Mode) []netip.Prefix {
	var all []netip.Prefix
	for _, v := range items {
		a, ok := p.readAddress(v, s, "an address")
		if !ok {
			continue
		}
		if a.Addr().Is6() && ipv6 == IPv6Off {
			p.Add(v.at, "leave the address out, or write ipv6: auto", "address %s, but ipv6 is off here", a)
			continue
		}
		if slices.ContainsFunc(all, func(b netip.Prefix) bool { return a.Addr() == b.Addr() }) {
			p.Add(v.at, "", "address %s occurs twice", a.Addr())
			continue
		}
		all = append(all, a)
	}
	return all
}

// nodeHint suggests what may have been meant by the name of an unknown node.
func (p *fileParser) nodeHint(name string) string {
	if p.Full() {
		return ""
	}
	if n, ok := p.counts[name]; ok {
		return fmt.Sprintf("with its count it is %s1 to %s%d, or %s* for all", name, name, n, name)
	}
	return didYouMean(name, func(yield func(string) bool) {
		for i := range p.t.Nodes {
			if !yield(p.t.Nodes[i].Name) {
				return
			}
		}
	})
}
