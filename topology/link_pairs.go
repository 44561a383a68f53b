package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// eachLink calls fn for each link that a link of the file stands for, with its
// two nodes: one, or, with a pattern, one for each node that matches. matched
// is that node, or -1. It stops when fn returns false. Mistakes are reported if
// tell is set; otherwise links with one are left out.
func (p *fileParser) eachLink(spec *linkSpec, tell bool, fn func(nodes [2]int, matched int) bool) {
	pattern := slices.IndexFunc(spec.ends[:], func(e endSpec) bool { return e.pattern })
	if pattern < 0 {
		left, ok := p.nodeOf(&spec.ends[0], scope{}, tell)
		right, good := p.nodeOf(&spec.ends[1], scope{}, tell)
		if ok && good {
			fn([2]int{left, right}, -1)
		}
		return
	}
	e, other := &spec.ends[pattern], &spec.ends[1-pattern]
	spec.pattern = e.node
	none := true
	for i := range p.t.Nodes {
		if !other.varies && i == other.index || !e.matches(p.t.Nodes[i].Name) {
			continue
		}
		none = false
		var nodes [2]int
		var ok bool
		nodes[pattern] = i
		nodes[1-pattern], ok = p.nodeOf(other, p.matchScope(spec, i), tell)
		switch {
		case ok && nodes[0] == nodes[1]:
			if ok = false; tell {
				p.Add(other.at, "", "%q joins node %q, which the pattern %q matches, to itself", plain.Clip(other.node), p.t.Nodes[i].Name, plain.Clip(e.node))
			}
		case ok:
			if !fn(nodes, i) {
				return
			}
		}
		if !ok && tell {
			return // the others have the same mistake, or a similar one
		}
	}
	if none && tell {
		p.Add(e.at, p.nodeHint(e.node), "pattern %q matches no node", plain.Clip(e.node))
	}
}

// matchScope has the variables of a link whose pattern matches a node.
func (p *fileParser) matchScope(spec *linkSpec, node int) scope {
	s := p.t.scopeOf(node)
	s.pattern = spec.pattern
	return s
}

// nodeOf returns the node of an end that is no pattern.
func (p *fileParser) nodeOf(e *endSpec, s scope, tell bool) (int, bool) {
	if !e.varies {
		return e.index, true
	}
	if !tell {
		name, bad := p.replace(e.node, s)
		i, ok := p.nodes[name]
		return i, ok && bad == nil
	}
	if _, bad := p.replace(e.node, s); bad != nil && s.node == "" && strings.HasSuffix(bad.text, "}") {
		p.Add(e.at, `write a pattern at the other end, such as "h*:eth0"`, "%s has no value here", plain.Clip(bad.text))
		return 0, false
	}
	name, ok := p.expand(&yamlNode{at: e.at, text: e.node}, s)
	if !ok {
		return 0, false
	}
	more := ""
	if s.node != "" {
		more = fmt.Sprintf(", the other end for %q", s.node)
	}
	return p.nodeNamed(e.at, name, more)
}

// eths gives names to the interfaces of hosts and routers that the file leaves
// without one.
type eths struct {
	specs []*linkSpec
	named map[ifaceKey]bool // names like ethN that links give; nil before the first use
	next  map[int]int       // by node
}

// nextEth returns the first of eth0, eth1, … that no interface of a node has or
// is given further down in the file.
func (p *fileParser) nextEth(node int) string {
	e := p.eths
	if e.named == nil {
		e.named, e.next = make(map[ifaceKey]bool), make(map[int]int)
		p.findNamed()
	}
	for {
		key := ifaceKey{node, "eth" + strconv.Itoa(e.next[node])}
		e.next[node]++
		if _, taken := p.ifaces[key]; !taken && !e.named[key] {
			return key.iface
		}
	}
}

// findNamed finds the names of interfaces that links give.
func (p *fileParser) findNamed() {
	left, wrong := p.limits.Links, 0
	for _, spec := range p.eths.specs {
		before := left
		p.eachLink(spec, false, func(nodes [2]int, matched int) bool {
			for i := range spec.ends {
				if spec.ends[i].iface == nil {
					continue
				}
				s := p.t.scopeOf(nodes[i])
				if matched >= 0 {
					s = p.matchScope(spec, matched)
				}
				if name, bad := p.replace(spec.ends[i].iface.text, s); bad == nil {
					p.eths.named[ifaceKey{nodes[i], name}] = true
				}
			}
			left--
			return left > 0
		})
		if left == before {
			wrong++
		}
		if left <= 0 || wrong > maxMistakes {
			return // the file is going to be refused
		}
	}
}
