package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// table is rows of cells under a head, aligned when written.
type table struct {
	rows  [][]string
	paint func(column int, cell string) string // colours a cell; nil for none
}

func newTable(head ...string) *table {
	t := &table{}
	t.add(head...)
	return t
}

// add appends a row. Cells may hold anything: what could move the cursor or
// colour the screen is made visible.
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = visible(cell)
	}
	t.rows = append(t.rows, row)
}

// write prints the table with two spaces between columns and none at the end.
func (t *table) write(w io.Writer) error {
	widths := t.widths()
	for n, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			text := cell
			if n > 0 && t.paint != nil {
				text = t.paint(i, cell)
			}
			line.WriteString(text)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2))
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	return widths
}

// visible writes control characters as Go would.
func visible(s string) string {
	hostile := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar
	}
	if !strings.ContainsFunc(s, hostile) {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}
