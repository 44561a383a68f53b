package main

import (
	"errors"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/topology"
	"github.com/spf13/cobra"
)

func (a *app) validate() *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "validate [FILE ...]",
		Short: "Check lab files; no privileges needed",
		Long: `Read lab files and report every mistake, with line and column. validate checks
the text, whether a plan can be made from it, and whether this machine's kernel
has the settings under sysctls. --offline skips the last check, for a file that
is meant for another machine. No privileges are needed. Without a FILE, validate
reads lab.yaml or nslab.yaml in this directory, or else the only file whose name
ends in .clab.yml or .clab.yaml; - is standard input.

Exit status: 0 all files are right, 2 one has a mistake.`,
		Example:           `  nslab validate examples/*.yaml`,
		ValidArgsFunction: labFiles(true),
		RunE: func(cmd *cobra.Command, args []string) error {
			files := [][]string{nil}
			if len(args) > 0 {
				files = files[:0]
				for _, f := range args {
					files = append(files, []string{f})
				}
			}
			if cmd.Flags().Changed(nameFlag) && len(files) > 1 {
				return usage(errors.New("validate: --name takes one file"))
			}
			out := &printer{w: cmd.OutOrStdout()}
			var errs []error
			for _, file := range files {
				t, err := labFile(cmd, file)
				if err == nil {
					var warnings topology.Errors
					warnings, err = check(t, offline)
					warnOf(cmd.ErrOrStderr(), warnings)
				}
				if cmd.Context().Err() != nil {
					return err
				}
				if err != nil {
					errs = append(errs, err)
					continue
				}
				out.printf("%s: lab %q, %s, %s\n", plain.Text(t.Path), t.Name, count(len(t.Nodes), "node"), count(len(t.Links), "link"))
			}
			return errors.Join(usage(errors.Join(errs...)), out.err)
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "do not check this machine's kernel")
	clabFlags(cmd)
	a.nameOption(cmd)
	return cmd
}

// check finds problems of a lab file other than its own mistakes.
func check(t *topology.Topology, offline bool) (topology.Errors, error) {
	if !offline {
		return lab.Validate(t)
	}
	p, err := lab.PlanOffline(t, nil)
	if err != nil {
		return nil, err
	}
	return p.Warnings, nil
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of lab files, for editors",
		Example: `  nslab schema > lab.schema.json
  # and in lab.yaml: # yaml-language-server: $schema=lab.schema.json`,
		Args:              arguments(between(0, 0)),
		ValidArgsFunction: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(topology.Schema())
			return err
		},
	}
}
