package tenantgorm_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// ways are how GORM sends statements.
func ways() map[string]gorm.Option {
	return map[string]gorm.Option{
		"plain":    &gorm.Config{},
		"prepared": &gorm.Config{PrepareStmt: true, SkipDefaultTransaction: true},
	}
}

func TestEachContextSeesItsOwnTenant(t *testing.T) {
	t.Parallel()
	for way, option := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, 2, option)
			for name, who := range s.both() {
				if p := s.asks(t, who, name, "What does "+name+" want?"); p.ID != 1 {
					t.Errorf("the first poll of %s is %d", name, p.ID)
				}
			}
			for name, who := range s.both() {
				s.sees(t, who, name, "What does "+name+" want?")
			}
			s.changes(t)
		})
	}
}

// sees reads one poll with all that belongs to it, each by a query of its own.
func (s *street) sees(t *testing.T, who context.Context, name, question string) {
	t.Helper()
	var polls []Poll
	err := s.db.WithContext(who).Preload("Choices").Preload("Tags").Preload("User.Plan").Find(&polls).Error
	if err != nil || len(polls) != 1 {
		t.Fatalf("%s: %+v, %v", name, polls, err)
	}
	p := polls[0]
	if p.Question != question || p.User.Name != name || p.User.Plan.Name != "free" || len(p.Choices) != 2 ||
		p.Choices[0].Text != name+" says yes" || len(p.Tags) != 1 || p.Tags[0].Name != name {
		t.Errorf("%s sees %+v", name, p)
	}
}

// changes updates, joins and deletes in one tenant, and looks at the other.
func (s *street) changes(t *testing.T) {
	t.Helper()
	thor := s.db.WithContext(s.thor)
	var p Poll
	errs := []error{
		thor.Joins("User").First(&p).Error,
		thor.Model(&p).Update("question", "Which hammer?").Error,
		thor.Model(&p).Association("Choices").Append(&Choice{Text: "both"}),
		thor.Where("text <> ?", "both").Delete(&Choice{}).Error,
	}
	if n := thor.Model(&p).Association("Choices").Count(); n != 1 || p.User.Name != "thor" {
		t.Errorf("thor has %d choices, asked by %s", n, p.User.Name)
	}
	if err := errors.Join(append(errs, thor.Delete(&p).Error)...); err != nil {
		t.Fatal(err)
	}
	s.sees(t, s.potter, "potter", "What does potter want?")
	if err := thor.First(&Poll{}).Error; !errors.Is(err, gorm.ErrRecordNotFound) {
		t.Errorf("thor's poll is still there: %v", err)
	}
}

func TestWithoutATenantNothingRuns(t *testing.T) {
	t.Parallel()
	for way, option := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, 2, option)
			for what, err := range map[string]error{
				"find":        s.db.Find(&[]Poll{}).Error,
				"create":      s.db.Create(&Tag{Name: "x"}).Error,
				"raw":         s.db.Raw("SELECT 1").Scan(new(int)).Error,
				"exec":        s.db.Exec("DELETE FROM polls").Error,
				"context":     s.db.WithContext(t.Context()).Find(&[]Poll{}).Error,
				"transaction": s.db.Transaction(func(*gorm.DB) error { t.Error("it began"); return nil }),
				"begin":       s.db.Begin().Error,
				"automigrate": s.db.AutoMigrate(&Tag{}),
			} {
				if !errors.Is(err, tenant.ErrMissing) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// Many goroutines share few connections and one cache of prepared statements.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newStreet(t, 3, &gorm.Config{PrepareStmt: true})
	for name, who := range s.both() {
		s.asks(t, who, name, name)
	}
	var group sync.WaitGroup
	for n := range 40 {
		for name, who := range s.both() {
			group.Go(func() {
				tx := s.db.WithContext(who)
				tag := Tag{Name: fmt.Sprint(name, n)}
				var user User
				if err := errors.Join(tx.Create(&tag).Error, tx.Preload("Polls").First(&user).Error); err != nil {
					t.Error(err)
				} else if user.Name != name || len(user.Polls) != 1 || user.Polls[0].Question != name {
					t.Errorf("%s sees %+v", name, user)
				}
			})
		}
	}
	group.Wait()
	for name, who := range s.both() {
		var n int64
		err := s.db.WithContext(who).Model(&Tag{}).Where("name LIKE ?", name+"%").Count(&n).Error
		if err != nil || n != 41 {
			t.Errorf("%s has %d tags, %v", name, n, err)
		}
	}
}

// One configuration may open several databases: each has prepared statements of its
// own.
func TestOpenLeavesTheConfigurationAlone(t *testing.T) {
	t.Parallel()
	config := &gorm.Config{}
	one, two := newStreet(t, 2, config), newStreet(t, 2, config)
	one.db, two.db = one.db.Session(&gorm.Session{PrepareStmt: true}), two.db.Session(&gorm.Session{PrepareStmt: true})
	one.asks(t, one.thor, "thor", "here")
	if got := two.tags(t, two.thor); got != "[]" {
		t.Errorf("the other database has %s", got)
	}
}
