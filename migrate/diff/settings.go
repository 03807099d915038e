package diff

import (
	"strings"

	"github.com/rowhouse-go/rowhouse/catalog"
	"github.com/rowhouse-go/rowhouse/internal/ident"
)

// settings are what the statement that makes an object does not say, where it is not
// what PostgreSQL does by default. was is the object as it is; nil: it was just made.
func settings(o catalog.Object, was *catalog.Object) (all []string) {
	c := change{&o, &catalog.Object{}}
	if was != nil {
		c.have = was
	}
	switch o.Kind {
	case "trigger", "rule":
		if c.differs("disabled") || c.differs("enabled") {
			all = append(all, onTable(o)+" "+enabled(o)+strings.ToUpper(o.Kind)+" "+ident.Quote(o.Name))
		}
	case "statistics":
		if c.differs("target") {
			all = append(all, "ALTER STATISTICS "+own(o.Name)+" SET STATISTICS "+or(o.Attr("target"), "-1"))
		}
	case "index":
		if c.differs("clustered") && o.Attr("clustered") != "" {
			all = append(all, onTable(o)+" CLUSTER ON "+ident.Quote(o.Name))
		}
		if c.differs("replica identity") && o.Attr("replica identity") != "" {
			all = append(all, onTable(o)+" REPLICA IDENTITY USING INDEX "+ident.Quote(o.Name))
		}
	}
	return all
}

func enabled(o catalog.Object) string {
	switch {
	case o.Attr("disabled") != "":
		return "DISABLE "
	case o.Attr("enabled") != "":
		return "ENABLE " + strings.ToUpper(o.Attr("enabled")) + " "
	}
	return "ENABLE "
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
