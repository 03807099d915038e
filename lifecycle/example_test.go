package lifecycle_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// A creation that was killed, or that failed, is finished by asking again.
func ExampleManager_Create() {
	var manager *lifecycle.Manager // h.Lifecycle() of package rowhouse
	acme, err := manager.Create(context.Background(), lifecycle.New{Slug: "acme", Domains: []string{"acme.example"}})
	switch {
	case errors.Is(err, tenant.ErrExists):
		fmt.Println("choose another slug")
	case err == nil:
		fmt.Println(acme.Status)
	}
}

// A deleted tenant can be brought back until it is purged, under another slug where
// its own was given to somebody else.
func ExampleManager_Restore() {
	var manager *lifecycle.Manager // h.Lifecycle() of package rowhouse
	ctx := context.Background()
	acme, err := manager.Find(ctx, tenant.BySlug("acme"))
	if err != nil {
		return
	}
	if _, err := manager.Delete(ctx, acme.ID); errors.Is(err, lifecycle.ErrBusy) {
		fmt.Println("a transaction stays open: end it and delete again")
	}
	_, err = manager.Restore(ctx, acme.ID, "")
	if errors.Is(err, tenant.ErrExists) {
		_, _ = manager.Restore(ctx, acme.ID, "acme-again")
	}
}
