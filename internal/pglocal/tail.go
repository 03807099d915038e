package pglocal

import (
	"bytes"
	"io"
	"sync"
)

// tail passes a log on and keeps its end for error messages.
type tail struct {
	mu   sync.Mutex
	kept []byte
	next io.Writer // or nil
}

const tailBytes = 4096

// Write keeps the end and passes all on. It never fails: a reader's trouble must not
// stop the server.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*tailBytes {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-tailBytes:]...)
	}
	if t.next != nil {
		_, _ = t.next.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return lastLines(t.kept)
}

// lastLines is the end of a program's output, in whole lines.
func lastLines(out []byte) string {
	out = bytes.TrimSpace(out)
	if len(out) > tailBytes {
		out = out[len(out)-tailBytes:]
		out = out[bytes.IndexByte(out, '\n')+1:]
	}
	return string(out)
}
