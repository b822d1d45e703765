package graph_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/e2e/graph"
)

func TestRefusals(t *testing.T) {
	issuer := authtest.NewIssuer(t, "ES256")
	auth := authtest.NewAuthenticator(t, issuer, func(c *core.Config) { c.CacheSize = -1 })
	handler := graph.Handler(auth, &graph.Book{})
	router := chi.NewRouter()
	router.With(chiauth.OptionalAuth(auth)).Handle("/graphql", handler)
	router.Handle("/lenient", graph.Lenient(auth, handler))
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)

	ada := issuer.Token(devissuer.Claims{"sub": "ada", "scope": "notes:read"})
	admin := issuer.Token(devissuer.Claims{"sub": "root", "roles": []string{"admin"}})
	expired := issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
	for _, tt := range []struct {
		name, path, token, query string
		status                   int
		want                     string
	}{
		{"open", "/graphql", "", "{greeting}", 200, `{"data":{"greeting":"hello, stranger"}}`},
		{"by name", "/graphql", ada, "{greeting}", 200, `{"data":{"greeting":"hello, ada"}}`},
		{"anonymous", "/graphql", "", "{notes{id}}", 200, `"code":"UNAUTHENTICATED"`},
		{"expired", "/graphql", expired, "{notes{id}}", 401, `"error":"invalid_token"`},
		{"lenient, open", "/lenient", "", "{greeting}", 200, `{"data":{"greeting":"hello, stranger"}}`},
		{"lenient, open, expired", "/lenient", expired, "{greeting}", 200, `{"data":{"greeting":"hello, stranger"}}`},
		{"lenient, expired", "/lenient", expired, "{notes{id}}", 200, `"code":"UNAUTHENTICATED"`},
		{"lenient, no token", "/lenient", "", "{notes{id}}", 200, `"code":"UNAUTHENTICATED"`},
		{"a part", "/graphql", ada, "{greeting count}", 200, `"code":"FORBIDDEN"`},
		{"a part is there", "/graphql", ada, "{greeting count}", 200, `"data":{"greeting":"hello, ada","count":null}`},
		{"scope", "/graphql", ada, `mutation{renameNote(id:"1",text:"x"){id}}`, 200, `"scope":"notes:write"`},
		{"role", "/graphql", admin, `mutation{deleteNote(id:"1")}`, 200, `{"data":{"deleteNote":false}}`},
		{"create", "/graphql", ada, `mutation{createNote(text:"x"){id owner}}`, 200, `{"data":{"createNote":{"id":"1","owner":"ada"}}}`},
		{"list", "/lenient", ada, `{notes{text}}`, 200, `{"data":{"notes":[{"text":"x"}]}}`},
		{"a query that is wrong", "/graphql", ada, `{nothing}`, 422, `Cannot query field`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := `{"query":"` + strings.ReplaceAll(tt.query, `"`, `\"`) + `"}`
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+tt.path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if tt.token != "" {
				r.Header.Set("Authorization", "Bearer "+tt.token)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.status || !strings.Contains(string(got), tt.want) {
				t.Errorf("got %d %s, want %d and %s", res.StatusCode, got, tt.status, tt.want)
			}
		})
	}
}
