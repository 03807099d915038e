package app

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// line checks one line of text that a person wrote: most is in characters.
func line(field, s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", invalid(field + " is required")
	case utf8.RuneCountInString(s) > most:
		return "", invalid(fmt.Sprintf("%s has more than %d characters", field, most))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return "", invalid(field + " contains characters that are not text")
	}
	return s, nil
}

func username(s string) (string, error) {
	s, err := line("username", s, 150)
	if err == nil && strings.ContainsFunc(s, unicode.IsSpace) {
		err = invalid("username contains a space")
	}
	return s, err
}

// email may be left out.
func email(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	s, err := line("email", s, 254)
	if err != nil {
		return "", err
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return "", invalid("email is not an address")
	}
	return s, nil
}

// password takes anything that can be typed: its length bounds the work of hashing.
func password(s string) (string, error) {
	if s == "" || len(s) > 1024 {
		return "", invalid("password needs 1 to 1024 bytes")
	}
	return s, nil
}
