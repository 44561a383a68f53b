package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

func (a *app) ps() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "ps [LAB ...]",
		Short: "List the processes that labs keep in their nodes",
		Long: `List the processes that the files of labs keep in their nodes: the state, the
number of the first process, how often it was started again, its memory besides
files, and the time since it was started last. Without a LAB, ps lists those of
all labs.

The state is running, ready or "not ready" after its healthcheck, which ps runs
once, stopped by "nslab stop", or ended, with its exit status if it has a
restart policy: otherwise nobody has seen that. PID is -
if the first process has ended and something that it started runs.`,
		Example: `  nslab ps
  nslab ps seed -o json`,
		ValidArgsFunction: a.labsOnlyArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOutput(cmd, output, "json"); err != nil {
				return err
			}
			all, err := a.programs(cmd, args)
			if err != nil {
				return err
			}
			if output == "json" {
				if all == nil {
					all = []lab.Program{}
				}
				return writeJSON(cmd.OutOrStdout(), struct {
					Version   int           `json:"version"`
					Processes []lab.Program `json:"processes"`
				}{1, all})
			}
			return writePrograms(cmd, all)
		},
	}
	outputFlag(cmd, &output, "json")
	return cmd
}

// labsOnlyArgs offers labs for each argument.
func (a *app) labsOnlyArgs(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	names, _ := a.labsOrFiles(cmd, args, word)
	return names, noFiles
}

// programs returns the processes of labs, or of all. Of a lab that cannot be
// read they are left out if it was not named.
func (a *app) programs(cmd *cobra.Command, names []string) (all []lab.Program, err error) {
	named := len(names) > 0
	if !named {
		labs, err := lab.List(a.config())
		if err != nil {
			return nil, err
		}
		for _, l := range labs {
			names = append(names, l.Name)
		}
	}
	for _, name := range names {
		l, err := lab.Open(name, a.config())
		if err != nil {
			if !named {
				tell(cmd.ErrOrStderr(), "warning: %v", err)
				continue
			}
			if errors.Is(err, lab.ErrNoLab) {
				err = usage(fmt.Errorf("%w; %s", err, a.labsThatAre()))
			}
			return nil, err
		}
		programs, err := l.Programs(cmd.Context())
		if err := errors.Join(err, l.Close()); err != nil {
			return nil, err
		}
		all = append(all, programs...)
	}
	return all, nil
}

func writePrograms(cmd *cobra.Command, all []lab.Program) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "There are no processes.")
		return err
	}
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LAB\tNODE\tPROCESS\tSTATE\tPID\tRESTARTS\tMEMORY\tSINCE")
	var problems []string
	for _, p := range all {
		pid, since, memory := "-", "-", "-"
		state := string(p.State)
		if p.Exit != "" {
			state += ": " + p.Exit
		}
		if p.PID != 0 {
			pid = strconv.Itoa(p.PID)
		}
		if p.Processes > 0 {
			memory = fmt.Sprintf("%.1f MiB", float64(p.Memory)/(1<<20))
			if !p.Started.IsZero() {
				since = age(time.Since(p.Started))
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", p.Lab, p.Node, p.Name, state, pid, p.Restarts, memory, since)
		if p.Problem != "" {
			problems = append(problems, fmt.Sprintf("%s/%s/%s: %s", p.Lab, p.Node, p.Name, plain.Text(p.Problem)))
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
