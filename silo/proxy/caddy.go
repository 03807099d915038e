package proxy

import _ "embed"

//go:embed caddy.tmpl
var caddyText string

// Caddy returns a Caddyfile. Certificates that the site does not name are had on
// demand, for the hosts that the shared application's Ask handler knows.
// Failures are [*tenant.InvalidError] and [ErrAmbiguous].
func Caddy(s Site) ([]byte, error) { return render("caddy", caddyText, s) }
