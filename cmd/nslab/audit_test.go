package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/audit/rules"
)

var updateAuditDocs = flag.Bool("update-audit-docs", false, "write the rules into docs/audit.md")

// docs/audit.md has the rules of --list, and describes each as nslab does.
func TestAuditDocs(t *testing.T) {
	const file, end = "../../docs/audit.md", "<!-- end of rules -->"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, r := range rules.All() {
		fmt.Fprintf(&b, "\n### %s\n\n%s: %s. Needs: %s.\n\n%s\n\n", r.ID, strings.ToUpper(r.Severity.String()[:1])+r.Severity.String()[1:],
			r.Summary, r.Needs, r.Reason)
		for _, s := range r.Sources {
			fmt.Fprintf(&b, "- %s\n", s)
		}
	}
	b.WriteString("\n")
	head, rest, ok := bytes.Cut(doc, []byte("-update-audit-docs -->\n"))
	listed, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the rules", file)
	}
	if bytes.Equal(listed, b.Bytes()) {
		return
	}
	if !*updateAuditDocs {
		t.Fatalf("the rules in %s are not those of audit --list; run this test with -update-audit-docs", file)
	}
	doc = bytes.Join([][]byte{head, []byte("-update-audit-docs -->\n"), b.Bytes(), []byte(end), tail}, nil)
	if err := os.WriteFile(file, doc, 0o666); err != nil {
		t.Fatal(err)
	}
}

// A report fits the terminal's width.
func TestAuditReportWidth(t *testing.T) {
	r := rules.Report{Lost: []string{strings.Repeat("something was lost ", 9)}, Events: 12345}
	for _, rule := range rules.All() {
		r.Findings = append(r.Findings, rules.Finding{Rule: rule, Severity: rule.Severity, Text: strings.Repeat("what was seen ", 9), Count: 12})
		r.Unchecked = append(r.Unchecked, rules.Unchecked{Rule: rule, Lacks: rules.Options | rules.Room | rules.Errno | rules.Sender})
	}
	var b strings.Builder
	if err := writeAuditText(&b, &r, "exit status 1"); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		// A web address is one word.
		if n := len([]rune(line)) - 1; n > helpWidth && !strings.Contains(line, "://") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, rule := range rules.All() {
		for _, s := range rule.Sources {
			if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), "see "+s) {
				t.Errorf("%s: the source %s is not shown", rule.ID, s)
			}
		}
	}
}
