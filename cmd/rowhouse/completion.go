package main

import (
	"github.com/spf13/cobra"
)

const completionExample = `  source <(rowhouse completion bash)
  rowhouse completion zsh > "${fpath[1]}/_rowhouse"
  rowhouse completion fish > ~/.config/fish/completions/rowhouse.fish`

func (c *cli) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print the completion script for bash, zsh, fish or powershell",
		Example:   completionExample,
		Args:      takes(1, 1),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(c.out, true)
			case "zsh":
				return root.GenZshCompletion(c.out)
			case "fish":
				return root.GenFishCompletion(c.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(c.out)
			}
			return usagef("there is no completion for %q: use bash, zsh, fish or powershell", clip(args[0]))
		},
	}
}
