package lab

import (
	"github.com/nslab/nslab/internal/labdir"
)

// An ExecChange is a difference between an exec line of the file and the one
// that a node was created with.
type ExecChange struct {
	// Node is the node's name.
	Node string
	// Verb is Create for a line that is only in the file, Delete for one that
	// is no longer in it, Update for one that is different there.
	Verb Verb
	// Line is the line's number among the node's exec lines, from 1; with
	// Delete, among the old ones.
	Line int
	// Old and New are the lines, "" if there is none.
	Old, New string
}

// execChanges are the differences between the file and the lines that nodes
// were made with, but for those that a plan makes.
func (p *Plan) execChanges(j *labdir.Journal) []ExecChange {
	var all []ExecChange
	for i := range p.Topology.Nodes {
		n := &p.Topology.Nodes[i]
		made := j.Of(n.Name)
		if p.made[n.Name] || made == nil && len(n.Exec) == 0 {
			continue
		}
		var old []string
		if made != nil {
			if made.Done() < len(made.Lines) {
				continue // the rest of the file's is run
			}
			old = made.Lines
		}
		all = append(all, diffLines(n.Name, old, n.Exec)...)
	}
	return all
}

// diffLines compares two lists: what is between their common beginning and
// their common end is changed line by line.
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
