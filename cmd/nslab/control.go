package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

// control returns the commands that start and stop processes.
func (a *app) control() []*cobra.Command {
	return []*cobra.Command{
		a.controlCommand("start", lab.StartPrograms, "started", "Start processes of a lab's nodes", `Start the processes of nodes that do not run, and return when they are ready.`),
		a.controlCommand("stop", lab.StopPrograms, "stopped", "Stop processes of a lab's nodes", `Stop the processes of nodes, each by its stop-signal, and after its stop-timeout
by SIGKILL. They stay stopped: "nslab up" does not start them, "nslab start"
does.`),
		a.controlCommand("restart", lab.RestartPrograms, "started", "Start processes of a lab's nodes again", `Stop the processes of nodes that run, start all, and return when they are ready.`),
	}
}

func (a *app) controlCommand(name string, what lab.Control, done, short, long string) *cobra.Command {
	var flag string
	cmd := &cobra.Command{
		Use:   name + " [LAB/]NODE[/PROCESS] ...",
		Short: short,
		Long: long + `

NODE means all processes that the lab's file has for it. With -l or $NSLAB_LAB
the lab may be left out; also if only one lab has such a node.

Exit status: 0 all is done, 1 something failed or is not ready, 2 there is no
such process.`,
		Example:           "  nslab " + name + " seed/web\n  nslab " + name + " -l seed web/worker client",
		Args:              arguments(between(1, maxArguments)),
		ValidArgsFunction: a.nodeThen(nothing),
		RunE: func(cmd *cobra.Command, args []string) error {
			byLab, err := a.programNames(args, flag)
			if err != nil {
				return err
			}
			out := &printer{w: cmd.OutOrStdout()}
			var errs []error
			for _, name := range slices.Sorted(maps.Keys(byLab)) {
				start := time.Now()
				changed, err := lab.ControlPrograms(cmd.Context(), name, what, byLab[name], a.config())
				errs = append(errs, err)
				for _, c := range changed {
					out.printf("%s/%s/%s is %s.\n", name, c.Node, c.Name, done)
				}
				switch {
				case err != nil:
				case len(changed) == 0:
					out.printf("Lab %q: nothing to do.\n", name)
				default:
					out.printf("Lab %q: %s %s in %s.\n", name, countProcesses(len(changed)), done, took(start))
				}
			}
			return errors.Join(append(errs, out.err)...)
		},
	}
	a.labFlag(cmd, &flag)
	return cmd
}

// maxArguments is no limit.
const maxArguments = 1 << 20

func countProcesses(n int) string {
	if n == 1 {
		return "1 process"
	}
	return fmt.Sprintf("%d processes", n)
}

// programNames finds processes by [LAB/]NODE[/PROCESS], by lab.
func (a *app) programNames(words []string, flag string) (map[string][]lab.ProgramName, error) {
	byLab := make(map[string][]lab.ProgramName)
	for _, word := range words {
		n, name, err := a.findProgram(word, flag)
		if err != nil {
			return nil, err
		}
		if err := n.Lab().Close(); err != nil {
			return nil, err
		}
		byLab[n.Lab().Name()] = append(byLab[n.Lab().Name()], lab.ProgramName{Node: n.Name, Name: name})
	}
	return byLab, nil
}

// findProgram opens the node of [LAB/]NODE[/PROCESS] and returns the process, ""
// for all. The caller closes its lab.
func (a *app) findProgram(word, flag string) (n *lab.LabNode, process string, err error) {
	node, last, _ := cutLast(word)
	first, rest, _ := strings.Cut(word, "/")
	switch strings.Count(word, "/") {
	case 0:
		n, err = a.findNode(word, flag)
	case 1:
		// LAB/NODE if there is one, else NODE/PROCESS.
		if n, err = lab.Find(word, "", a.config()); err == nil {
			break
		}
		if n, err = lab.Find(first, within(flag), a.config()); err == nil {
			process = rest
		} else {
			n, err = a.findNode(word, flag)
		}
	case 2:
		n, err = a.findNode(node, flag)
		process = last
	default:
		return nil, "", usage(fmt.Errorf("%q is not [LAB/]NODE[/PROCESS]", word))
	}
	if err != nil {
		return nil, "", err
	}
	var names []string
	for i := range n.Processes {
		names = append(names, n.Processes[i].Name)
	}
	if len(names) == 0 || process != "" && !slices.Contains(names, process) {
		what := fmt.Sprintf("has no process %q", process)
		if process == "" {
			what = "has no processes"
		}
		err = usage(fmt.Errorf("node %q of lab %q %s; %s", n.Name, n.Lab().Name(), what, candidates("processes", names)))
		return nil, "", errors.Join(err, n.Lab().Close())
	}
	return n, process, nil
}

// cutLast cuts a word at its last slash.
func cutLast(word string) (before, after string, found bool) {
	i := strings.LastIndexByte(word, '/')
	if i < 0 {
		return word, "", false
	}
	return word[:i], word[i+1:], true
}
