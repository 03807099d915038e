package pollstest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// Poll is a poll as the API shows it.
type Poll struct {
	ID        int64
	Question  string
	CreatedBy int64     `json:"created_by"`
	PubDate   time.Time `json:"pub_date"`
	Choices   []Choice
}

// Choice is a choice as the API shows it.
type Choice struct {
	ID    int64
	Poll  int64
	Text  string `json:"choice_text"`
	Votes []Vote
}

// Vote is a vote as the API shows it.
type Vote struct {
	ID, Choice, Poll int64
	VotedBy          int64 `json:"voted_by"`
}

// unique lets a suite run again on a site that has data.
func unique(name string) string { return name + "-" + strings.ToLower(rand.Text()[:8]) }

// session is polls from beginning to end, the way its users go.
func session(t *testing.T, s Site) {
	alice, bob, nobody := s.SignUp(t, unique("alice")), s.SignUp(t, unique("bob")), s.Client(t)

	var p Poll
	alice.Want(http.StatusCreated, "POST", "/polls/", fields{"question": "Tea or coffee?"}, &p)
	if p.ID == 0 || p.Question != "Tea or coffee?" || p.CreatedBy == 0 || p.PubDate.IsZero() || p.Choices == nil {
		t.Errorf("created %+v", p)
	}
	path := fmt.Sprintf("/polls/%d/", p.ID)

	var tea, coffee Choice
	alice.Want(http.StatusCreated, "POST", path+"choices/", fields{"choice_text": "Tea"}, &tea)
	alice.Want(http.StatusCreated, "POST", path+"choices/", fields{"choice_text": "Coffee"}, &coffee)
	bob.Want(http.StatusForbidden, "POST", path+"choices/", fields{"choice_text": "Cocoa"}, nil)

	vote := fmt.Sprintf("%schoices/%d/vote/", path, tea.ID)
	var v Vote
	nobody.Want(http.StatusUnauthorized, "POST", vote, nil, nil)
	bob.Want(http.StatusCreated, "POST", vote, fields{"voted_by": p.CreatedBy}, &v)
	if v.Choice != tea.ID || v.Poll != p.ID || v.VotedBy == 0 || v.VotedBy == p.CreatedBy {
		t.Errorf("voted %+v: the voter is the token's user", v)
	}
	bob.Want(http.StatusConflict, "POST", vote, nil, nil)
	bob.Want(http.StatusConflict, "POST", fmt.Sprintf("%schoices/%d/vote/", path, coffee.ID), nil, nil)

	var other Poll
	bob.Want(http.StatusCreated, "POST", "/polls/", fields{"question": "Elsewhere?"}, &other)
	alice.Want(http.StatusNotFound, "POST", fmt.Sprintf("/polls/%d/choices/%d/vote/", other.ID, tea.ID), nil, nil)

	tea.Votes = []Vote{v}
	p.Choices = []Choice{tea, coffee}
	wantPoll(t, nobody, path, p)

	bob.Want(http.StatusForbidden, "DELETE", path, nil, nil)
	nobody.Want(http.StatusUnauthorized, "DELETE", path, nil, nil)
	alice.Want(http.StatusNoContent, "DELETE", path, nil, nil)
	nobody.Want(http.StatusNotFound, "GET", path, nil, nil)
}

// wantPoll sees p where the API shows it: alone, in the list, and its choices.
func wantPoll(t *testing.T, c *Client, path string, p Poll) {
	t.Helper()
	var alone, listed Poll
	var list []Poll
	var choices []Choice
	c.Want(http.StatusOK, "GET", path, nil, &alone)
	c.Want(http.StatusOK, "GET", fmt.Sprintf("/polls/?after=%d&limit=1", p.ID-1), nil, &list)
	c.Want(http.StatusOK, "GET", path+"choices/", nil, &choices)
	if len(list) == 1 {
		listed = list[0]
	}
	if !reflect.DeepEqual(alone, p) || !reflect.DeepEqual(listed, p) || !reflect.DeepEqual(choices, p.Choices) {
		t.Errorf("shown %+v\nlisted %+v\nchoices %+v\nwant %+v", alone, list, choices, p)
	}
}

// refusals: each wrong request has its status and says what is wrong.
func refusals(t *testing.T, s Site) {
	name := unique("carol")
	carol, stranger := s.SignUp(t, name), s.Client(t)
	stranger.Token = "not-a-token-of-this-site"
	long := strings.Repeat("x", 70<<10)

	for _, c := range []struct {
		who          *Client
		status       int
		method, path string
		body         any
	}{
		{s.Client(t), http.StatusBadRequest, "POST", "/login/", fields{"username": name, "password": "wrong"}},
		{s.Client(t), http.StatusBadRequest, "POST", "/login/", fields{"username": unique("who"), "password": secret}},
		{s.Client(t), http.StatusBadRequest, "POST", "/login/", `{"username":`},
		{s.Client(t), http.StatusBadRequest, "POST", "/users/", fields{"username": "", "password": secret}},
		{s.Client(t), http.StatusBadRequest, "POST", "/users/", fields{"username": "two words", "password": secret}},
		{s.Client(t), http.StatusBadRequest, "POST", "/users/", fields{"username": "nul\x00", "password": secret}},
		{s.Client(t), http.StatusBadRequest, "POST", "/users/", fields{"username": unique("d"), "password": ""}},
		{s.Client(t), http.StatusBadRequest, "POST", "/users/", fields{"username": unique("d"), "password": secret, "email": "nowhere"}},
		{s.Client(t), http.StatusConflict, "POST", "/users/", fields{"username": name, "password": secret}},
		{s.Client(t), http.StatusRequestEntityTooLarge, "POST", "/users/", fields{"username": long, "password": secret}},
		{s.Client(t), http.StatusUnauthorized, "POST", "/polls/", fields{"question": "Who am I?"}},
		{stranger, http.StatusUnauthorized, "POST", "/polls/", fields{"question": "Who am I?"}},
		{stranger, http.StatusUnauthorized, "GET", "/polls/", nil},
		{carol, http.StatusBadRequest, "POST", "/polls/", fields{"question": "  "}},
		{carol, http.StatusBadRequest, "POST", "/polls/", fields{"question": long[:300]}},
		{carol, http.StatusBadRequest, "POST", "/polls/", fields{"question": 7}},
		{carol, http.StatusBadRequest, "POST", "/polls/", `{"question":"a"} {"question":"b"}`},
		{carol, http.StatusNotFound, "GET", "/polls/9223372036854775807/", nil},
		{carol, http.StatusNotFound, "GET", "/polls/1'--/", nil},
		{carol, http.StatusNotFound, "POST", "/polls/9223372036854775807/choices/1/vote/", nil},
		{carol, http.StatusNotFound, "PUT", "/polls/1/", fields{"question": "?"}},
	} {
		var answer struct{ Error string }
		c.who.Want(c.status, c.method, c.path, c.body, &answer)
		if answer.Error == "" {
			t.Errorf("%s %s: no reason given", c.method, c.path)
		}
	}
}

// voteRace: of one user's votes at the same time, one counts.
func voteRace(t *testing.T, s Site) {
	dan := s.SignUp(t, unique("dan"))
	var p Poll
	var c Choice
	dan.Want(http.StatusCreated, "POST", "/polls/", fields{"question": "At once?"}, &p)
	path := fmt.Sprintf("/polls/%d", p.ID)
	dan.Want(http.StatusCreated, "POST", path+"/choices", fields{"choice_text": "Yes"}, &c)

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { dan.vote(fmt.Sprintf("%s/choices/%d/vote", path, c.ID)) })
	}
	all.Wait()
	dan.Want(http.StatusOK, "GET", path, nil, &p)
	if votes := len(p.Choices[0].Votes); votes != 1 {
		t.Errorf("%d votes by one user", votes)
	}
}

func (c *Client) vote(path string) {
	r, _ := http.NewRequestWithContext(c.t.Context(), "POST", c.site.URL+path, http.NoBody)
	r.Header.Set("Authorization", "Token "+c.Token)
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Error(err)
		return
	}
	response.Body.Close()
	if s := response.StatusCode; s != http.StatusCreated && s != http.StatusConflict {
		c.t.Errorf("POST %s: status %d", path, s)
	}
}
