package app

import "context"

// brandOf is how the site looks: there is one customer, so there is one brand.
func brandOf(context.Context) brand {
	return brand{Name: "Polls", Color: "#2f5d8a", Accent: "#c8553d", Logo: "P"}
}
