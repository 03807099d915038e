package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// page is a tab of a real browser.
type page struct {
	t   *testing.T
	ctx context.Context
}

// openBrowser starts Chromium. Names under localhost lead to this machine in it, as
// in every browser.
func openBrowser(t *testing.T) page {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(pgtest.Need(t, "chromium")), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return page{t, ctx}
}

func (p page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

func (p page) text(selector chromedp.CSS) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(selector))
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

func (p page) colour() string {
	p.t.Helper()
	colour, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("header")).backgroundColor`))
	if err != nil {
		p.t.Fatal(err)
	}
	return colour
}

// One browser visits both customers: each shows its own name, colour and polls, a
// vote counts, and being signed in at one says nothing to the other.
func TestPagesInABrowser(t *testing.T) {
	s := open(t)
	p := openBrowser(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.server.URL, "http://"), ":")
	at := func(slug, path string) chromedp.Action[chromedp.Void] {
		return chromedp.Navigate("http://" + slug + ".polls.localhost:" + port + path)
	}

	colours := map[string]bool{}
	for _, slug := range []string{"thor", "potter"} {
		p.do(at(slug, "/"))
		if head, body := p.text("header"), p.text("main"); !strings.Contains(strings.ToLower(head), slug) || !strings.Contains(body, "vote") {
			t.Errorf("%s: header %q, page %q", slug, head, body)
		}
		colours[p.colour()] = true
	}
	if len(colours) != 2 {
		t.Errorf("the customers' colours: %v", colours)
	}

	p.do(
		at("thor", "/sign-up"),
		chromedp.SendKeys(chromedp.CSS(`input[name="username"]`), "fandral"),
		chromedp.SendKeys(chromedp.CSS(`input[name="password"]`), "the-dashing-blade"),
		chromedp.Click(chromedp.CSS(`main form button`)),
		chromedp.WaitVisible(chromedp.CSS(`form[action$="sign-out"]`)),
		at("thor", "/p/2"),
		chromedp.Click(chromedp.CSS(`input[name="choice"]`)),
		chromedp.Click(chromedp.CSS(`form[action$="/vote"] button`)),
		chromedp.WaitNotPresent(chromedp.CSS(`form[action$="/vote"]`)),
	)
	if note := p.text("p.note"); !strings.Contains(note, "you voted") {
		t.Errorf("after a vote: %q", note)
	}
	p.do(at("potter", "/"))
	if head := p.text("header"); !strings.Contains(head, "Sign in") {
		t.Errorf("potter knows thor's visitor: %q", head)
	}
}
