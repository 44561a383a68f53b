package lab

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/topology"
)

// Remade is a node that is recreated, with its links.
type Remade struct {
	Node string `json:"node"`
	// Why says what makes that necessary.
	Why string `json:"why"`
}

// An ExecChange is an exec line of the file that differs from the one that a node was
// created with.
type ExecChange struct {
	Node string
	// Verb is Create for a line that the file has more, Delete for one that it has
	// not any more, Update for one that it has otherwise.
	Verb Verb
	// Line is the line's number among those of the node, from 1: of the old ones where
	// the verb is Delete.
	Line int
	// Old and New are the line, "" where there is none.
	Old, New string
}

// remakes plans the removal of existing nodes that have to be recreated. What
// follows finds them missing.
func (p *planner) remakes() {
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if p.w.nodes[n.Name] == nil {
			continue
		}
		why := "as requested"
		if !slices.ContainsFunc(p.opts.Recreate, func(pattern string) bool { return matches(pattern, n.Name) }) {
			why = whyRemade(n, p.w.journal.of(n.Name))
		}
		if why != "" {
			p.remade = append(p.remade, Remade{n.Name, why})
			p.removeNode(n.Name)
		}
	}
}

func isRemade(remade []Remade, node string) bool {
	return slices.ContainsFunc(remade, func(r Remade) bool { return r.Node == node })
}

// matches reports whether a pattern that checkPatterns knows to be good matches.
func matches(pattern, name string) bool {
	ok, _ := path.Match(pattern, name)
	return ok
}

// checkPatterns returns an error for a pattern that is bad, or that no node matches.
func checkPatterns(t *topology.Topology, patterns []string) error {
	for _, pattern := range patterns {
		if err := topology.CheckPattern(pattern); err != nil {
			return err
		}
		if !slices.ContainsFunc(t.Nodes, func(n topology.Node) bool { return matches(pattern, n.Name) }) {
			return fmt.Errorf("%w: the file of lab %q has no node that matches %q; it has %s", ErrNoNode, t.Name, pattern, nodesListed(t))
		}
	}
	return nil
}

// nodesListed names the nodes, for an error.
func nodesListed(t *topology.Topology) string {
	names := make([]string, 0, maxListed)
	for i := range t.Nodes {
		if i == maxListed {
			return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), len(t.Nodes)-i)
		}
		names = append(names, t.Nodes[i].Name)
	}
	return strings.Join(names, ", ")
}

// whyRemade says why an existing node has to be recreated for its exec lines, ""
// if it has not.
func whyRemade(n *topology.Node, made *nodeLines) string {
	if made == nil {
		return ""
	}
	if i := made.begun(); i >= 0 {
		return fmt.Sprintf("an earlier up was interrupted or undone at its exec line %d, %q", i+1, made.lines[i])
	}
	if done := made.done(); done < len(made.lines) && !startsWith(n.Exec, made.lines[:done]) {
		return fmt.Sprintf("an earlier up was interrupted after %d of its %d exec lines, which have changed since", done, len(made.lines))
	}
	return ""
}

func startsWith(lines, start []string) bool {
	return len(lines) >= len(start) && slices.Equal(lines[:len(start)], start)
}

// execs runs the exec lines of nodes that are new, and those that an interrupted run
// has not come to.
func (p *planner) execs() {
	var v *view
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		if len(n.Exec) == 0 {
			continue
		}
		done := 0
		if !p.made[n.Name] {
			made := p.w.journal.of(n.Name)
			if made == nil || made.done() == len(made.lines) {
				continue
			}
			done = made.done()
		}
		for k, line := range n.Exec[done:] {
			if v == nil {
				whole := p.t.Whole()
				v = newView(p.cfg, p.cfg.spaces(whole.Name), whole)
			}
			number := done + k + 1
			s := Step{Verb: Create, Object: "exec", Node: n.Name, Name: strconv.Itoa(number) + " " + line}
			s.exec = &execLine{view: v, node: v.t.NodeIndex(n.Name), number: number, line: line}
			s.op(n.Name, s.exec)
			p.add(s)
		}
	}
}

// execChanges are the differences between the file and the lines that nodes were made
// with, but for those that a plan makes.
func (p *Plan) execChanges(j *journal) []ExecChange {
	var all []ExecChange
	for i := range p.Topology.Nodes {
		n := &p.Topology.Nodes[i]
		made := j.of(n.Name)
		if p.made[n.Name] || made == nil && len(n.Exec) == 0 {
			continue
		}
		var old []string
		if made != nil {
			if made.done() < len(made.lines) {
				continue // the rest of the file's is run
			}
			old = made.lines
		}
		all = append(all, diffLines(n.Name, old, n.Exec)...)
	}
	return all
}

// diffLines compares two lists: what is between their common beginning and their common
// end is changed line by line.
func diffLines(node string, old, now []string) []ExecChange {
	start := 0
	for start < min(len(old), len(now)) && old[start] == now[start] {
		start++
	}
	end := 0
	for end < min(len(old), len(now))-start && old[len(old)-1-end] == now[len(now)-1-end] {
		end++
	}
	old, now = old[start:len(old)-end], now[start:len(now)-end]
	var all []ExecChange
	for i := range max(len(old), len(now)) {
		c := ExecChange{Node: node, Line: start + i + 1}
		switch {
		case i >= len(old):
			c.Verb, c.New = Create, now[i]
		case i >= len(now):
			c.Verb, c.Old = Delete, old[i]
		default:
			c.Verb, c.Old, c.New = Update, old[i], now[i]
		}
		all = append(all, c)
	}
	return all
}

// nextJournal returns what is to be written down before a plan is carried out, nil where
// that is what is written.
func (s *session) nextJournal(p *Plan) *journal {
	next, same := newJournal(), true
	for _, n := range s.journal.nodes {
		known := p.Topology.NodeIndex(n.node) >= 0 || slices.ContainsFunc(s.old, func(t *topology.Topology) bool { return t.NodeIndex(n.node) >= 0 })
		if p.made[n.node] || !known {
			same = false
			continue
		}
		next.add(&nodeLines{node: n.node, lines: n.lines, states: slices.Clone(n.states)})
	}
	if len(next.nodes) > 0 && slices.ContainsFunc(p.Steps, func(s Step) bool { return s.removesNode() && next.of(s.Node) != nil }) {
		same = false // undoing would have to write it down
	}
	seen := make(map[string]bool)
	for i := p.firstLine(); i < len(p.Steps); i++ {
		node, number := p.Steps[i].Node, p.Steps[i].exec.number
		if seen[node] {
			continue
		}
		seen[node], same = true, false
		have := next.of(node)
		n := newLines(node, p.Topology.Node(node).Exec)
		setStates(n.states[:number-1], lineDone)
		if isRemade(p.Remade, node) {
			n.states[0] = lineBegun // the old one may still be there
		}
		if have != nil {
			*have = *n
		} else {
			next.add(n)
		}
	}
	if same {
		return nil
	}
	return next
}

// intendLines writes down what exec lines are going to run, before anything is done.
func (s *session) intendLines(p *Plan) error {
	next := s.nextJournal(p)
	if next == nil {
		return nil
	}
	if err := s.writeJournal(next, s.journal); err != nil {
		return errors.Join(err, next.close())
	}
	s.journalWas, s.journal = s.journal, next
	return nil
}

// runLine runs an exec line, and writes down that it has begun and that it is done.
func (s *session) runLine(ctx context.Context, a *execLine, node string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	n := s.journal.of(node)
	if err := s.journal.mark(n, a.number-1, lineBegun); err != nil {
		return err
	}
	if err := a.Do(ctx, s.engine, node); err != nil {
		return err
	}
	return s.journal.mark(n, a.number-1, lineDone)
}

// spoilLines writes down, before a run is undone, which nodes undoing does not bring back
// as their lines left them: those that the run has removed, those whose processes it has begun to end, and
// those in which it has run lines. What these started is ended, and what else they did
// stays or is gone.
func (s *session) spoilLines(steps []Step, ran *engine.Progress) error {
	if s.journalWas == nil {
		return nil
	}
	s.spoilt = make(map[string]bool)
	for _, node := range s.ending {
		s.spoilt[node] = true
	}
	for i := range steps {
		if a := steps[i].exec; a != nil && a.group != 0 || steps[i].removesNode() && ran.Begun(i) {
			s.spoilt[steps[i].Node] = true
		}
	}
	return s.journal.spoil(s.spoilt)
}

func (s *Step) removesNode() bool { return s.Verb == Delete && s.Object == "namespace" }

// spoil marks nodes that have to be recreated.
func (j *journal) spoil(nodes map[string]bool) error {
	for _, n := range j.nodes {
		if nodes[n.node] {
			if err := j.mark(n, 0, lineBegun); err != nil {
				return err
			}
		}
	}
	return nil
}

// disagreeLines brings back what was written down of exec lines before this run, but for
// nodes that are no longer what they were.
func (s *session) disagreeLines() error {
	if s.journalWas == nil {
		return nil
	}
	if err := s.journalWas.spoil(s.spoilt); err != nil {
		return err
	}
	if len(s.journalWas.nodes) == 0 && !s.journalWas.written {
		return s.remove(journalFile)
	}
	return s.rename(journalBefore, journalFile)
}
