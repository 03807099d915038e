package silo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Healthy asks the application at an address how it is, by the path of
// [Stack].Health. Any answer below 500 within five seconds is a good one.
func Healthy(ctx context.Context, address, path string) error {
	return healthy(ctx, nil, address, path)
}

// healthy is [Healthy], asked from an address of ours; nil is any.
func healthy(ctx context.Context, from net.Addr, address, path string) error {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	path = "/" + strings.TrimPrefix(path, "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return err
	}
	dialer := &net.Dialer{LocalAddr: from}
	response, err := (&http.Transport{DisableKeepAlives: true, DialContext: dialer.DialContext}).RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("%s answers %s", path, response.Status)
	}
	return nil
}
