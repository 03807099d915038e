package rowhouse_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/resolve"
)

// A middleware that refuses everybody says why, once.
func TestMiddlewareWithoutAResolverSaysSo(t *testing.T) {
	for name, resolver := range map[string]resolve.Resolver{"none": nil, "one": resolve.Must(resolve.Subdomain("app.example"))} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			c := config(t)
			c.Resolve, c.Logger = resolver, slog.New(slog.NewTextHandler(&log, nil))
			h := open(t, c)
			for range 2 {
				h.Middleware(http.NotFoundHandler())
			}
			want := 0
			if resolver == nil {
				want = 1
			}
			if got := strings.Count(log.String(), "refuses every request"); got != want {
				t.Errorf("said %d times, want %d", got, want)
			}
		})
	}
}
