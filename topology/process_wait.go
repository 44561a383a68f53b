package topology

import (
	"path"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// waitAt is a wait-for with its place, and the node or process that waits.
type waitAt struct {
	WaitFor
	at Pos
	by WaitFor
}

// maxWaits is how many waits there may be in a file with patterns: those of a
// thousand nodes each of which waits for 500 others.
const maxWaits = 500_000

// resolveWaits puts what patterns match in the place of patterns. A node or
// process waits for it as well as for what its names say, but not for itself.
func (p *fileParser) resolveWaits() {
	if !slices.ContainsFunc(p.waits, func(w waitAt) bool { return w.isPattern() }) {
		return
	}
	var all []waitAt
	var by WaitFor
	var seen map[WaitFor]bool              // what by waits for
	matches := make(map[WaitFor][]WaitFor) // by pattern
	for _, w := range p.waits {
		if !w.isPattern() {
			all = append(all, w)
			continue
		}
		found, known := matches[w.WaitFor]
		if !known {
			found = p.matchWait(&w)
			matches[w.WaitFor] = found
		}
		n := &p.t.Nodes[p.nodes[w.by.Node]]
		r := &n.Ready
		if w.by.Process != "" {
			r = &n.Process(w.by.Process).Ready
		}
		if seen == nil || by != w.by {
			by, seen = w.by, make(map[WaitFor]bool)
			for _, to := range r.WaitFor {
				seen[to] = true
			}
		}
		for _, to := range found {
			if seen[to] || w.by.contains(to) {
				continue
			}
			if len(all) >= maxWaits {
				p.limit(w.at, "wait-for: there are more than %d waits", maxWaits)
				p.waits = nil
				return
			}
			seen[to] = true
			all = append(all, waitAt{to, w.at, w.by})
			r.WaitFor = append(r.WaitFor, to)
		}
	}
	p.waits = all
}

// hasPatterns reports whether what a node or one of its processes waits for has
// patterns, so that each node of a count waits for others.
func (spec *nodeSpec) hasPatterns() bool {
	is := func(v *yamlNode) bool { return isPattern(v.text) }
	return slices.ContainsFunc(spec.ready.waits, is) ||
		slices.ContainsFunc(spec.procs, func(ps *processSpec) bool { return slices.ContainsFunc(ps.waits, is) })
}

func (w WaitFor) isPattern() bool { return strings.ContainsAny(w.Node+w.Process, `*?[\`) }

// contains reports whether waiting for to is, for what waits, waiting for
// itself.
func (w WaitFor) contains(to WaitFor) bool {
	return w.Node == to.Node && (w.Process == "" || to.Process == "" || w.Process == to.Process)
}

// matchWait returns what a pattern matches. It reports a mistake, and returns
// nil, if that is nothing.
func (p *fileParser) matchWait(w *waitAt) (found []WaitFor) {
	for _, pattern := range []string{w.Node, w.Process} {
		if CheckPattern(pattern) != nil {
			p.Add(w.at, "", "wait-for: pattern %q: %s", plain.Clip(pattern), patternFault(pattern))
			return nil
		}
	}
	nodes := false
	node := endSpec{node: w.Node}
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if !node.matches(n.Name) {
			continue
		}
		nodes = true
		if w.Process == "" {
			found = append(found, WaitFor{n.Name, ""})
			continue
		}
		for k := range n.Processes {
			if ok, _ := path.Match(w.Process, n.Processes[k].Name); ok {
				found = append(found, WaitFor{n.Name, n.Processes[k].Name})
			}
		}
	}
	switch {
	case !nodes:
		p.Add(w.at, p.nodeHint(w.Node), "wait-for: pattern %q matches no node", plain.Clip(w.Node))
	case found == nil:
		p.Add(w.at, "", "wait-for: pattern %q matches no process", plain.Clip(w.String()))
	}
	return found
}

// checkWaits reports what is waited for and does not exist, and what waits for
// itself, by whatever way.
func (p *fileParser) checkWaits() {
	p.resolveWaits()
	known := make(map[WaitFor]bool)
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		known[WaitFor{n.Name, ""}] = true
		for k := range n.Processes {
			known[WaitFor{n.Name, n.Processes[k].Name}] = true
		}
	}
	type place struct {
		WaitFor
		at Pos
	}
	said := make(map[place]bool)
	for _, w := range p.waits {
		if known[w.WaitFor] || said[place{w.WaitFor, w.at}] {
			continue
		}
		said[place{w.WaitFor, w.at}] = true
		i, there := p.nodes[w.Node]
		if !there {
			p.Add(w.at, p.nearWait(w.WaitFor, nil), "wait-for: no node %q", plain.Clip(w.Node))
			continue
		}
		p.Add(w.at, p.nearWait(w.WaitFor, &p.t.Nodes[i]), "wait-for: node %q has no process %q", w.Node, plain.Clip(w.Process))
	}
	p.checkCircle()
}

// checkCircle looks for a circle of waits. A node is begun with once what it
// waits for is ready, and is ready once its processes are; a process is begun
// with once its node is, which is the node with a process "begin" here.
func (p *fileParser) checkCircle() {
	if len(p.waits) == 0 {
		return
	}
	begin := func(node string) WaitFor { return WaitFor{node, "\x00begin"} }
	needs := func(w WaitFor) []WaitFor {
		i, ok := p.nodes[w.Node]
		if !ok {
			return nil
		}
		n := &p.t.Nodes[i]
		switch {
		case w == begin(n.Name):
			return n.WaitFor
		case w.Process == "":
			all := []WaitFor{begin(n.Name)}
			for k := range n.Processes {
				all = append(all, WaitFor{n.Name, n.Processes[k].Name})
			}
			return all
		}
		all := []WaitFor{begin(n.Name)}
		if proc := n.Process(w.Process); proc != nil {
			all = append(all, proc.WaitFor...)
		}
		return all
	}
	const (
		open = 1
		done = 2
	)
	state := make(map[WaitFor]int)
	var path []WaitFor
	var visit func(w WaitFor) bool
	visit = func(w WaitFor) bool {
		switch state[w] {
		case done:
			return false
		case open:
			for path[0] != w {
				path = path[1:]
			}
			return true
		}
		state[w] = open
		path = append(path, w)
		for _, n := range needs(w) {
			if visit(n) {
				return true
			}
		}
		path = path[:len(path)-1]
		state[w] = done
		return false
	}
	for _, w := range p.waits {
		if visit(w.WaitFor) {
			p.addCircle(path)
			return
		}
	}
}

// addCircle reports a circle at the first place that asks for one of its waits.
func (p *fileParser) addCircle(path []WaitFor) {
	in := make(map[WaitFor]bool)
	var words []string
	for _, w := range path {
		if strings.HasPrefix(w.Process, "\x00") {
			w.Process = ""
		}
		in[w] = true
		if text := w.String(); len(words) == 0 || words[len(words)-1] != text {
			words = append(words, text)
		}
	}
	for _, w := range p.waits {
		if in[w.WaitFor] {
			p.Add(w.at, "", "wait-for: what waits for itself is never ready: %s", strings.Join(words, ", "))
			return
		}
	}
}
