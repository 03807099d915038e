package main

import "github.com/spf13/cobra"

// helpCommand explains a command. Unlike cobra's own it fails where there is no such
// command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND…]",
		Short: "Explain a command",
		Example: `  rowhouse help
  rowhouse help tenant create`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if err := noSuchCommand(topic, rest); err != nil {
				return err
			}
			return topic.Help()
		},
	}
}
