package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

func (a *app) down() *cobra.Command {
	var opts lab.DownOptions
	var all bool
	cmd := &cobra.Command{
		Use:   "down [LAB|FILE ...]",
		Short: "Take labs down, in whatever state they are",
		Long: `Take labs down by name or by file. Without an argument, down takes the lab of
lab.yaml or nslab.yaml in this directory, or of the only file there whose name
ends in .clab.yml or .clab.yaml, or else the only lab there is. It also works
for a lab that is half built, was changed by hand, or has lost its state. It
touches nothing that does not belong to the lab. --name NAME is
for a lab that "up --name" has made: a FILE, which is not needed, is its file.

down ends the processes that the file has started. If others run in a lab, down
lists them, leaves the lab up, and exits with 1. --kill ends them first.

Naming a file whose lab is not up is not an error. Naming a lab that does not
exist is one (exit status 2).`,
		Example: `  nslab down seed
  nslab down --kill --grace 2s examples/bridge.yaml
  nslab down --all --wait`,
		Args: arguments(func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return errors.New("--all takes no names")
			}
			return nil
		}),
		ValidArgsFunction: a.labsOrFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("grace") {
				if !opts.Kill {
					return usage(errors.New("down: --grace needs --kill"))
				}
				if opts.Grace <= 0 {
					return usage(fmt.Errorf("down: --grace %s: use a time above 0", opts.Grace))
				}
			}
			targets, err := a.downTargets(cmd, args, all)
			if err != nil {
				return err
			}
			return a.runDown(cmd, targets, opts)
		},
	}
	fl := cmd.Flags()
	a.nameOption(cmd)
	fl.BoolVar(&all, "all", false, "take down every lab on this machine")
	fl.BoolVar(&opts.Kill, "kill", false, "end the processes in the lab first: SIGTERM, then SIGKILL after the grace period")
	fl.DurationVar(&opts.Grace, "grace", 0, "`TIME` from SIGTERM to SIGKILL (default 5s)")
	fl.BoolVar(&opts.Wait, "wait", false, "wait until the kernel has cleaned up the namespaces")
	fl.BoolVar(&opts.NoWait, "no-wait", false, "do not wait if another process works on the lab: fail")
	cmd.MarkFlagsMutuallyExclusive("all", nameFlag)
	return cmd
}

// A downTarget is a lab to take down. If it was named by a file, it may already
// be down.
type downTarget struct {
	name     string
	fromFile bool
}

func (a *app) downTargets(cmd *cobra.Command, args []string, all bool) ([]downTarget, error) {
	var targets []downTarget
	add := func(t downTarget) {
		if !slices.ContainsFunc(targets, func(o downTarget) bool { return o.name == t.name }) {
			targets = append(targets, t)
		}
	}
	labs, err := lab.List(a.config())
	if err != nil {
		return nil, err
	}
	if all {
		for _, l := range labs {
			add(downTarget{l.Name, true})
		}
		return targets, nil
	}
	name, err := labName(cmd)
	switch {
	case err != nil:
		return nil, err
	case name == "":
	case len(args) == 0:
		return []downTarget{{name, true}}, nil
	case len(args) > 1 || !isFile(args[0]):
		return nil, usage(fmt.Errorf("down: --%s %s takes one FILE, or nothing", nameFlag, name))
	}
	if len(args) == 0 {
		if name, err := labFileName(cmd, nil); name == "" && len(labs) == 1 {
			return []downTarget{{name: labs[0].Name}}, nil
		} else if err != nil {
			return nil, usage(fmt.Errorf("down: which lab? %s", a.labsThatAre()))
		}
		t, err := labFile(cmd, nil)
		if err != nil {
			return nil, err
		}
		return []downTarget{{t.Name, true}}, nil
	}
	for _, arg := range args {
		if name == "" && slices.ContainsFunc(labs, func(l lab.Info) bool { return l.Name == arg }) {
			add(downTarget{name: arg})
			continue
		}
		if !isFile(arg) {
			return nil, usage(fmt.Errorf("down: %q is neither a lab nor a file; %s", arg, a.labsThatAre()))
		}
		t, err := labFile(cmd, []string{arg})
		if cmd.Context().Err() != nil {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%w\na lab can be taken down by its name too; %s", err, a.labsThatAre())
		}
		add(downTarget{t.Name, true})
	}
	return targets, nil
}

// isFile reports whether an argument means a file.
func isFile(arg string) bool {
	if arg == "-" || strings.ContainsRune(arg, filepath.Separator) || strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml") {
		return true
	}
	_, err := os.Stat(arg)
	return err == nil
}

// runDown takes labs down, and goes on if one fails.
func (a *app) runDown(cmd *cobra.Command, targets []downTarget, opts lab.DownOptions) error {
	out := &printer{w: cmd.OutOrStdout()}
	if len(targets) == 0 {
		out.printf("There are no labs.\n")
	}
	messages := a.watch.messages(cmd.ErrOrStderr())
	opts.OnUnseen = func(e *lab.UnseenError) { tell(messages, "warning: %v", e) }
	var errs []error
	for _, t := range targets {
		start := time.Now()
		err := lab.Down(cmd.Context(), t.name, a.config(), opts)
		switch {
		case err == nil && opts.Wait:
			out.printf("Lab %q is down, and the kernel has cleaned up, in %s.\n", t.name, took(start))
		case err == nil:
			out.printf("Lab %q is down in %s.\n", t.name, took(start))
		case errors.Is(err, lab.ErrNoLab):
			// Another process may have been faster.
			out.printf("Lab %q is not up: nothing to do.\n", t.name)
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, out.err)...)
}
