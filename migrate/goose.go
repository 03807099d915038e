package migrate

import "strings"

// gooseParser walks the lines of a goose-annotated file. Lines outside a section
// become empty in it, so that statements keep their line numbers.
type gooseParser struct {
	m        *Migration
	section  *strings.Builder
	up, down strings.Builder
	head     strings.Builder // the lines before the first section
	upLine   int             // where the Up part begins, or 0
	downLine int             // the same of the Down part
	block    int             // line of an open StatementBegin, or 0
}

// parseGoose reads "-- +goose" and "-- +rowhouse" annotations and the statements
// between them.
func (m *Migration) parseGoose(text string) error {
	p := gooseParser{m: m}
	for i, line := range strings.Split(text, "\n") {
		if err := p.line(line, i+1); err != nil {
			return err
		}
	}
	switch {
	case p.block > 0:
		return m.fault(p.block, "StatementBegin has no StatementEnd: add -- +goose StatementEnd")
	case p.upLine == 0:
		return m.fault(0, "has no -- +goose Up line: add one, or name the file .up.sql")
	}
	m.HasDown = p.downLine > 0
	var err error
	if m.Up, err = m.statements(m.File, p.up.String()); err != nil {
		return err
	}
	if len(m.Up) == 0 {
		return m.fault(p.upLine, "has nothing to do in its Up part: write a statement, or remove the file")
	}
	if m.Down, err = m.statements(m.File, p.down.String()); err != nil {
		return err
	}
	selectEngines(m.Up, p.head.String(), p.up.String())
	selectEngines(m.Down, p.head.String(), p.down.String())
	return nil
}

func (p *gooseParser) line(line string, n int) error {
	annotation, is := gooseAnnotation(line)
	if is {
		line = ""
		if err := p.annotate(annotation, n); err != nil {
			return err
		}
	} else if err := p.m.directive(line, n); err != nil {
		return err
	}
	if p.section == nil {
		p.head.WriteString(line + "\n")
	}
	for _, b := range []*strings.Builder{&p.up, &p.down} {
		if b == p.section {
			b.WriteString(line)
		}
		b.WriteByte('\n')
	}
	return nil
}

func (p *gooseParser) annotate(annotation string, n int) error {
	switch strings.ToUpper(annotation) {
	case "UP":
		return p.open(&p.up, &p.upLine, n)
	case "DOWN":
		return p.open(&p.down, &p.downLine, n)
	case "STATEMENTBEGIN":
		return p.beginBlock(n)
	case "STATEMENTEND":
		return p.endBlock(n)
	case "NO TRANSACTION":
		p.m.NoTx = true
	case "ENVSUB ON", "ENVSUB OFF": // variables are not substituted
	default:
		return p.m.fault(n, "+goose "+annotation+" is unknown: use Up, Down, StatementBegin, StatementEnd or NO TRANSACTION")
	}
	return nil
}

func (p *gooseParser) open(section *strings.Builder, begin *int, n int) error {
	switch {
	case p.block > 0:
		return p.m.fault(p.block, "StatementBegin has no StatementEnd before the next part: add -- +goose StatementEnd")
	case *begin > 0:
		return p.m.fault(n, "this part is there twice: keep one -- +goose Up and one -- +goose Down")
	}
	p.section, *begin = section, n
	return nil
}

func (p *gooseParser) beginBlock(n int) error {
	if p.section == nil || p.block > 0 {
		return p.m.fault(n, "StatementBegin belongs into the Up or Down part, and not into another StatementBegin")
	}
	p.block = n
	return nil
}

func (p *gooseParser) endBlock(n int) error {
	if p.block == 0 {
		return p.m.fault(n, "StatementEnd has no StatementBegin before it: remove it")
	}
	p.block = 0
	return nil
}

// gooseAnnotation returns what follows "-- +goose".
func gooseAnnotation(line string) (string, bool) { return annotation(line, "+goose") }

// annotation reads a comment line "-- MARK words" and joins the words by single
// blanks.
func annotation(line, mark string) (string, bool) {
	comment, ok := strings.CutPrefix(strings.TrimSpace(line), "--")
	if !ok {
		return "", false
	}
	words := strings.Fields(comment)
	if len(words) == 0 || !strings.EqualFold(words[0], mark) {
		return "", false
	}
	return strings.Join(words[1:], " "), true
}

func (m *Migration) fault(line int, reason string) error {
	return &ParseError{File: m.File, Line: line, Reason: reason}
}
