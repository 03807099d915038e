//go:build !linux

package main

import "context"

// ownMemory: not measured on this system.
func ownMemory(func() int) func(context.Context) (int64, error) { return nil }

// treeMemory: not measured on this system.
func treeMemory(func(context.Context) ([]int, error)) func(context.Context) (int64, error) {
	return nil
}
