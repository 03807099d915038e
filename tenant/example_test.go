package tenant_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// A job carries its tenant explicitly: without one there is an error, never a
// default.
func ExampleNewContext() {
	ctx := context.Background()
	_, err := tenant.FromContext(ctx)
	fmt.Println(errors.Is(err, tenant.ErrMissing))

	ctx = tenant.NewContext(ctx, &tenant.Tenant{ID: tenant.NewID(), Slug: "acme"})
	t, err := tenant.FromContext(ctx)
	fmt.Println(t.Slug, err)
	// Output:
	// true
	// acme <nil>
}

func ExampleSetting() {
	acme := &tenant.Tenant{Settings: tenant.Settings{"color": json.RawMessage(`"#c00"`)}}
	color, ok := tenant.Setting[string](acme.Settings, "color")
	fmt.Println(color, ok)
	// Output: #c00 true
}

func ExampleSettings_Decode() {
	settings := tenant.Settings{"color": json.RawMessage(`"#c00"`), "seats": json.RawMessage(`20`)}
	var look struct {
		Color string `json:"color"`
		Seats int    `json:"seats"`
	}
	fmt.Println(settings.Decode(&look), look.Color, look.Seats)
	// Output: <nil> #c00 20
}

func ExampleStatus_CanBecome() {
	fmt.Println(tenant.Suspended.CanBecome(tenant.Active), tenant.Deleted.CanBecome(tenant.Active))
	// Output: true false
}

func ExampleParseID() {
	_, err := tenant.ParseID("acme")
	fmt.Println(err)
	// Output: id "acme" is not a UUID
}
