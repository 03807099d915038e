package sqllex

import "strings"

// Statement is one statement of a script, without its semicolon.
type Statement struct {
	Text string // from its first to its last code token; comments inside stay
	Pos  int    // byte offset of Text in the script
	Line int    // line of Text in the script, from 1
	Open bool   // a string, quoted identifier or comment in it is not closed
}

// Split cuts a script at the semicolons that end statements: not those inside
// strings, comments, parentheses (rules), BEGIN ATOMIC … END bodies or the bodies of
// SQLite's triggers. Pieces without code are left out.
func Split(script string) []Statement {
	var out []Statement
	cut := splitter{script: script}
	line := 1
	for t := range Tokens(script) {
		if done, ok := cut.add(t, line); ok {
			out = append(out, done)
		}
		line += strings.Count(t.Text, "\n")
	}
	if done, ok := cut.finish(); ok {
		out = append(out, done)
	}
	return out
}

// splitter knows where the statement that it is in began and what is still open.
type splitter struct {
	script     string
	begin, end int // of the statement's code
	line       int
	open       bool
	last       Token
	head       []string // the first words: enough to know CREATE OR REPLACE FUNCTION
	parens     int
	atomic     int // depth of BEGIN … END bodies and of CASE inside them
}

func (c *splitter) add(t Token, line int) (Statement, bool) {
	c.open = c.open || t.Open
	if t.Open && c.end == 0 {
		c.begin, c.end, c.line = t.Pos, t.Pos, line
	}
	if t.Blank() {
		return Statement{}, false
	}
	if t.Text == ";" && c.parens <= 0 && c.atomic == 0 {
		return c.finish()
	}
	if c.end == 0 {
		c.begin, c.line = t.Pos, line
	}
	c.end = t.Pos + len(t.Text)
	c.nest(t)
	c.last = t
	return Statement{}, false
}

// nest follows what may hold semicolons of its own.
func (c *splitter) nest(t Token) {
	switch {
	case t.Text == "(":
		c.parens++
	case t.Text == ")":
		c.parens--
	case t.Kind != Word:
	case len(c.head) < 4:
		c.head = append(c.head, strings.ToUpper(t.Text))
	case t.Is("ATOMIC") && c.last.Is("BEGIN") && c.routine(), t.Is("BEGIN") && c.body():
		c.atomic++
	case c.atomic == 0:
	case t.Is("CASE"):
		c.atomic++
	case t.Is("END"):
		c.atomic--
	}
}

// body reports whether a BEGIN opens the body of an SQLite trigger. PostgreSQL's have
// none, but there it may be the name of a table, a column or a function.
func (c *splitter) body() bool {
	head := c.head[1:]
	if head[0] == "TEMP" || head[0] == "TEMPORARY" {
		head = head[1:]
	}
	if c.head[0] != "CREATE" || head[0] != "TRIGGER" || c.parens > 0 || c.atomic > 0 {
		return false
	}
	name := c.last.Text == "." || c.last.Text == "," || c.last.Is("ON") || c.last.Is("OF") ||
		c.last.Is("FROM") || c.last.Is("FUNCTION") || c.last.Is("PROCEDURE")
	return !name
}

// routine reports whether the statement makes a function or procedure, the only
// ones with a body of statements that is not a string.
func (c *splitter) routine() bool {
	head := c.head
	if head[0] != "CREATE" {
		return false
	}
	if head[1] == "OR" && head[2] == "REPLACE" {
		head = head[2:]
	}
	return head[1] == "FUNCTION" || head[1] == "PROCEDURE"
}

func (c *splitter) finish() (Statement, bool) {
	s := Statement{Text: c.script[c.begin:c.end], Pos: c.begin, Line: c.line, Open: c.open}
	ok := c.end > 0 || c.open
	*c = splitter{script: c.script}
	return s, ok
}
