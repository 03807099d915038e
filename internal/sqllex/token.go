// Package sqllex cuts SQL text into tokens the way PostgreSQL's own scanner does:
// strings, E-strings, dollar quotes, quoted identifiers and nested comments are
// one token each and are never looked into. It knows no grammar.
//
// Strings are read as with standard_conforming_strings = on.
package sqllex

import (
	"iter"
	"strings"
)

// Kind says what a [Token] is.
type Kind uint8

// The kinds of token.
const (
	Space   Kind = iota // white space
	Comment             // -- … or /* … */, nested
	Word                // a keyword or an unquoted identifier
	Quoted              // "…" or U&"…"
	String              // '…', E'…', B'…', X'…', N'…', U&'…' or $tag$…$tag$
	Number              // 1, 2.5, 0x1F
	Param               // $1
	Punct               // one byte: ; , ( ) . and the parts of operators
)

// Token is one piece of SQL text. The texts of all tokens, joined, are the input.
type Token struct {
	Kind Kind
	Text string
	Pos  int  // byte offset in the input
	Open bool // a string, quoted identifier or comment that the input does not close
}

// Blank reports whether the token is white space or a comment.
func (t Token) Blank() bool { return t.Kind == Space || t.Kind == Comment }

// Is reports whether the token is this keyword or, unquoted, this name. The case
// of ASCII letters does not matter.
func (t Token) Is(word string) bool {
	return t.Kind == Word && strings.EqualFold(t.Text, word)
}

// Name returns the identifier that a Word or Quoted token spells, folded as
// PostgreSQL folds it, and "" for any other token. U&"…" is returned undecoded.
func (t Token) Name() string {
	switch {
	case t.Kind == Word:
		return lowerASCII(t.Text)
	case t.Kind == Quoted && t.Text[0] == '"' && !t.Open:
		return strings.ReplaceAll(t.Text[1:len(t.Text)-1], `""`, `"`)
	case t.Kind == Quoted:
		return t.Text
	}
	return ""
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Tokens yields all tokens of sql, blank ones included.
func Tokens(sql string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for pos := 0; pos < len(sql); {
			t := scan(sql, pos)
			if !yield(t) {
				return
			}
			pos += len(t.Text)
		}
	}
}

// Code yields the tokens that PostgreSQL acts on: all but white space and comments.
func Code(sql string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for t := range Tokens(sql) {
			if !t.Blank() && !yield(t) {
				return
			}
		}
	}
}
