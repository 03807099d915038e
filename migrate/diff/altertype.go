package diff

import (
	"github.com/rowhouse-go/rowhouse/catalog"
)

func alterDomain(c change) (all []unit) {
	alter, want := "ALTER DOMAIN "+own(c.want.Name), c.want.Attr
	if c.differs("default") {
		all = append(all, one(alter+choose(want("default") == "", " DROP DEFAULT", " SET DEFAULT "+want("default"))))
	}
	if c.differs("not null") {
		all = append(all, one(alter+choose(want("not null") == "", " DROP NOT NULL", " SET NOT NULL")))
	}
	return all
}

func alterSequence(c change) (all []unit) {
	alter := "ALTER SEQUENCE " + own(c.want.Name)
	all = append(all, one(alter+sequenceOptions(*c.want)))
	if owner := c.want.Attr("owned by"); c.differs("owned by") {
		sql := alter + " OWNED BY NONE"
		if owner != "" {
			sql = alter + " OWNED BY " + catalog.Placeholder + "." + owner
		}
		all = append(all, one(sql))
	}
	return all
}
