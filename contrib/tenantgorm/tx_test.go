package tenantgorm_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"github.com/rowhouse-go/rowhouse/tenant"
)

var errChanged = errors.New("changed my mind")

func TestATransactionHasOneTenant(t *testing.T) {
	t.Parallel()
	for way, option := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, 2, option)
			err := s.db.WithContext(s.thor).Transaction(func(tx *gorm.DB) error {
				inner := tx.Transaction(func(tx *gorm.DB) error { // a savepoint
					return errors.Join(tx.Create(&Tag{Name: "lost"}).Error, errChanged)
				})
				if !errors.Is(inner, errChanged) {
					t.Errorf("the inner transaction: %v", inner)
				}
				if err := tx.WithContext(s.potter).Create(&Tag{Name: "astray"}).Error; !errors.Is(err, tenant.ErrMismatch) {
					t.Errorf("another tenant's context: %v", err)
				}
				return tx.Create(&Tag{Name: "kept"}).Error
			})
			if err != nil {
				t.Fatal(err)
			}
			rolled := s.db.WithContext(s.potter).Transaction(func(tx *gorm.DB) error {
				return errors.Join(tx.Create(&Tag{Name: "gone"}).Error, errChanged)
			})
			if !errors.Is(rolled, errChanged) {
				t.Errorf("the transaction: %v", rolled)
			}
			if thor, potter := s.tags(t, s.thor), s.tags(t, s.potter); thor != "[kept]" || potter != "[]" {
				t.Errorf("thor has %s, potter %s", thor, potter)
			}
		})
	}
}

func (s *street) tags(t *testing.T, who context.Context) string {
	t.Helper()
	var names []string
	if err := s.db.WithContext(who).Model(&Tag{}).Order("name").Pluck("name", &names).Error; err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(names)
}

// A panic in a transaction rolls it back, and its connection serves the next.
func TestAPanicRollsBack(t *testing.T) {
	t.Parallel()
	s := newStreet(t, 1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not reach the caller")
			}
		}()
		_ = s.db.WithContext(s.thor).Transaction(func(tx *gorm.DB) error {
			panic(tx.Create(&Tag{Name: "lost"}).Error)
		})
	}()
	if got := s.tags(t, s.thor) + s.tags(t, s.potter); got != "[][]" {
		t.Errorf("the tags are %s", got)
	}
}
