package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
)

// errDeclined: the question was not answered with yes.
var errDeclined = errors.New("nothing was changed")

// confirm asks before something is lost. --yes answers; without a terminal to ask
// on it is wrong usage, so that no script hangs or destroys by accident.
func (c *cli) confirm(format string, args ...any) error {
	if c.yes {
		return nil
	}
	question := fmt.Sprintf(format, args...)
	if !isTerminal(c.in) {
		return usagef("%s Say --yes: there is no terminal to ask on", question)
	}
	fmt.Fprintf(c.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil {
		fmt.Fprintln(c.err)
		return errDeclined
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}
