package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

func (a *app) inspect() *cobra.Command {
	var flag, output string
	formats := []string{"wide", "json", "yaml"}
	cmd := &cobra.Command{
		Use:   "inspect [LAB [NODE ...]]",
		Short: "Show the state of a lab in the kernel",
		Long: `Show a lab as it is in the kernel, whatever its file says: its nodes with the
numbers of their links, routes, neighbours, FDB entries and firewall rules, and
their interfaces with addresses and the other end of each link. -o wide shows
routes, neighbours, bridges, ports and counters too; -o json and -o yaml have
everything.

LAB may be left out if there is only one lab, or given by -l or $NSLAB_LAB;
LAB/NODE names both. A count of firewall rules that cannot be read is shown as
?, in JSON as -1, with the reason.`,
		Example: `  nslab inspect
  nslab inspect seed bridge -o wide
  nslab inspect seed -o json | jq '.nodes[].interfaces[].peer'`,
		ValidArgsFunction: a.labThenNodes,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := checkOutput(cmd, output, formats...); err != nil {
				return err
			}
			name, nodes, err := inspectArgs(args, flag)
			if err != nil {
				return usage(fmt.Errorf("inspect: %w", err))
			}
			l, err := a.openLab(name, flag)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, l.Close()) }()
			in, err := l.Inspect(cmd.Context(), nodes...)
			if errors.Is(err, lab.ErrNoNode) {
				return usage(fmt.Errorf("%w; %s", err, a.nodesThatAre(l.Name()+"/", "")))
			}
			if err != nil {
				return err
			}
			return writeInspection(cmd.OutOrStdout(), in, output)
		},
	}
	a.labFlag(cmd, &flag)
	outputFlag(cmd, &output, formats...)
	return cmd
}

// inspectArgs reads [LAB] [NODE ...] and LAB/NODE. With -l, all are nodes.
func inspectArgs(args []string, flag string) (name string, nodes []string, err error) {
	for _, arg := range args {
		if arg == "" || strings.HasPrefix(arg, "/") {
			return "", nil, fmt.Errorf("%q does not name a lab", arg)
		}
	}
	if flag == "" && len(args) > 0 && !strings.Contains(args[0], "/") {
		name, args = args[0], args[1:]
	}
	for _, arg := range args {
		l, node, full := strings.Cut(arg, "/")
		if !full {
			nodes = append(nodes, arg)
			continue
		}
		if name == "" && flag == "" {
			name = l
		}
		if l != name && l != flag {
			return "", nil, fmt.Errorf("%s and another lab: name only one lab", arg)
		}
		nodes = append(nodes, node)
	}
	return name, nodes, nil
}

func writeInspection(w io.Writer, in *lab.Inspection, format string) error {
	switch format {
	case "json":
		return writeJSON(w, in)
	case "yaml":
		return writeYAML(w, in)
	case "wide":
		return in.WriteWide(w)
	}
	return in.WriteText(w)
}
