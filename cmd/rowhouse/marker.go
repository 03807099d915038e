package main

import (
	"bytes"
	"io"
	"sync"
)

// marker writes whole lines, each with a mark before it. Markers that share a lock
// never mix their lines.
type marker struct {
	to    io.Writer
	mark  string
	lines *sync.Mutex
	begun []byte // a line whose end did not come yet
}

// longestLine bounds what is kept of a line: a longer one is written in parts.
const longestLine = 64 << 10

func (m *marker) Write(p []byte) (int, error) {
	m.begun = append(m.begun, p...)
	for {
		end := bytes.IndexByte(m.begun, '\n')
		if end < 0 && len(m.begun) < longestLine {
			return len(p), nil
		}
		if end < 0 {
			end = len(m.begun) - 1
		}
		if err := m.line(m.begun[:end+1]); err != nil {
			return 0, err
		}
		m.begun = m.begun[end+1:]
	}
}

// flush writes a last line that had no end.
func (m *marker) flush() {
	if len(m.begun) > 0 {
		_ = m.line(m.begun) // nobody is left to be told
		m.begun = nil
	}
}

func (m *marker) line(text []byte) error {
	text = append([]byte(m.mark), bytes.TrimSuffix(text, []byte("\n"))...)
	m.lines.Lock()
	defer m.lines.Unlock()
	_, err := m.to.Write(append(text, '\n'))
	return err
}
