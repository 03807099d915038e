package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// evenClosed is a change that can be made also to a silo whose application does not
// come up: while it is made, a program that turns everybody away stands in for it.
func (c *cli) evenClosed(do change) change {
	return func(m *lifecycle.Manager, ctx context.Context, id tenant.ID) (*tenant.Tenant, error) {
		t, err := do(m, ctx, id)
		if !is[*silo.FailedError](err) {
			return t, err
		}
		if _, failed := c.silos.upClosed(ctx, id); failed != nil {
			return nil, errors.Join(err, failed)
		}
		return do(m, ctx, id)
	}
}

// upClosed brings up a silo's database.
func (s *silos) upClosed(ctx context.Context, id tenant.ID) (silo.State, error) {
	stack, err := s.stack(id)
	if err != nil {
		return silo.State{}, err
	}
	stack.Prepare, stack.Health = nil, ""
	stack.App = []string{s.program, "silo", "closed", "{addr}"}
	return s.Up(ctx, stack)
}

// siloClosed is what stands in for the application.
func siloClosed() *cobra.Command {
	return &cobra.Command{
		Use: "closed ADDR", Hidden: true, Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			listener, err := listen(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			closed := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "This site is closed.", http.StatusGone) }
			server := &http.Server{Handler: http.HandlerFunc(closed), ReadHeaderTimeout: 5 * time.Second}
			defer context.AfterFunc(cmd.Context(), func() { _ = server.Close() })()
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
	}
}
