package main

import (
	"github.com/spf13/cobra"
)

// completion prints the script with which a shell asks nslab for completions.
func completion() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the shell script that turns on Tab completion",
		Long: `Print a script that makes a shell complete commands, labs, nodes, interfaces,
namespaces, files and option values when Tab is pressed.

To turn it on in the running shell:

  bash:  source <(nslab completion bash)     # needs the package bash-completion
  zsh:   source <(nslab completion zsh)      # after "compinit"
  fish:  nslab completion fish | source

To turn it on in every shell, write it once to a file that the shell reads:

  bash:  nslab completion bash > /etc/bash_completion.d/nslab
  zsh:   nslab completion zsh > "${fpath[1]}/_nslab"
  fish:  nslab completion fish > ~/.config/fish/completions/nslab.fish

Names of labs and nodes are completed only for root, who may read /run/nslab.`,
		ValidArgs: []string{"bash", "zsh", "fish"},
		Args:      arguments(cobra.MatchAll(between(1, 1), cobra.OnlyValidArgs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			}
			return root.GenFishCompletion(out, true)
		},
	}
	return cmd
}
