package isolation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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

// Level returns one of them; a level that the program lacks is a [*LackError].
func (ls Levels) Level(name tenant.Level) (Level, error) {
	level, ok := ls[name]
	if !ok {
		return nil, &LackError{Level: name, Has: slices.Sorted(maps.Keys(ls))}
	}
	return level, nil
}

// LackError is an isolation level that a program does not have, or not with the engine
// of its main server.
type LackError struct {
	Level tenant.Level
	Has   []tenant.Level // those that there are, sorted
}

// Error says how to get the level.
func (e *LackError) Error() string {
	names := make([]string, 0, len(e.Has))
	for _, has := range e.Has {
		names = append(names, string(has))
	}
	return fmt.Sprintf("there is no isolation level %q here, only %s: %s", e.Level, strings.Join(names, ", "), e.remedy())
}

func (e *LackError) remedy() string {
	switch {
	case !slices.Contains(e.Has, tenant.Schema): // which every program on PostgreSQL has
		return "the others need PostgreSQL as the main server, in rowhouse.yaml \"servers: {main: postgres://…}\""
	case e.Level == tenant.Database:
		return linking(e.Level, "database.Postgres()")
	case e.Level == tenant.Silo:
		return linking(e.Level, "silo.Maker()")
	}
	return "choose one of these"
}

// linking says how a program gets a level that not every one has.
func linking(name tenant.Level, maker string) string {
	return fmt.Sprintf("after rowhouse.Load write config.Levels = append(config.Levels, %s), from package github.com/rowhouse-go/rowhouse/isolation/%s", maker, name)
}
