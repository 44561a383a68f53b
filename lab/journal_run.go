package lab

import (
	"context"
	"errors"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/topology"
)

// nextJournal returns what is to be written down before a plan is carried out,
// nil where that is what is written.
func (s *session) nextJournal(p *Plan) *labdir.Journal {
	next, same := labdir.NewJournal(), true
	for _, n := range s.journal.Nodes {
		known := p.Topology.NodeIndex(n.Node) >= 0 || slices.ContainsFunc(s.old, func(t *topology.Topology) bool { return t.NodeIndex(n.Node) >= 0 })
		if p.made[n.Node] || !known {
			same = false
			continue
		}
		next.Set(n.Clone())
	}
	if len(next.Nodes) > 0 && slices.ContainsFunc(p.Steps, func(s Step) bool { return removesNode(&s) && next.Of(s.Node) != nil }) {
		same = false // undoing would have to write it down
	}
	seen := make(map[string]bool)
	for i := p.firstProgram(); i < len(p.Steps); i++ {
		node, line := p.Steps[i].Node, execOf(&p.Steps[i])
		if line == nil || seen[node] {
			continue
		}
		seen[node], same = true, false
		n := labdir.NewLines(node, p.Topology.Node(node).Exec, line.number-1)
		if plan.IsRemade(p.Remade, node) {
			n.Spoil() // the old one may still be there
		}
		next.Set(n)
	}
	if same {
		return nil
	}
	return next
}

// intendLines writes down what exec lines are going to run, before anything is
// done.
func (s *session) intendLines(p *Plan) error {
	next := s.nextJournal(p)
	if next == nil {
		return nil
	}
	if err := s.WriteJournal(next, s.journal); err != nil {
		return errors.Join(err, next.Close())
	}
	s.journalWas, s.journal = s.journal, next
	return nil
}

// runLine runs an exec line, and writes down that it has begun and that it is
// done.
func (s *session) runLine(ctx context.Context, a *execLine, node string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := s.journal.Begin(node, a.number); err != nil {
		return err
	}
	if err := a.Do(ctx, s.engine, node); err != nil {
		return err
	}
	return s.journal.End(node, a.number)
}

// spoilLines writes down, before a run is undone, which nodes undoing does not
// bring back as their lines left them: those that the run has removed, those
// whose processes it has begun to end, and those in which it has run lines.
// What these started is ended, and what else they did stays or is gone.
func (s *session) spoilLines(steps []Step, ran *engine.Progress) error {
	if s.journalWas == nil {
		return nil
	}
	s.spoilt = make(map[string]bool)
	for _, node := range s.ending {
		s.spoilt[node] = true
	}
	for i := range steps {
		if a := execOf(&steps[i]); a != nil && a.group != 0 || removesNode(&steps[i]) && ran.Begun(i) {
			s.spoilt[steps[i].Node] = true
		}
	}
	return s.journal.Spoil(s.spoilt)
}

// removesNode reports whether a step removes a node.
func removesNode(s *Step) bool { return s.Verb == Delete && s.Object == "namespace" }

// disagreeLines brings back what was written down of exec lines before this
// run, but for nodes that are no longer what they were.
func (s *session) disagreeLines() error {
	if s.journalWas == nil {
		return nil
	}
	if err := s.journalWas.Spoil(s.spoilt); err != nil {
		return err
	}
	return s.RestoreJournal(s.journalWas)
}
