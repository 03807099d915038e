package main

import (
	"io"
	"os"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// ANSI colours.
const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	faint  = "\x1b[2m"
	plain  = "\x1b[0m"
)

// colours reports whether w shows colours and nobody asked for none.
func colours(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// painter returns a table's paint that colours one column by what it says, or nil.
func painter(w io.Writer, column int, colourOf func(cell string) string) func(int, string) string {
	if !colours(w) {
		return nil
	}
	return func(i int, cell string) string {
		if colour := colourOf(cell); i == column && colour != "" {
			return colour + cell + plain
		}
		return cell
	}
}

func statusColour(cell string) string {
	switch tenant.Status(cell) {
	case tenant.Active:
		return green
	case tenant.Provisioning, tenant.ReadOnly, tenant.Suspended:
		return yellow
	case tenant.Failed:
		return red
	case tenant.Deleting, tenant.Deleted:
		return faint
	}
	return ""
}
