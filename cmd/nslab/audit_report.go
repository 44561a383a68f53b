package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nslab/nslab/audit/rules"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// auditVersion is the version of the JSON that audit writes.
const auditVersion = 1

// writeRules lists rules.
func writeRules(w io.Writer, list []*rules.Rule, output string) error {
	if output == "json" {
		return writeJSON(w, struct {
			Version int           `json:"version"`
			Rules   []*rules.Rule `json:"rules"`
		}{auditVersion, list})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tSEVERITY\tFINDS")
	for _, r := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.ID, r.Severity, r.Summary)
	}
	return t.Flush()
}

// wrap writes words in lines of at most helpWidth columns. A longer word has
// its own line.
func wrap(b *strings.Builder, first, indent, text string) {
	line := first
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == first || line == indent:
			line += word
		case len([]rune(line))+1+len([]rune(word)) > helpWidth:
			b.WriteString(line + "\n")
			line = indent + word
		default:
			line += " " + word
		}
	}
	b.WriteString(line + "\n")
}

// whose says in which process and at which event something was found.
func whose(f *rules.Finding) string {
	var b strings.Builder
	if f.Process.PID != 0 {
		fmt.Fprintf(&b, "%s/%d, ", plain.Text(f.Process.Program), f.Process.PID)
	}
	if f.Socket.NetNS != "" {
		b.WriteString(plain.Text(f.Socket.NetNS) + ", ")
	}
	b.WriteString("event " + strconv.Itoa(f.Event))
	return b.String()
}

// writeAuditText writes a report for people: for each rule, what it found, why
// that is a mistake, and where to read more.
func writeAuditText(w io.Writer, r *rules.Report, status string) error {
	var b strings.Builder
	type group struct {
		rule     *rules.Rule
		severity rules.Severity
	}
	var seen = map[group]bool{}
	for i := range r.Findings {
		g := group{r.Findings[i].Rule, r.Findings[i].Severity}
		if seen[g] {
			continue
		}
		seen[g] = true
		wrap(&b, "", "  ", fmt.Sprintf("%s %s: %s", g.severity, g.rule.ID, g.rule.Summary))
		for k := range r.Findings {
			if f := &r.Findings[k]; f.Rule == g.rule && f.Severity == g.severity {
				text := whose(f) + ": " + plain.Text(f.Text)
				if f.Count > 1 {
					text += fmt.Sprintf(" (%d times)", f.Count)
				}
				wrap(&b, "  - ", "    ", text)
			}
		}
		wrap(&b, "  ", "  ", g.rule.Reason)
		for _, s := range g.rule.Sources {
			wrap(&b, "  see ", "      ", s)
		}
		b.WriteString("\n")
	}
	writeAuditSummary(&b, r, status)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeAuditSummary(b *strings.Builder, r *rules.Report, status string) {
	errs, warnings, hints := r.Count(rules.Error), r.Count(rules.Warning), r.Count(rules.Hint)
	text := plural(errs+warnings, "finding")
	if hints > 0 {
		text += ", " + plural(hints, "hint")
	}
	text += " in " + plural(r.Events, "event")
	if r.Processes > 0 {
		text += " of " + plural(r.Processes, "process")
	}
	wrap(b, "", "  ", text)
	if r.Dropped > 0 {
		wrap(b, "", "  ", fmt.Sprintf("%d more findings are not shown", r.Dropped))
	}
	if status != "" {
		wrap(b, "", "  ", "the program ended with "+status)
	}
	for _, text := range r.Lost {
		wrap(b, "", "  ", "not recorded: "+plain.Text(text))
	}
	for _, u := range r.Unchecked {
		wrap(b, "", "  ", fmt.Sprintf("not checked: %s: the recording lacks %s", u.Rule.ID, u.Lacks))
	}
}

// plural writes a number of things.
func plural(n int, what string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(what, "s"):
		what += "es"
	default:
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// foundJSON is a finding in JSON.
type foundJSON struct {
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	Text     string         `json:"text"`
	Count    int            `json:"count"`
	Event    int            `json:"event"`
	Time     string         `json:"time,omitempty"`
	Program  string         `json:"program,omitempty"`
	PID      int            `json:"pid,omitempty"`
	NetNS    string         `json:"netns,omitempty"`
	Protocol string         `json:"protocol"`
	PortID   uint32         `json:"port_id,omitempty"`
	Reason   string         `json:"reason"`
	Sources  []string       `json:"sources"`
}

type uncheckedJSON struct {
	Rule  string      `json:"rule"`
	Lacks rules.Needs `json:"lacks"`
}

// writeAuditJSON writes a report for programs.
func writeAuditJSON(w io.Writer, r *rules.Report, status string) error {
	out := struct {
		Version     int             `json:"version"`
		Findings    []foundJSON     `json:"findings"`
		Errors      int             `json:"errors"`
		Warnings    int             `json:"warnings"`
		Hints       int             `json:"hints"`
		Events      int             `json:"events"`
		Datagrams   int             `json:"datagrams"`
		Processes   int             `json:"processes,omitempty"`
		Program     string          `json:"program_ended_with,omitempty"`
		NotShown    int             `json:"findings_not_shown,omitempty"`
		NotRecorded []string        `json:"not_recorded,omitempty"`
		Unchecked   []uncheckedJSON `json:"not_checked"`
	}{
		Version: auditVersion, Findings: []foundJSON{}, Errors: r.Count(rules.Error), Warnings: r.Count(rules.Warning),
		Hints: r.Count(rules.Hint), Events: r.Events, Datagrams: r.Datagrams, Processes: r.Processes, Program: status,
		NotShown: r.Dropped, NotRecorded: r.Lost, Unchecked: []uncheckedJSON{},
	}
	for _, f := range r.Findings {
		j := foundJSON{
			Rule: f.Rule.ID, Severity: f.Severity, Text: f.Text, Count: f.Count, Event: f.Event, Program: f.Process.Program,
			PID: f.Process.PID, NetNS: f.Socket.NetNS, Protocol: nlspec.ProtocolName(f.Socket.Protocol), PortID: f.Socket.PortID,
			Reason: f.Rule.Reason, Sources: f.Rule.Sources,
		}
		if !f.Time.IsZero() {
			j.Time = f.Time.Format(time.RFC3339Nano)
		}
		out.Findings = append(out.Findings, j)
	}
	for _, u := range r.Unchecked {
		out.Unchecked = append(out.Unchecked, uncheckedJSON{u.Rule.ID, u.Lacks})
	}
	return writeJSON(w, out)
}
