package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	for _, name := range []string{"CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY"} { // a developer may have them
		_ = os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

// suite is an API and the stand-in that it trusts.
type suite struct {
	t     *testing.T
	local *local
	api   *api
	base  string // the URL of the API
}

func newSuite(t *testing.T) *suite {
	t.Helper()
	l, err := startLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.instance.Close() })
	cfg := l.config()
	cfg.Core.Observer = core.Silent
	a, err := newAPI(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{t: t, local: l, api: a}
	server := httptest.NewServer(a.routes())
	t.Cleanup(server.Close)
	s.base = server.URL
	return s
}

// token is one of a person, whose session is changed before.
func (s *suite) token(i int, change func(*devclerk.Session)) string {
	session := s.local.session(people[i], 1)
	if change != nil {
		change(&session)
	}
	return s.local.instance.Token(session, nil)
}

// send returns status and body of an answer.
func (s *suite) send(method, path, token, body string) (status int, text string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}
