package isolation

import (
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// Levels are the levels that a program has, by name.
type Levels map[tenant.Level]Level

// LevelsOf collects levels.
func LevelsOf(levels ...Level) Levels {
	all := make(Levels, len(levels))
	for _, l := range levels {
		all[l.Name()] = l
	}
	return all
}

// Level returns one of them. The error names a level that the program lacks.
func (ls Levels) Level(name tenant.Level) (Level, error) {
	level, ok := ls[name]
	if !ok {
		return nil, fmt.Errorf("this program has no isolation level %q%s", name, linking(name))
	}
	return level, nil
}

// linking says how a program gets a level that not every one has.
func linking(name tenant.Level) string {
	maker := ""
	switch name {
	case tenant.Database:
		maker = "database.Postgres()"
	case tenant.Silo:
		maker = "silo.Maker()"
	default:
		return ""
	}
	return fmt.Sprintf(": after rowhouse.Load write config.Levels = append(config.Levels, %s), from package github.com/rowhouse-go/rowhouse/isolation/%s", maker, name)
}
