package migrate

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// parsePair reads the .up.sql file of a golang-migrate pair.
func (m *Migration) parsePair(text string) (err error) {
	if err := m.pairLines(text); err != nil {
		return err
	}
	if m.Up, err = m.pairStatements(m.File, text); err != nil {
		return err
	}
	if len(m.Up) == 0 {
		return m.fault(0, "has nothing to do: write a statement, or remove the file")
	}
	return nil
}

// parsePairDown reads the .down.sql file. Its text counts for the checksum no more
// than a Down part does: it may be written later.
func (m *Migration) parsePairDown(file, text string) (err error) {
	m.HasDown = true
	m.Down, err = m.pairStatements(file, text)
	return err
}

// pairLines reads the annotations that make sense outside goose files.
func (m *Migration) pairLines(text string) error {
	for i, line := range strings.Split(text, "\n") {
		if a, is := gooseAnnotation(line); is {
			if !strings.EqualFold(a, "NO TRANSACTION") {
				return m.fault(i+1, "+goose "+a+" in an .up.sql file: name the file without .up, or remove the line")
			}
			m.NoTx = true
		} else if err := m.directive(line, i+1); err != nil {
			return err
		}
	}
	return nil
}

// pairStatements allows what golang-migrate's users write: BEGIN and COMMIT around
// the file, which is what happens anyway, and a lone statement that cannot run in
// a transaction.
func (m *Migration) pairStatements(file, text string) ([]Statement, error) {
	all := sqllex.Split(text)
	if n := len(all); n >= 2 && isWord(all[0].Text, "BEGIN") && isWord(all[n-1].Text, "COMMIT") {
		all = all[1 : n-1]
	}
	if len(all) == 1 && file == m.File && outsideTx(codeOf(all[0].Text)) {
		m.NoTx = true
	}
	out, err := m.checked(file, all)
	selectEngines(out, "", text)
	return out, err
}

func isWord(sql, word string) bool {
	tokens := codeOf(sql)
	return len(tokens) == 1 && tokens[0].Is(word)
}
