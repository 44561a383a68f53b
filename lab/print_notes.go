package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/iproute"
)

// maxNotes is how many differences Notes tells.
const maxNotes = 20

// Notes returns sentences about what no step shows: why nodes are recreated,
// which processes run in nodes that are removed, what programs in nodes will
// see differently, and which exec lines of the file differ from those that
// nodes were created with. The last sentence of the latter two names the
// command that recreates these nodes.
func (p *Plan) Notes() []string {
	var notes []string
	for _, r := range p.Remade {
		notes = append(notes, fmt.Sprintf("node %q is recreated, with its links: %s", r.Node, r.Why))
	}
	for i := range p.Dropped {
		if i == maxNotes {
			notes = append(notes, fmt.Sprintf("and %d more processes in nodes that are removed", len(p.Dropped)-i))
			break
		}
		notes = append(notes, fmt.Sprintf("process %v: its node is removed, for which up needs --kill", &p.Dropped[i]))
	}
	return append(notes, append(p.viewNotes(), p.execNotes()...)...)
}

// viewNotes say what programs in existing nodes will see.
func (p *Plan) viewNotes() (notes []string) {
	var nodes []string
	for i, c := range p.View {
		nodes = append(nodes, c.Node)
		switch {
		case i < maxNotes:
			notes = append(notes, fmt.Sprintf("node %q: %s", c.Node, strings.Join(c.Mounts, ", ")))
		case i == maxNotes:
			notes = append(notes, fmt.Sprintf("and %d more nodes", len(p.View)-i))
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	return append(notes, "only programs that are started from now on see it so; to recreate nodes, with their links: "+recreate(nodes))
}

// execNotes say which exec lines differ.
func (p *Plan) execNotes() (notes []string) {
	if len(p.Exec) == 0 {
		return nil
	}
	for i, c := range p.Exec {
		if i == maxNotes {
			notes = append(notes, fmt.Sprintf("and %d more exec lines", len(p.Exec)-i))
			break
		}
		notes = append(notes, c.String())
	}
	var nodes []string
	for _, c := range p.Exec {
		nodes = append(nodes, c.Node)
	}
	return append(notes, "exec lines run only when a node is created; to recreate nodes, with their links: "+recreate(slices.Compact(nodes)))
}

// recreate returns the command that recreates nodes.
func recreate(nodes []string) string {
	if len(nodes) > maxNotes {
		nodes = append(nodes[:maxNotes:maxNotes], "NODE...")
	}
	return "nslab up --recreate " + iproute.Quote(strings.Join(nodes, ","))
}

// String says what the difference is.
func (c ExecChange) String() string {
	switch c.Verb {
	case Create:
		return fmt.Sprintf("node %q: exec line %d is new: %q", c.Node, c.Line, c.New)
	case Delete:
		return fmt.Sprintf("node %q: exec line %d is gone: %q", c.Node, c.Line, c.Old)
	}
	return fmt.Sprintf("node %q: exec line %d is %q, and was %q", c.Node, c.Line, c.New, c.Old)
}
