package plan

import (
	"cmp"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// Line returns the line of the file that asks for a step, or 0.
func Line(t *topology.Topology, s *Step) int {
	if s.Verb == Delete {
		return 0
	}
	i := t.NodeIndex(s.Node)
	if i < 0 {
		return 0
	}
	if line := objectOf(s.Object).line; line != nil {
		return line(t, i, s)
	}
	return t.Nodes[i].Line
}

// What returns the text after a step's object in a printed plan: its name and
// node, an update's old and new value, and what undoing could not restore.
func What(s *Step) string {
	text := s.Name
	switch o := objectOf(s.Object); {
	case o.words != nil:
		text = o.words(s)
	case !o.global:
		text += " in " + s.Node
	}
	if s.Verb == Update {
		text += ": " + cmp.Or(s.Old, "(none)") + " -> " + cmp.Or(s.New, "(none)")
	}
	if s.why != "" {
		text += "; " + s.why
	}
	if len(s.lost) > 0 {
		text += "; cannot be restored: " + strings.Join(s.lost, ", ")
	}
	return plain.Text(text)
}

// Why returns why a step deletes something that is there again at the end, or
// would go by itself, "" for other steps.
func Why(s *Step) string { return s.why }

// Lost returns the links that go with a step and that undoing cannot restore,
// in words.
func Lost(s *Step) []string { return s.lost }

// Back returns the operations that undo one operation of a step, in order.
func Back(s *Step, op int) []engine.Op {
	switch {
	case s.make != nil && op == 0:
		return s.make(back)
	case op < len(s.undo):
		return s.undo[op]
	}
	return nil
}

// IsPlain reports whether a step consists only of requests, which are made when
// they are needed.
func IsPlain(s *Step) bool { return s.make != nil }

// StepOf returns a step of operations; undo[i] are the operations that undo
// ops[i]. It is for tests of steps that no plan contains.
func StepOf(s Step, ops []engine.Op, undo [][]engine.Op) Step {
	s.make, s.ops, s.undo = nil, ops, undo
	return s
}
