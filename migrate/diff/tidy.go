package diff

import (
	"regexp"
	"strings"

	pgdiff "github.com/stripe/pg-schema-diff/pkg/diff"
)

// tidy takes out of a plan what only serves to hold locks for less long: a migration is
// one transaction and holds them to its end anyway.
func (w *work) tidy(plan []pgdiff.Statement) []unit {
	t := tidier{keepIndexes: w.hold != nil, renamed: map[string]int{}}
	for _, s := range plan {
		t.add(Statement{SQL: w.spell(strings.ReplaceAll(s.DDL, defaultCollation, "")), Hazards: hazards(s)})
	}
	return t.units()
}

func hazards(s pgdiff.Statement) (all []string) {
	for _, h := range s.Hazards {
		if h.Type == pgdiff.MigrationHazardTypeHasUntrackableDependencies {
			continue // it was tried, in this order
		}
		all = append(all, h.Type+": "+h.Message)
	}
	return all
}

// defaultCollation is what a column has anyway.
const defaultCollation = ` COLLATE "pg_catalog"."default"`

// tidier rewrites a plan, statement by statement.
type tidier struct {
	all         []Statement
	keepIndexes bool           // those of keys are built apart
	renamed     map[string]int // temporary names of indexes, and where they were given
}

var (
	temporaryCheck = regexp.MustCompile(`pgschemadiff_tmpnn_`)
	renamedIndex   = regexp.MustCompile(`^ALTER INDEX (\S+) RENAME TO ("?pgschemadiff_tmpidx_[^ ]+)$`)
	notValid       = regexp.MustCompile(`(?s)^ALTER TABLE (\S+) ADD CONSTRAINT (\S+) .* NOT VALID$`)
	validate       = regexp.MustCompile(`^ALTER TABLE (\S+) VALIDATE CONSTRAINT (\S+)$`)
	uniqueIndex    = regexp.MustCompile(`^CREATE UNIQUE INDEX (\S+) ON (?:ONLY )?(\S+) USING btree (\([\w", ]+\))$`)
	usingIndex     = regexp.MustCompile(`^ALTER TABLE (\S+) ADD CONSTRAINT (\S+) (PRIMARY KEY|UNIQUE) USING INDEX (\S+)$`)
	plainIdentity  = regexp.MustCompile(` \(INCREMENT BY 1 MINVALUE 1 MAXVALUE (?:32767|2147483647|9223372036854775807) START WITH 1 CACHE 1 NO CYCLE\)`)
	plainBtree     = regexp.MustCompile(`^(CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?\S+ ON (?:ONLY )?\S+) USING btree `)
)

func (t *tidier) add(s Statement) {
	if temporaryCheck.MatchString(s.SQL) || strings.HasPrefix(s.SQL, "ANALYZE ") {
		return
	}
	if m := renamedIndex.FindStringSubmatch(s.SQL); m != nil {
		t.renamed[m[2]] = len(t.all)
		t.all = append(t.all, Statement{SQL: m[1]})
		return
	}
	if t.dropsRenamed(s) {
		return
	}
	if m := validate.FindStringSubmatch(s.SQL); m != nil && t.validated(m[1], m[2]) {
		return
	}
	if m := usingIndex.FindStringSubmatch(s.SQL); m != nil && !t.keepIndexes && t.constraint(m) {
		return
	}
	t.all = append(t.all, s)
}

// dropsRenamed drops an index where it would have been renamed first, to make room for
// the one that follows.
func (t *tidier) dropsRenamed(s Statement) bool {
	for temporary, at := range t.renamed {
		if strings.Contains(s.SQL, temporary) {
			s.SQL = strings.ReplaceAll(s.SQL, temporary, t.all[at].SQL)
			t.all[at] = s
			delete(t.renamed, temporary)
			return true
		}
	}
	return false
}

// validated makes a constraint valid at once.
func (t *tidier) validated(table, name string) bool {
	for i, s := range t.all {
		if m := notValid.FindStringSubmatch(s.SQL); m != nil && m[1] == table && m[2] == name {
			t.all[i].SQL = strings.TrimSuffix(s.SQL, " NOT VALID")
			return true
		}
	}
	return false
}

// constraint makes a key without making its index first.
func (t *tidier) constraint(key []string) bool {
	table, name, kind, index := key[1], key[2], key[3], key[4]
	for i, s := range t.all {
		if m := uniqueIndex.FindStringSubmatch(s.SQL); m != nil && m[1] == index && m[2] == table && index == name {
			t.all[i].SQL = "ALTER TABLE " + table + " ADD CONSTRAINT " + name + " " + kind + " " + m[3]
			return true
		}
	}
	return false
}

// units returns the statements, each for itself.
func (t *tidier) units() (all []unit) {
	for _, s := range t.all {
		s.SQL = plainIdentity.ReplaceAllString(plainBtree.ReplaceAllString(s.SQL, "$1 "), "")
		all = append(all, unit{s})
	}
	return all
}
