package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// TestAPI asks the API on each framework for everything that it has.
func TestAPI(t *testing.T) {
	onEach(t, func(t *testing.T, framework string) {
		r := start(t, framework)
		ada, mo := r.token("ada", nil), r.token("mo", nil)
		public, draft := r.create(t, mo, "Hello", true), r.create(t, mo, "Not yet", false)
		adas := r.create(t, ada, "Rules", true)
		expired := r.token("mo", devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
		post := func(id string) string { return fmt.Sprintf(`{ post(id: %q) { title mine } }`, id) }
		update := func(id, title string) string {
			return fmt.Sprintf(`mutation { updatePost(id: %q, input: {title: %q, published: true}) { title } }`, id, title)
		}
		remove := func(id string) string { return fmt.Sprintf(`mutation { deletePost(id: %q) }`, id) }
		authors := `{ posts { title author { name email role } } }`
		for _, tt := range []struct {
			name, token, query string
			status             int
			code               string // of the error
			body               string // contains
		}{
			{"public", "", `{ posts { title mine } }`, 200, "", `{"posts":[{"title":"Rules","mine":false},{"title":"Hello","mine":false}]}`},
			{"a page", "", `{ posts(first: 1, after: "` + adas + `") { title } }`, 200, "", `{"posts":[{"title":"Hello"}]}`},
			{"no such page", "", `{ posts(first: 0) { title } }`, 200, "BAD_USER_INPUT", `"field":"first"`},
			{"authors, anonymous", "", authors, 200, "", `{"title":"Hello","author":{"name":"Mo","email":null,"role":null}}`},
			{"authors, mo", mo, authors, 200, "", `{"title":"Rules","author":{"name":"Ada","email":null,"role":null}},{"title":"Hello","author":{"name":"Mo","email":"mo@example.com","role":null}}`},
			{"authors, ada", ada, authors, 200, "", `{"name":"Mo","email":"mo@example.com","role":null}`},
			{"one's own", mo, post(public), 200, "", `{"post":{"title":"Hello","mine":true}}`},
			{"draft, author", mo, post(draft), 200, "", `"Not yet"`},
			{"draft, admin", ada, post(draft), 200, "", `"Not yet"`},
			{"draft, anonymous", "", post(draft), 200, "", `{"post":null}`},
			{"viewer", mo, `{ viewer { userId isAdmin roles sessionId organizationId } }`, 200, "", `{"viewer":{"userId":"user_mo","isAdmin":false,"roles":[],"sessionId":"sess_mo","organizationId":null}}`},
			{"viewer, admin", ada, `{ viewer { userId isAdmin permissions scopes } }`, 200, "", `{"viewer":{"userId":"user_ada","isAdmin":true,"permissions":["reports:read"],"scopes":["posts:import"]}}`},
			{"viewer, anonymous", "", `{ viewer { userId } }`, 200, "", `{"viewer":null}`},
			{"own posts", mo, `{ myPosts { title } }`, 200, "", `{"myPosts":[{"title":"Not yet"},{"title":"Hello"}]}`},
			{"own posts, anonymous", "", `{ myPosts { title } }`, 200, "UNAUTHENTICATED", `"path":["myPosts"]`},
			{"public beside protected", "", `{ posts { title } report { posts } }`, 200, "UNAUTHENTICATED", `"data":null`},
			{"users", ada, `{ users { id email posts { title } } }`, 200, "", `{"id":"user_mo","email":"mo@example.com","posts":[{"title":"Hello"}]}`},
			{"users, mo", mo, `{ users { id } }`, 200, "FORBIDDEN", "the caller lacks a right"},
			{"users, anonymous", "", `{ users { id } }`, 200, "UNAUTHENTICATED", "authentication is required"},
			{"report", ada, `{ report { posts published users } }`, 200, "", `{"report":{"posts":3,"published":2,"users":2}}`},
			{"report, mo", mo, `{ report { posts } }`, 200, "FORBIDDEN", ""},
			{"create, anonymous", "", `mutation { createPost(input: {title: "x"}) { id } }`, 200, "UNAUTHENTICATED", ""},
			{"create without a title", mo, `mutation { createPost(input: {title: " "}) { id } }`, 200, "BAD_USER_INPUT", `"field":"title"`},
			{"update", mo, update(public, "Hello again"), 200, "", `"Hello again"`},
			{"update another's", mo, update(adas, "Mine"), 200, "FORBIDDEN", ""},
			{"update another's, admin", ada, update(public, "Mine"), 200, "FORBIDDEN", ""},
			{"update what is not there", mo, update("x", "Mine"), 200, "NOT_FOUND", ""},
			{"delete another's", mo, remove(adas), 200, "FORBIDDEN", ""},
			{"delete another's, anonymous", "", remove(adas), 200, "UNAUTHENTICATED", ""},
			{"delete another's, admin", ada, remove(public), 200, "", public},
			{"import", ada, `mutation { importPosts(input: [{title: "a"}, {title: "b"}]) { title } }`, 200, "", `[{"title":"a"},{"title":"b"}]`},
			{"import, no scope", mo, `mutation { importPosts(input: [{title: "a"}]) { title } }`, 200, "FORBIDDEN", `"scope":"posts:import"`},
			{"role, mo", mo, `mutation { setRole(userId: "user_mo", role: "admin") { role } }`, 200, "FORBIDDEN", ""},
			{"role, unknown", ada, `mutation { setRole(userId: "user_mo", role: "god") { role } }`, 200, "BAD_USER_INPUT", `"field":"role"`},
			{"role of an admin's own", ada, `mutation { setRole(userId: "user_ada") { role } }`, 200, "FORBIDDEN", ""},
			{"role", ada, `mutation { setRole(userId: "user_mo", role: "admin") { role } }`, 200, "", `{"role":"admin"}`},
			{"role counts at once", mo, `{ viewer { isAdmin } users { id } }`, 200, "", `{"isAdmin":true}`},
			{"role away", ada, `mutation { setRole(userId: "user_mo", role: null) { role } }`, 200, "", `{"role":null}`},
			{"role is gone", mo, `{ users { id } }`, 200, "FORBIDDEN", ""},
			{"bad token, public field", "x.y.z", `{ posts { title } }`, 401, "", `"invalid_token"`},
			{"expired token, public field", expired, `{ posts { title } }`, 401, "", `"invalid_token"`},
			{"a mistake", mo, `{ postz { title } }`, 422, "GRAPHQL_VALIDATION_FAILED", `Cannot query field \"postz\" on type \"Query\".`},
			{"introspection, anonymous", "", `{ __schema { types { name } } }`, 200, "UNAUTHENTICATED", "callers who have signed in"},
			{"introspection in a fragment, anonymous", "", `{ ...Q } fragment Q on Query { ... on Query { __type(name: "Post") { name } } }`, 200, "UNAUTHENTICATED", ""},
			{"type name, anonymous", "", `{ __typename posts(first: 1) { __typename } }`, 200, "", `"__typename":"Query"`},
			{"introspection", mo, `{ __schema { types { name fields { type { ofType { ofType { ofType { name } } } } } } } }`, 200, "", `"name":"Mutation"`},
			{"sign out", mo, `mutation { signOut }`, 200, "", `{"signOut":true}`},
			{"signed out", mo, `{ posts { title } }`, 401, "", `"invalid_token"`},
		} {
			got := r.ask(t, tt.token, tt.query, nil)
			if got.status != tt.status || !strings.Contains(got.body, tt.body) {
				t.Errorf("%s: got %d %s, want %d with %s", tt.name, got.status, got.body, tt.status, tt.body)
			}
			if tt.status == http.StatusOK && (got.code() != tt.code || len(got.Errors) > 0 && tt.code == "") {
				t.Errorf("%s: got code %q in %s, want %q", tt.name, got.code(), got.body, tt.code)
			}
		}
	})
}

// TestLimits: what an anonymous caller may not ask, and a user may.
func TestLimits(t *testing.T) {
	r := start(t, "chi")
	mo := r.token("mo", nil)
	r.create(t, mo, "Hello", true)
	deep := `{ posts(first: 1) { author { posts(first: 1) { author { name } } } } }`
	fragments := `{ posts(first: 1) { ...P } } fragment P on Post { author { posts(first: 1) { ... on Post { author { name } } } } }`
	wide := `{ posts(first: 100) { author { posts(first: 100) { title } } } }`
	aliases := "{" + strings.Repeat(" x%d: posts(first: 100) { title }", 10) + "}"
	for i := range 10 {
		aliases = strings.Replace(aliases, "%d", fmt.Sprint(i), 1)
	}
	for _, tt := range []struct {
		name, token, query string
		code               string
	}{
		{"deep, anonymous", "", deep, "DEPTH_LIMIT_EXCEEDED"},
		{"deep, user", mo, deep, ""},
		{"fragments, anonymous", "", fragments, "DEPTH_LIMIT_EXCEEDED"},
		{"fragments, user", mo, fragments, ""},
		{"aliases, anonymous", "", aliases, "COMPLEXITY_LIMIT_EXCEEDED"},
		{"aliases, user", mo, aliases, ""},
		{"wide, user", mo, wide, "COMPLEXITY_LIMIT_EXCEEDED"},
		{"an enormous page", "", `{ posts(first: 9223372036854775807) { title } }`, "BAD_USER_INPUT"},
		{"many words", mo, "{ posts { " + strings.Repeat("title ", maxTokens) + "} }", "GRAPHQL_PARSE_FAILED"},
	} {
		if got := r.ask(t, tt.token, tt.query, nil); got.code() != tt.code || (tt.code == "") != (len(got.Errors) == 0) {
			t.Errorf("%s: got %d %s, want code %q", tt.name, got.status, got.body, tt.code)
		}
	}
	if got := r.ask(t, mo, strings.Repeat(" ", maxBody), nil); !strings.Contains(got.body, "too large") {
		t.Errorf("a body of more than %d bytes: got %d %s", maxBody, got.status, got.body)
	}
	for _, query := range []string{"", "?query=%7Bposts%7Btitle%7D%7D"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.addr+"/graphql"+query, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("GET %q: got %d, want 400", query, response.StatusCode)
		}
	}
}

// TestOutages: what the client sees while the database, or the issuer, is away.
func TestOutages(t *testing.T) {
	r := start(t, "chi")
	mo := r.token("mo", nil)
	r.create(t, mo, "Hello", true)
	if err := r.posts.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ token, query, code string }{
		{mo, `{ users { id } }`, "SERVICE_UNAVAILABLE"}, // the role cannot be looked up
		{"", `{ posts { id } }`, "INTERNAL_SERVER_ERROR"},
	} {
		got := r.ask(t, tt.token, tt.query, nil)
		if got.code() != tt.code || strings.Contains(got.body, "database") || strings.Contains(got.body, "sql") {
			t.Errorf("%s: got %s, want %s and nothing of the cause", tt.query, got.body, tt.code)
		}
	}
	if err := r.ready(t.Context()); err == nil || !strings.Contains(err.Error(), "database") {
		t.Errorf("got %v, want that the database does not answer", err)
	}
	away := start(t, "chi", func(c *core.Config) { c.Issuers[0].URL = "http://127.0.0.1:1" })
	if err := away.ready(t.Context()); err == nil {
		t.Error("ready without keys")
	}
	onEach(t, func(t *testing.T, framework string) {
		for path, r := range map[string]*running{"/health": away, "/ready": start(t, framework)} {
			response, err := http.Get("http://" + r.addr + path)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != http.StatusNoContent {
				t.Errorf("%s: got %d", path, response.StatusCode)
			}
		}
	})
	response, err := http.Get("http://" + away.addr + "/ready")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without keys: got %d", response.StatusCode)
	}
}
