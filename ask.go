package rowhouse

import (
	"net/http"

	"github.com/rowhouse-go/rowhouse/tenanthttp"
)

// Ask answers a front proxy's question whether to get a certificate for a host. Mount
// it at [tenanthttp.AskPath], outside the middleware: the proxy asks under a host of
// its own. See [tenanthttp.Ask].
func (h *House) Ask() http.Handler {
	return tenanthttp.Ask(h.config.Resolve, h.cache, h.config.HTTP)
}
