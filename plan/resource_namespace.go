package plan

import (
	"fmt"
	"path"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/topology"
)

var namespaceResource = resource{
	objects: []object{{name: "namespace", global: true}},
	stages: []stage{
		{name: "namespace.recreate", plan: (*planner).remakes},
		{name: "namespace.create", plan: (*planner).namespaces, needs: []need{
			{"namespace.recreate", "one that is recreated is removed first"},
		}},
		// Whatever fails before it leaves them.
		{name: "namespace.remove", last: true, plan: (*planner).namespacesGo, needs: []need{
			{"name.remove", "a name leads to the namespace"},
		}},
	},
}

// namespacesGo plans the removal of namespaces that earlier files asked for and
// this one does not.
func (p *planner) namespacesGo() {
	var gone []string
	for name := range p.w.Nodes {
		if p.t.NodeIndex(name) < 0 {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	for _, name := range gone {
		p.removeNode(name)
	}
	for _, name := range p.w.Stubs {
		if p.t.NodeIndex(name) < 0 { // else it has a namespace again by now
			s := Step{Verb: Delete, Object: "namespace", Node: name, Name: name}
			s.op("", &engine.NetNSDel{Name: name})
			p.add(s)
		}
	}
}

// removeNode removes a namespace. Links to nodes that stay are removed first:
// the kernel would do it too, but some time later.
func (p *planner) removeNode(name string) {
	n := p.w.Nodes[name]
	var names []string
	for l := range n.Links {
		names = append(names, l)
	}
	slices.Sort(names)
	for _, l := range names {
		if have := n.Links[l]; have != nil && have.Kind == "veth" && have.PeerNode != name && p.w.Nodes[have.PeerNode] != nil {
			p.deleteLink(name, have, "")
		}
	}
	s := Step{Verb: Delete, Object: "namespace", Node: name, Name: name}
	s.op("", &engine.NetNSDel{Name: name})
	s.takeBack(0, p.restoreNode(n)...)
	for _, l := range names {
		if have := n.Links[l]; have != nil && have.Index != live.LoopbackIndex && !p.isFromNew(have) && !restorable(have) {
			s.lost = append(s.lost, lostWords(name, have))
		}
	}
	p.add(s)
	delete(p.w.Nodes, name)
}

func (p *planner) namespaces() {
	for _, i := range p.madeOrder() {
		name := p.t.Nodes[i].Name
		links := p.places.Wanted(p.t, i)
		if p.w.Nodes[name] != nil {
			for k := range links {
				if !links[k].Done() {
					s := Step{Verb: Create, Object: "name", Node: name, Name: links[k].At}
					s.op(name, &links[k])
					s.undoOp("", &nodename.Removal{Name: links[k]})
					p.add(s)
				}
			}
			continue
		}
		s := Step{Verb: Create, Object: "namespace", Node: name, Name: p.t.NetNSName(i)}
		if IsRemade(p.remade, name) {
			// A NetNSAdd may be carried out before the old one is gone.
			s.op(name, &bindNode{name})
		} else {
			s.op(name, &engine.NetNSAdd{Name: name})
		}
		s.undoOp("", &engine.NetNSDel{Name: name})
		for k := range links {
			if IsRemade(p.remade, name) && links[k].Done() {
				continue // it leads to the new one
			}
			s.op(name, &links[k])
			s.undoOp("", &nodename.Removal{Name: links[k]})
		}
		s.do(p.portsBegin(name)...)
		p.add(s)
		p.made[name] = true
		n := &live.Node{Name: name, Links: make(map[string]*live.Link), Sysctls: p.fresh, NextIndex: 2}
		n.Links["lo"] = &live.Link{Name: "lo", Index: live.LoopbackIndex, IsNew: true}
		for _, d := range p.devices {
			n.Links[d.Name] = live.NewLink(d)
			n.NextIndex = max(n.NextIndex, d.Index+1)
		}
		p.w.Nodes[name] = n
	}
}

// remakes plans the removal of existing nodes that have to be recreated. What
// follows finds them missing.
func (p *planner) remakes() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if p.w.Nodes[n.Name] == nil {
			continue
		}
		why := "as requested"
		if !slices.ContainsFunc(p.opts.Recreate, func(pattern string) bool { return matchesPattern(pattern, n.Name) }) {
			why = whyRemade(n, p.journal.Of(n.Name))
		}
		if why != "" {
			p.remade = append(p.remade, Remade{n.Name, why})
			p.removeNode(n.Name)
		}
	}
}

// IsRemade reports whether a node is among those that are recreated.
func IsRemade(remade []Remade, node string) bool {
	return slices.ContainsFunc(remade, func(r Remade) bool { return r.Node == node })
}

// matchesPattern reports whether a pattern, which is a good one, matches.
func matchesPattern(pattern, name string) bool {
	ok, _ := path.Match(pattern, name)
	return ok
}

// whyRemade says why an existing node has to be recreated for its exec lines,
// "" if it has not.
func whyRemade(n *topology.Node, made *labdir.NodeLines) string {
	if made == nil {
		return ""
	}
	if i := made.Begun(); i >= 0 {
		return fmt.Sprintf("an earlier up was interrupted or undone at its exec line %d, %q", i+1, made.Lines[i])
	}
	if done := made.Done(); done < len(made.Lines) && !startsWith(n.Exec, made.Lines[:done]) {
		return fmt.Sprintf("an earlier up was interrupted after %d of its %d exec lines, which have changed since", done, len(made.Lines))
	}
	return ""
}

func startsWith(lines, start []string) bool {
	return len(lines) >= len(start) && slices.Equal(lines[:len(start)], start)
}

// Remade is a node that is recreated, with its links.
type Remade struct {
	// Node is the node's name.
	Node string `json:"node"`
	// Why says why this is necessary.
	Why string `json:"why"`
}
