package silo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// LogNames are the logs of a stack, in the order in which they begin.
func (r *Processes) LogNames() []string {
	return []string{logSupervisor, logDatabase, logPrepare, logApp}
}

// Log writes the end of one of a stack's logs to w, at most so many bytes, in whole
// lines. A log that does not exist yet is empty; a name that is none of [Processes.LogNames]
// is refused, since it may lead into another stack.
func (r *Processes) Log(w io.Writer, id tenant.ID, name string, most int64) error {
	if !slices.Contains(r.LogNames(), name) {
		return fmt.Errorf("no log is called %q", name)
	}
	text, err := placeOf(r.Dir, id).last(name, most)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (p place) last(name string, most int64) ([]byte, error) {
	file, err := os.Open(p.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.NewSectionReader(file, max(0, size-most), most))
	if size > most {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	return text, err
}

// tail is the end of a log for a message.
func (p place) tail(name string) string {
	const most = 2000
	text, err := p.last(name, most)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text))
}
