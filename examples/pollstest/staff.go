package pollstest

import (
	"net/http"
	"regexp"
	"testing"
)

// staffArea: superusers manage all polls of their own site; nobody else comes in.
func staffArea(t *testing.T, s Site) {
	name := unique("root")
	if err := s.superuser(t.Context(), name, secret); err != nil {
		t.Fatal(err)
	}
	b := s.browser(t)
	b.open("/admin/").want(http.StatusOK, "/admin/login")
	b.submit("/admin/login", "username", name, "password", "wrong").want(http.StatusBadRequest, "/admin/login", "Wrong Credentials")
	b.submit("/admin/login", "username", name, "password", secret).want(http.StatusOK, "/admin/", "Add a poll")

	question := unique("Lunch?")
	b.submit("/admin/polls/new", "question", "").want(http.StatusBadRequest, "/admin/polls/new", "question is required")
	list := b.submit("/admin/polls/new", "question", question, "choices", "Now\nLater").want(http.StatusOK, "/admin/", question)
	edit := "/admin/polls/" + list.find(`admin/polls/(\d+)">`+regexp.QuoteMeta(question))
	editPoll(b, edit, question)
	staffStrangers(t, s, edit)

	b.open(edit+"/delete").want(http.StatusOK, edit+"/delete", "2 choices")
	b.submit(edit+"/delete").want(http.StatusOK, "/admin/")
	b.open(edit).want(http.StatusNotFound, edit)
	b.submit(edit+"/delete").want(http.StatusNotFound, edit+"/delete")
}

// editPoll changes a question. The publication date is shown and cannot be sent.
func editPoll(b *browser, edit, question string) {
	b.t.Helper()
	before := b.open(edit).want(http.StatusOK, edit, question, "readonly")
	const published = `<input value="([^"]*)" readonly>`
	b.submit(edit, "question", question+" Soon", "pub_date", "1999-01-01").want(http.StatusOK, "/admin/", question+" Soon")
	if date := b.open(edit).find(published); date != before.find(published) {
		b.t.Errorf("published %s became %s", before.find(published), date)
	}
}

// staffStrangers: users who are not staff, and visitors, change nothing.
func staffStrangers(t *testing.T, s Site, edit string) {
	t.Helper()
	name, b := unique("ivan"), s.browser(t)
	b.submit(edit, "question", "Mine").want(http.StatusOK, "/admin/login")
	b.submit("/sign-up", "username", name, "password", secret).want(http.StatusOK, "/")
	b.submit("/admin/login", "username", name, "password", secret).want(http.StatusBadRequest, "/admin/login", "Wrong Credentials")
	for _, path := range []string{"/admin/", "/admin/polls/new", edit, edit + "/delete"} {
		b.open(path).want(http.StatusForbidden, path, "for staff")
	}
	b.submit(edit, "question", "Mine").want(http.StatusForbidden, edit)
	b.submit(edit+"/delete").want(http.StatusForbidden, edit+"/delete")
}
