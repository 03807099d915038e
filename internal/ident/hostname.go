package ident

import (
	"strings"
	"unicode/utf8"
)

// canonical reports whether host is a canonical name already. It may say no to
// one that is: then the slow way decides.
func canonical(host string) bool {
	start := 0
	for i := range len(host) {
		switch c := host[i]; {
		case c == '.':
			if !plainLabel(host[start:i]) {
				return false
			}
			start = i + 1
		case c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9'):
			return false
		}
	}
	last := host[start:]
	return len(host) <= MaxHost && plainLabel(last) && !numeric(last)
}

// plainLabel says yes to labels that need neither IDNA nor a closer look: an
// "xn--" or another reserved pair of hyphens does.
func plainLabel(label string) bool {
	n := len(label)
	return n > 0 && n <= MaxLabel && label[0] != '-' && label[n-1] != '-' &&
		(n < 4 || label[2] != '-' || label[3] != '-')
}

// charFault names the first character that no host may hold, before IDNA can map
// it to something harmless.
func charFault(host string) string {
	if !utf8.ValidString(host) {
		return "is not valid UTF-8"
	}
	for i := range len(host) {
		if c := host[i]; c < utf8.RuneSelf && !letterDigit(c) && c != '-' && c != '.' {
			return "may hold only letters, digits, hyphens and dots"
		}
	}
	return ""
}

func letterDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// nameFault checks an ASCII name label by label.
func nameFault(name string) string {
	if name == "" {
		return "is empty"
	}
	if len(name) > MaxHost {
		return "is longer than 253 bytes"
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return "has an empty label"
		case len(label) > MaxLabel:
			return "has a label longer than 63 bytes"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "has a label that begins or ends with a hyphen"
		}
	}
	return charFault(name)
}

func lastLabel(name string) string {
	return name[strings.LastIndexByte(name, '.')+1:]
}

// numeric reports whether a last label makes the whole host an IPv4 address to
// some programs: digits, or hexadecimal after 0x. Such a host is an address in
// its one plain form or nothing.
func numeric(label string) bool {
	if label == "" || label[0] < '0' || label[0] > '9' {
		return false
	}
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
