package drift

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// perConn is how many schemas a connection looks at before it is thrown away: a
// backend keeps what it learnt of each.
const perConn = 300

// prints are fingerprints, and why some databases gave none.
type prints struct {
	of     map[tenant.ID]string
	failed map[home]error
}

// fingerprints asks for all members' fingerprints, so many databases and chunks at
// a time. A member without a schema has none.
func (c *Checker) fingerprints(ctx context.Context, members []member, workers int) prints {
	all := prints{make(map[tenant.ID]string, len(members)), map[home]error{}}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(workers)
	for h, here := range byHome(members) {
		for chunk := range slices.Chunk(here, perConn) {
			group.Go(func() error {
				found, err := c.fingerprint(ctx, h, chunk)
				mu.Lock()
				defer mu.Unlock()
				maps.Copy(all.of, found)
				if err != nil {
					all.failed[h] = err
				}
				return nil
			})
		}
	}
	_ = group.Wait() // failed has the errors
	return all
}

func byHome(members []member) map[home][]member {
	all := map[home][]member{}
	for _, m := range members {
		all[m.home()] = append(all[m.home()], m)
	}
	return all
}

func (c *Checker) fingerprint(ctx context.Context, h home, members []member) (map[tenant.ID]string, error) {
	conn, err := c.connect(ctx, h)
	if err != nil {
		return nil, err
	}
	defer hangUp(conn)
	schemas := make([]string, len(members))
	for i, m := range members {
		schemas[i] = m.tenant.Placement.Schema
	}
	prints, err := catalog.Fingerprint(ctx, conn, schemas, catalog.Ignore(c.ignore...))
	found := map[tenant.ID]string{}
	for _, m := range members {
		if print, ok := prints[m.tenant.Placement.Schema]; ok {
			found[m.tenant.ID] = print
		}
	}
	return found, err
}

func isMissing(err error) bool {
	var e *catalog.MissingError
	return errors.As(err, &e)
}
