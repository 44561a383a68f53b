package main

import (
	"fmt"

	"github.com/nslab/nslab/internal/plain"
	"github.com/spf13/cobra"
)

func (a *app) convert() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert [FILE]",
		Short: "Write a file of containerlab as a lab file",
		Long: `Read a file of containerlab and write the lab file that stands for it, which up
would bring up: comments say what has changed. Environment variables have the
values that they have now. Relative paths in it are relative to FILE, so the lab
file belongs in the same directory. Without a FILE, convert reads the one whose
name ends in .clab.yml or .clab.yaml in this directory; - is standard input.

Exit status: 0 the lab file is written, 2 the file is wrong.`,
		Example:           `  nslab convert frr01.clab.yml >lab.yaml`,
		Args:              arguments(between(0, 1)),
		ValidArgsFunction: labFiles(false),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := labFile(cmd, args)
			if err != nil {
				return err
			}
			if !t.Translated() {
				return usage(fmt.Errorf("%s is a lab file already", plain.Text(t.Path)))
			}
			_, err = cmd.OutOrStdout().Write(t.Source)
			return err
		},
	}
	clabFlags(cmd)
	a.nameOption(cmd)
	return cmd
}
