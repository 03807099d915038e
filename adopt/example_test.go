package adopt_test

import (
	"context"
	"fmt"
	"log"

	"github.com/rowhouse-go/rowhouse/adopt"
)

// An existing database becomes tenant acme; two of its tables become everybody's.
func ExampleAdopter_Run() {
	ctx := context.Background()
	adopter := adopt.New(adopt.Config{
		URL: "postgres://app@127.0.0.1:5432/app", Server: "main",
		SharedDir: "migrations/shared", TenantDir: "migrations/tenant",
	})
	options := adopt.Options{Slug: "acme", Shared: []string{"countries", "currencies"}, DryRun: true}
	report, err := adopter.Run(ctx, options)
	if err != nil {
		log.Fatal(err)
	}
	for _, statement := range report.Plan {
		fmt.Println(statement + ";")
	}
}
