package lab

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nslab/nslab/plan"
)

// Style says how text for people is written.
type Style uint8

const (
	// Plain is text alone.
	Plain Style = iota
	// Coloured shows lines of created things in green, changed in yellow,
	// deleted in red (ECMA-48 escape sequences).
	Coloured
)

var verbColour = [...]string{Create: "\x1b[32m", Delete: "\x1b[31m", Update: "\x1b[33m"}

// paint returns text in the colour of a verb.
func (s Style) paint(v Verb, text string) string {
	if s != Coloured {
		return text
	}
	return verbColour[min(v, Update)] + text + "\x1b[0m"
}

// PlanCounts are the numbers of steps of a plan by what they do.
type PlanCounts struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
}

// Counts counts the steps of a plan.
func (p *Plan) Counts() PlanCounts {
	var c PlanCounts
	for i := range p.Steps {
		switch p.Steps[i].Verb {
		case Create:
			c.Create++
		case Update:
			c.Update++
		case Delete:
			c.Delete++
		}
	}
	return c
}

// words returns what there is of the counts: "3 created, 1 changed".
func (c PlanCounts) words(create, update, del string) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{c.Create, create}, {c.Update, update}, {c.Delete, del}} {
		if p.n > 0 {
			parts = append(parts, strconv.Itoa(p.n)+" "+p.what)
		}
	}
	return strings.Join(parts, ", ")
}

// Done says in words what was done: "12 created, 1 deleted".
func (c PlanCounts) Done() string { return c.words("created", "changed", "deleted") }

// WriteText writes the plan for people, one line for each step: its sign, the
// object, its name, and for a change the old and the new value. The last line
// counts the steps.
func (p *Plan) WriteText(w io.Writer, style Style) error {
	out := bufio.NewWriter(w)
	switch {
	case p.Empty() && len(p.Exec)+len(p.View) > 0:
		fmt.Fprintf(out, "Lab %q matches its file, except for %s:\n", p.Topology.Name, p.Exceptions())
		p.writeNotes(out)
		p.writeForeign(out, style)
		return out.Flush()
	case p.Empty():
		fmt.Fprintf(out, "Lab %q matches its file: nothing to do.\n", p.Topology.Name)
		p.writeForeign(out, style)
		return out.Flush()
	}
	writeSteps(out, style, p.Steps)
	if notes := p.Notes(); len(notes) > 0 {
		fmt.Fprintln(out)
		p.writeNotes(out)
	}
	fmt.Fprintf(out, "\nPlan for lab %q: %s.\n", p.Topology.Name, p.Counts().words("to create", "to change", "to delete"))
	p.writeForeign(out, style)
	return out.Flush()
}

// Exceptions says in words what differs that no step changes, and of which Notes
// tells: "exec lines", "what programs see", or both. It has a meaning for a plan
// with such differences.
func (p *Plan) Exceptions() string {
	switch {
	case len(p.View) == 0:
		return "exec lines"
	case len(p.Exec) == 0:
		return "what programs see"
	}
	return "what programs see, and exec lines"
}

func writeSteps(w io.Writer, style Style, steps []Step) {
	for i := range steps {
		s := &steps[i]
		fmt.Fprintf(w, "  %s\n", style.paint(s.Verb, fmt.Sprintf("%s %-9s %s", s.Verb.Sign(), s.Object, plan.What(s))))
	}
}

// writeForeign writes what differs from a new lab though no file has said
// anything of it.
func (p *Plan) writeForeign(w io.Writer, style Style) {
	if len(p.Foreign) == 0 {
		return
	}
	fmt.Fprint(w, "\nThe file does not mention the following, and a new lab would not have it;\n\"nslab up --prune\" removes or resets it:\n\n")
	writeSteps(w, style, p.Foreign)
}

func (p *Plan) writeNotes(w io.Writer) {
	for _, note := range p.Notes() {
		fmt.Fprintf(w, "  ! %s\n", note)
	}
}

// planJSON is what MarshalJSON writes. A change of what a field means gets a
// new version; new fields do not.
type planJSON struct {
	Version  int           `json:"version"`
	Lab      string        `json:"lab"`
	Changes  []stepJSON    `json:"changes"`
	Summary  PlanCounts    `json:"summary"`
	Warnings []string      `json:"warnings,omitempty"`
	Remade   []Remade      `json:"remade,omitempty"`
	Dropped  []processJSON `json:"dropped,omitempty"`
	Exec     []execJSON    `json:"exec,omitempty"`
	View     []ViewChange  `json:"view,omitempty"`
	Foreign  []stepJSON    `json:"foreign,omitempty"`
}

type processJSON struct {
	PID     int    `json:"pid"`
	Node    string `json:"node"`
	Command string `json:"command"`
}

type execJSON struct {
	Action string `json:"action"`
	Node   string `json:"node"`
	Line   int    `json:"line"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

type stepJSON struct {
	Action string   `json:"action"`
	Object string   `json:"object"`
	Node   string   `json:"node,omitempty"`
	Name   string   `json:"name"`
	Old    string   `json:"old,omitempty"`
	New    string   `json:"new,omitempty"`
	Why    string   `json:"why,omitempty"`
	Lost   []string `json:"lost,omitempty"`
}

func toJSON(s *Step) stepJSON {
	return stepJSON{s.Verb.String(), s.Object, s.Node, s.Name, s.Old, s.New, plan.Why(s), plan.Lost(s)}
}

// MarshalJSON writes the plan for programs, version 1: {"version", "lab",
// "changes": [{"action", "object", "node", "name", "old", "new"}], "summary":
// {"create", "update", "delete"}, "warnings": [text]}. An action is "create",
// "update" or "delete". A change has "lost": [text] if undoing could not make
// these links again. If nodes are recreated, there is "remade": [{"node",
// "why"}], with processes in nodes that are removed "dropped": [{"pid", "node",
// "command"}], and with differences that up does nothing about "exec":
// [{"action", "node", "line", "old", "new"}] and "view": [{"node", "mounts":
// [text]}]. With PlanOptions.Foreign there is
// "foreign", of the same form as "changes".
func (p *Plan) MarshalJSON() ([]byte, error) {
	j := planJSON{Version: 1, Lab: p.Topology.Name, Changes: make([]stepJSON, len(p.Steps)), Summary: p.Counts(), Remade: p.Remade, View: p.View}
	for _, c := range p.Exec {
		j.Exec = append(j.Exec, execJSON{c.Verb.String(), c.Node, c.Line, c.Old, c.New})
	}
	for _, d := range p.Dropped {
		j.Dropped = append(j.Dropped, processJSON{d.PID, d.Node, d.Command})
	}
	for i := range p.Steps {
		j.Changes[i] = toJSON(&p.Steps[i])
	}
	for i := range p.Foreign {
		j.Foreign = append(j.Foreign, toJSON(&p.Foreign[i]))
	}
	for _, w := range p.Warnings {
		j.Warnings = append(j.Warnings, w.Error())
	}
	return json.Marshal(j)
}
