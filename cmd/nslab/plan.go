package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

// exitChanges is plan's exit status if there is something to do.
const exitChanges = 3

// planFlags are the flags of plan.
type planFlags struct {
	lab.UpOptions
	offline, ip, messages bool
	output                string
}

func (a *app) plan() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan [FILE]",
		Short: "Show what up would change, without changing anything",
		Long: `Compare a lab file with the kernel and show what "nslab up" would do, with one
line for each change: + creates, - deletes, ~ changes an old value to a new one.

--ip prints the plan as commands of ip, bridge and sysctl for bash, --messages
as netlink messages. --offline reads only the file, as if nothing of the lab
existed, and needs no privileges.

A line with ! shows an exec line that differs from the one a node was created
with. "nslab up" does not run it; "nslab up --recreate NODE" recreates the node.

--foreign also shows differences from a new lab that no version of the file has
ever mentioned, such as an MTU that was set by hand.

Exit status: 0 nothing to do, 3 there are changes or foreign differences, 1 the
comparison failed, 2 the file is wrong.`,
		Example: `  nslab plan
  nslab plan --offline --ip examples/bridge.yaml | sudo bash -e
  nslab plan -o json lab.yaml | jq .summary`,
		Args:              arguments(between(0, 1)),
		ValidArgsFunction: labFiles(false),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.runPlan(cmd, args, &f) },
	}
	clabFlags(cmd)
	a.nameOption(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&f.offline, "offline", false, "read only the file, not the kernel")
	fl.BoolVar(&f.Prune, "prune", false, "also remove or reset what no file has mentioned")
	fl.BoolVar(&f.Foreign, "foreign", false, "also show differences from a new lab that no file has mentioned")
	fl.BoolVar(&f.NoRefresh, "no-refresh", false, "assume that the lab is as nslab left it; read only the nodes that change")
	fl.BoolVar(&f.Replace, "replace", false, "also change a lab that another file created")
	fl.BoolVar(&f.NoWait, "no-wait", false, "do not wait if another process works on the lab: fail")
	fl.BoolVar(&f.ip, "ip", false, "print commands of ip, bridge and sysctl that do the same")
	fl.BoolVar(&f.messages, "messages", false, "print the netlink messages")
	a.recreateFlag(cmd, &f.UpOptions)
	outputFlag(cmd, &f.output, "json")
	cmd.MarkFlagsMutuallyExclusive("ip", "messages", "output")
	cmd.MarkFlagsMutuallyExclusive("offline", "prune")
	cmd.MarkFlagsMutuallyExclusive("offline", "no-wait")
	cmd.MarkFlagsMutuallyExclusive("offline", "no-refresh")
	cmd.MarkFlagsMutuallyExclusive("offline", "recreate")
	cmd.MarkFlagsMutuallyExclusive("prune", "no-refresh")
	cmd.MarkFlagsMutuallyExclusive("foreign", "offline", "prune")
	cmd.MarkFlagsMutuallyExclusive("foreign", "ip", "messages")
	return cmd
}

func (a *app) runPlan(cmd *cobra.Command, args []string, f *planFlags) error {
	if err := checkOutput(cmd, f.output, "json"); err != nil {
		return err
	}
	t, err := labFile(cmd, args)
	if err != nil {
		return err
	}
	var p *lab.Plan
	if f.offline {
		// If the kernel is not asked, only the file can be wrong.
		if p, err = lab.PlanOffline(t, a.config()); err != nil {
			return usage(err)
		}
	} else if p, err = lab.PlanUp(cmd.Context(), t, a.config(), f.UpOptions); err != nil {
		if isFileWrong(err) {
			return usage(err)
		}
		err = fmt.Errorf("plan: %w", err)
		if errors.Is(err, fs.ErrPermission) {
			err = fmt.Errorf("%w\n--offline needs no privileges and reads only the file", asRoot(err))
		}
		return wrongPattern(err)
	}
	warnOf(cmd.ErrOrStderr(), p.Warnings)
	out := cmd.OutOrStdout()
	switch {
	case f.output == "json":
		err = writeJSON(out, p)
	case f.ip:
		err = p.WriteScript(out)
	case f.messages:
		err = writeMessages(out, p)
	default:
		err = p.WriteText(out, style(out))
	}
	switch {
	case err != nil:
		return fmt.Errorf("plan: %w", err)
	case !p.Empty() || len(p.Foreign) > 0:
		return &statusError{status: exitChanges}
	}
	return nil
}
