package pipe

import (
	"context"
	"fmt"
)

const typesKey = "rowhouse.types"

// loadTypes registers the application's types of this tenant on this connection,
// once. Types of one name have another oid in each tenant's schema, so what was
// loaded for one tenant says nothing about the next.
func (s Session) loadTypes(ctx context.Context) error {
	if len(s.Types) == 0 || s.Scope.Schema == "" {
		return nil
	}
	custom := s.Conn.PgConn().CustomData()
	loaded, ok := custom[typesKey].(map[Scope]bool)
	if !ok {
		loaded = map[Scope]bool{}
		custom[typesKey] = loaded
	}
	if loaded[s.Scope] {
		return nil
	}
	names := make([]string, len(s.Types))
	for i, name := range s.Types {
		names[i] = s.Scope.Schema + "." + name
	}
	if _, err := s.Conn.LoadTypes(ctx, names); err != nil {
		return fmt.Errorf("pipe: load types of %s: %w", s.Scope.Schema, err)
	}
	loaded[s.Scope] = true
	return nil
}
