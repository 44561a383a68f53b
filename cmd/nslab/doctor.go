package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

// A finding is what doctor reports about one thing that nslab needs.
type finding struct {
	Check string `json:"check"`
	// Status is "ok", "warn" for something that works with limits, or "fail".
	Status string `json:"status"`
	Text   string `json:"text"`
	Fix    string `json:"fix,omitempty"`
}

func ok(check, format string, args ...any) finding {
	return finding{Check: check, Status: "ok", Text: fmt.Sprintf(format, args...)}
}

func warn(check, fix, format string, args ...any) finding {
	return finding{check, "warn", fmt.Sprintf(format, args...), fix}
}

func fail(check, fix, format string, args ...any) finding {
	return finding{check, "fail", fmt.Sprintf(format, args...), fix}
}

func (a *app) doctor() *cobra.Command {
	var leftovers bool
	var output string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check whether this machine can run labs; find leftovers",
		Long: `Check whether this machine has what nslab needs, with one line for each check.
If something is missing, the line says what to do. doctor tries out links in a
temporary namespace.

--leftovers looks for namespaces, mounts and files of labs whose state is lost,
and prints the command that removes each. It removes nothing itself.

Exit status: 0 if labs can be built, 1 if not; with --leftovers, 0 if there are
none, 1 if there are.`,
		Args:              arguments(between(0, 0)),
		ValidArgsFunction: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput(cmd, output, "json"); err != nil {
				return err
			}
			if leftovers {
				return a.runLeftovers(cmd, output)
			}
			return runDoctor(cmd, output)
		},
	}
	cmd.Flags().BoolVar(&leftovers, "leftovers", false, "look for remains of labs whose state is lost")
	outputFlag(cmd, &output, "json")
	return cmd
}

func runDoctor(cmd *cobra.Command, output string) error {
	all := examine()
	failed := false
	for _, f := range all {
		failed = failed || f.Status == "fail"
	}
	var err error
	if output == "json" {
		err = writeJSON(cmd.OutOrStdout(), struct {
			Version int       `json:"version"`
			Checks  []finding `json:"checks"`
		}{1, all})
	} else {
		t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		for _, f := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\n", f.Status, f.Check, plain.Text(oneLineOf(f)))
		}
		err = t.Flush()
	}
	if err == nil && failed {
		return &statusError{status: exitFailed}
	}
	return err
}

func oneLineOf(f finding) string {
	if f.Fix == "" {
		return f.Text
	}
	return f.Text + "; " + f.Fix
}

func (a *app) runLeftovers(cmd *cobra.Command, output string) error {
	if os.Geteuid() != 0 {
		// To other users every lab looks broken, and the advice would be to
		// take it down.
		return errors.New("doctor: only root may look into labs: run it as root")
	}
	left, err := lab.Leftovers(a.config())
	if err != nil {
		return fmt.Errorf("doctor: %w", err)
	}
	if output == "json" {
		if left == nil {
			left = []lab.Leftover{}
		}
		err = writeJSON(cmd.OutOrStdout(), struct {
			Version   int            `json:"version"`
			Leftovers []lab.Leftover `json:"leftovers"`
		}{1, left})
	} else if len(left) == 0 {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), "Nothing is left over.")
	} else {
		t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "WHAT\tPATH\tWHY\tTO REMOVE IT")
		for _, l := range left {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.What, plain.Text(l.Path), plain.Text(l.Why), plain.Text(l.Fix))
		}
		err = t.Flush()
	}
	if err == nil && len(left) > 0 {
		return &statusError{status: exitFailed}
	}
	return err
}
