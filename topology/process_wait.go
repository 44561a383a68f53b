package topology

import (
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// waitAt is a wait-for with its place.
type waitAt struct {
	WaitFor
	at Pos
}

// checkWaits reports what is waited for and does not exist, and what waits for
// itself, by whatever way.
func (p *fileParser) checkWaits() {
	known := make(map[WaitFor]bool)
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		known[WaitFor{n.Name, ""}] = true
		for k := range n.Processes {
			known[WaitFor{n.Name, n.Processes[k].Name}] = true
		}
	}
	said := make(map[waitAt]bool)
	for _, w := range p.waits {
		if known[w.WaitFor] || said[w] {
			continue
		}
		said[w] = true
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
