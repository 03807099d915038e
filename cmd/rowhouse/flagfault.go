package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagFault turns what the parser of flags says into wrong usage, in words.
func flagFault(cmd *cobra.Command, err error) error {
	text := err.Error()
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		text = fmt.Sprintf("--%s wants %s, got %q", bad.GetFlag().Name, wanted(bad.GetFlag()), clip(bad.GetValue()))
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		text = fmt.Sprintf("--%s wants a value", bare.GetFlag().Name)
	}
	return usagef("%s; see %s --help", text, cmd.CommandPath())
}

// wanted names what a flag takes, by its type.
func wanted(flag *pflag.Flag) string {
	switch flag.Value.Type() {
	case "int", "int64":
		return "a whole number"
	case "duration":
		return "a duration such as 30s or 5m"
	case "bool":
		return "true or false"
	case "stringSlice":
		return "names with commas between them"
	}
	return "another value"
}

// notNegative refuses numbers and durations below zero: no flag has a meaning for them.
func notNegative(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		switch flag.Value.Type() {
		case "int", "int64", "duration":
			if strings.HasPrefix(flag.Value.String(), "-") {
				err = usagef("--%s cannot be negative, and is %s; see %s --help", flag.Name, flag.Value, cmd.CommandPath())
			}
		}
	})
	return err
}
