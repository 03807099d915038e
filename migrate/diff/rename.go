package diff

import "fmt"

// renames returns notes on columns that went while one like them came. Nobody but the
// author knows whether that is a new name.
func (p pair) renames() (notes []string) {
	came := map[string][]string{} // by table and type
	all := p.changes()
	for _, c := range all {
		if c.have == nil && c.want.Kind == "column" {
			key := c.want.Table + " " + c.want.Attr("type")
			came[key] = append(came[key], c.want.Name)
		}
	}
	for _, c := range all {
		if c.want != nil || c.have.Kind != "column" {
			continue
		}
		for _, name := range came[c.have.Table+" "+c.have.Attr("type")] {
			notes = append(notes, fmt.Sprintf("Is %s.%s the new name of %s? Then write ALTER TABLE %s RENAME COLUMN %s TO %s, and nothing else of the two.",
				c.have.Table, name, c.have.Name, c.have.Table, c.have.Name, name))
		}
	}
	return notes
}
