package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is the number of columns of a help text.
const helpWidth = 80

// helpGroups are the commands in the order in which nslab's help lists them.
var helpGroups = []struct {
	title string
	verbs []string
}{
	{"Start here", []string{"demo", "doctor"}},
	{"Labs", []string{"up", "down", "run", "plan", "ls", "inspect", "exec", "shell", "ping", "ps", "logs", "start", "stop", "restart", "impair", "validate", "convert", "schema"}},
	{"The commands of ip, bridge and brctl", []string{"ip", "bridge", "brctl", "batch", "netns", "link", "addr", "route", "neigh", "rule", "monitor"}},
	{"Netlink traffic", []string{"decode", "trace", "audit", "watch"}},
	{"Other", []string{"completion", "help", "version"}},
}

// writeUsage writes the usage of a command, within helpWidth columns. It uses
// no template: nothing else needs text/template, and a larger program starts
// more slowly.
func writeUsage(w io.Writer, cmd *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND [OPTION ...]\n", cmd.CommandPath())
	} else {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd == cmd.Root() {
		for _, g := range helpGroups {
			fmt.Fprintf(&b, "\n%s:\n", g.title)
			for _, name := range g.verbs {
				if verb, _, err := cmd.Find([]string{name}); err == nil && verb != cmd {
					fmt.Fprintf(&b, "  %-11s %s\n", name, verb.Short)
				}
			}
		}
	} else {
		for i, verb := range cmd.Commands() {
			if i == 0 {
				b.WriteString("\nCommands:\n")
			}
			if verb.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-11s %s\n", verb.Name(), verb.Short)
			}
		}
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nOptions:\n%s", flags.FlagUsagesWrapped(helpWidth))
	}
	if flags := cmd.InheritedFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nOptions of every command:\n%s", flags.FlagUsagesWrapped(helpWidth))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nSee \"%s COMMAND --help\" for more about a command.\n", cmd.CommandPath())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
