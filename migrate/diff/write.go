package diff

import (
	"fmt"
	"os"
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/migrate"
)

// write gives each file its name and its text, and reads the folder again: what the
// runner would refuse is found now.
func (r *Result) write(c Config, name string) error {
	for i := range r.Files {
		if err := r.Files[i].write(c.Dir, name, len(r.Files) > 1); err != nil {
			return fmt.Errorf("diff: %w", err)
		}
	}
	if len(r.Files) == 0 {
		return nil
	}
	if _, err := migrate.Load(os.DirFS(c.Dir), ".", c.Scope); err != nil {
		return fmt.Errorf("diff: the files were written, but not all of it can run: %w", err)
	}
	return nil
}

func (f *File) write(dir, name string, several bool) (err error) {
	if several {
		name += f.suffix
	}
	if f.Path, err = migrate.NewFile(dir, name); err != nil {
		return err
	}
	up, down := part(f.Up, f.notes, f.gaps), part(f.Down, nil, f.downGaps)
	head := ""
	if f.NoTx {
		head = "-- +goose NO TRANSACTION\n"
	}
	if stem, ok := strings.CutSuffix(f.Path, ".up.sql"); ok {
		if err := os.WriteFile(stem+".down.sql", []byte(down), 0o644); err != nil {
			return err
		}
		return os.WriteFile(f.Path, []byte(head+up), 0o644)
	}
	return os.WriteFile(f.Path, []byte(head+"-- +goose Up\n"+up+"\n-- +goose Down\n"+down), 0o644)
}

// part is the text of one direction.
func part(statements []Statement, notes []string, gaps []catalog.Difference) string {
	var b strings.Builder
	for _, n := range notes {
		comment(&b, n)
	}
	for _, s := range statements {
		for _, hazard := range s.Hazards {
			comment(&b, "hazard: "+hazard)
		}
		if strings.Contains(s.SQL, ";") { // for tools that cut at semicolons
			fmt.Fprintf(&b, "-- +goose StatementBegin\n%s;\n-- +goose StatementEnd\n", s.SQL)
		} else {
			fmt.Fprintf(&b, "%s;\n", s.SQL)
		}
	}
	for _, gap := range gaps {
		comment(&b, "NOT DONE, write it by hand: "+gap.String())
	}
	return b.String()
}

// comment writes text as comment lines that mean nothing to a runner.
func comment(b *strings.Builder, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintf(b, "-- %s\n", strings.TrimPrefix(line, "+"))
	}
}
