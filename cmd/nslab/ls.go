package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

func (a *app) ls() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the labs on this machine",
		Long: `List the labs on this machine: name, phase, size, age and file. The phase is
creating, up, changing, deleting, broken or unreadable; the last two with the
reason.`,
		Args:              arguments(between(0, 0)),
		ValidArgsFunction: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput(cmd, output, "json"); err != nil {
				return err
			}
			labs, err := lab.List(a.config())
			if err != nil {
				return err
			}
			if output == "json" {
				if labs == nil {
					labs = []lab.Info{}
				}
				return writeJSON(cmd.OutOrStdout(), struct {
					Version int        `json:"version"`
					Labs    []lab.Info `json:"labs"`
				}{1, labs})
			}
			return writeLabs(cmd, labs)
		},
	}
	outputFlag(cmd, &output, "json")
	return cmd
}

func writeLabs(cmd *cobra.Command, labs []lab.Info) error {
	if len(labs) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "There are no labs.")
		return err
	}
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LAB\tPHASE\tNODES\tLINKS\tAGE\tFILE")
	var problems []string
	for _, l := range labs {
		since := "-"
		if !l.Created.IsZero() {
			since = age(time.Since(l.Created))
		}
		source := l.Source
		if source == "" {
			source = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%s\n", l.Name, l.Phase, l.Nodes, l.Links, since, plain.Text(source))
		if l.Problem != "" {
			problems = append(problems, fmt.Sprintf("%s: %s", l.Name, plain.Text(l.Problem)))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(problems) > 0 {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n", strings.Join(problems, "\n"))
		return err
	}
	return nil
}

// age returns a time in its largest unit, or in two units near a change of
// units.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", max(0, int(d/time.Second)))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 2*day:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	}
	return fmt.Sprintf("%dd", int(d/day))
}
