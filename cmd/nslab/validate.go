package main

import (
	"errors"

	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
)

func (a *app) validate() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FILE ...]",
		Short: "Check lab files; no privileges needed",
		Long: `Read lab files and report every mistake in them, with its place: what a file
says, and whether a plan can be made of it. Nothing else is looked at, and no
privileges are needed. Without a file it is lab.yaml or nslab.yaml in this
directory; - is standard input.

Exit status: 0 all are right, 2 one is not.`,
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
			out := &printer{w: cmd.OutOrStdout()}
			var errs []error
			for _, file := range files {
				t, err := labFile(cmd, file)
				if err == nil {
					var p *lab.Plan
					if p, err = lab.PlanOffline(t, nil); err == nil {
						warnOf(cmd.ErrOrStderr(), p)
					}
				}
				if cmd.Context().Err() != nil {
					return err
				}
				if err != nil {
					errs = append(errs, err)
					continue
				}
				out.printf("%s: lab %q, %s, %s\n", t.Path, t.Name, count(len(t.Nodes), "node"), count(len(t.Links), "link"))
			}
			return errors.Join(usage(errors.Join(errs...)), out.err)
		},
	}
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of lab files, for editors",
		Example: `  nslab schema > lab.schema.json
  # and in lab.yaml: # yaml-language-server: $schema=lab.schema.json`,
		Args:              arguments(cobra.NoArgs),
		ValidArgsFunction: nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(lab.Schema())
			return err
		},
	}
}
