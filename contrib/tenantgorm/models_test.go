package tenantgorm_test

import (
	"time"

	"gorm.io/gorm"
)

// Plan is a shared table.
type Plan struct {
	ID   int    `gorm:"primaryKey;autoIncrement:false"`
	Name string `gorm:"not null;unique"`
}

// User has a foreign key to a shared table.
type User struct {
	ID     int64
	Name   string `gorm:"not null;uniqueIndex"`
	PlanID int    `gorm:"not null"`
	Plan   Plan
	Polls  []Poll
}

// Poll has relations of every kind.
type Poll struct {
	ID        int64
	Question  string `gorm:"not null;check:question_is_there,question <> ''"`
	UserID    int64  `gorm:"not null"`
	User      User
	Choices   []Choice `gorm:"constraint:OnDelete:CASCADE"`
	Tags      []Tag    `gorm:"many2many:poll_tags"`
	CreatedAt time.Time
	DeletedAt gorm.DeletedAt `gorm:"index"`
}

// Choice is made because a poll has many.
type Choice struct {
	ID     int64
	PollID int64
	Text   string
}

// Tag is joined by a table that no model names.
type Tag struct {
	ID   int64
	Name string `gorm:"not null;uniqueIndex"`
}

func sharedModels() []any { return []any{&Plan{}} }

// tenantModels leave GORM to find what belongs to them, and in which order.
func tenantModels() []any { return []any{&Choice{}, &User{}, &Poll{}} }
