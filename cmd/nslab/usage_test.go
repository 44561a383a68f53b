package main

import (
	"io"
	"strings"
	"testing"
)

// Errors of the command line are in nslab's words, not in those of the packages
// that read it, for each command.
func TestUsageErrors(t *testing.T) {
	for line, want := range map[string]string{
		"ping a b c":                          "nslab: ping: one argument too many: \"c\"; usage: nslab ping",
		"ping":                                "nslab: ping: an argument is missing; usage: nslab ping",
		"up a b":                              "nslab: up: one argument too many: \"b\"; usage: nslab up",
		"ls x":                                "nslab: ls: it takes no arguments, but got \"x\"; usage: nslab ls",
		"shell":                               "nslab: shell: an argument is missing; usage: nslab shell",
		"exec -j x l/a true":                  "nslab: exec: --jobs \"x\": the flag wants a whole number; see \"nslab exec --help\"",
		"exec --jobs 9e9 l/a true":            "nslab: exec: --jobs \"9e9\": the flag wants a whole number",
		"up --prune=x":                        "nslab: up: --prune \"x\": the flag wants true or false",
		"exec -j 99999999999999999999 a true": "nslab: exec: --jobs \"99999999999999999999\": it is out of range",
	} {
		var out, errs strings.Builder
		status := run("nslab", strings.Fields(line), strings.NewReader(""), &out, &errs)
		if status != exitUsage || !strings.HasPrefix(errs.String(), want) {
			t.Errorf("%s: status %d, %s", line, status, errs.String())
		}
	}
	// No command passes on messages of cobra and strconv.
	for _, cmd := range (&app{}).root().Commands() {
		for _, args := range []string{"zz b c d e", "--netns", "-c x", "-j x", "--prune=x", "-i x"} {
			words := append([]string{cmd.Name()}, strings.Fields(args)...)
			if cmd.Name() == "demo" || cmd.Hidden {
				continue
			}
			if cmd.Name() == "help" && args == "zz b c d e" {
				continue // its arguments are commands, and unknown
			}
			var errs strings.Builder
			run("nslab", words, strings.NewReader(""), io.Discard, &errs)
			for _, bad := range []string{"arg(s)", "strconv", "unknown command"} {
				if strings.Contains(errs.String(), bad) {
					t.Errorf("%q: %s", words, errs.String())
				}
			}
		}
	}
}

// For a shell script given to batch, the error says how to run it.
func TestBatchOfAShell(t *testing.T) {
	for script, want := range map[string]string{
		"set -e\nip link\n":                      "\"set\" is shell syntax",
		"for i in 1 2\ndo\nip link\ndone\n":      "\"for\" is shell syntax",
		"for i in 1 2; do\nip link\ndone\n":      "';' is special in a shell",
		"A=1\nip link\n":                         "\"A=1\" is shell syntax",
		"ip link show lo | grep x\n":             "'|' is special in a shell",
		"ip link set lo up && ip link show lo\n": "'&' is special in a shell",
	} {
		var errs strings.Builder
		status := run("nslab", []string{"batch", "-"}, strings.NewReader(script), io.Discard, &errs)
		if status == 0 || !strings.Contains(errs.String(), want) || !strings.Contains(errs.String(), "as/ip && PATH=$PWD/as:$PATH sh SCRIPT") {
			t.Errorf("%q: status %d\n%s", script, status, errs.String())
		}
	}
	var errs strings.Builder
	if run("nslab", []string{"batch", "-"}, strings.NewReader("ip nonsense\n"), io.Discard, &errs); strings.Contains(errs.String(), "SCRIPT") {
		t.Errorf("%s", errs.String())
	}
}
