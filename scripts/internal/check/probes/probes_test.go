package probes

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

var hookSecret = devclerk.NewWebhookSecret()

func newSource(t *testing.T) *tokens.Source {
	t.Helper()
	source, err := tokens.New("oidc", tokens.Options{Audience: audience, Party: party})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
}

func route(t *testing.T, text string, access routes.Access, named bool) routes.Route {
	t.Helper()
	r, err := routes.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r.Access, r.Named = access, named
	return r
}

// probe checks a server with the routes of the API.
func probe(t *testing.T, base string, source *tokens.Source) *report.Report {
	t.Helper()
	admin := route(t, "GET:/api/admin", routes.Protected, true)
	r := &Run{
		Base: base, Tokens: source, AdminRoute: &admin, WebhookRoute: "/hook", WebhookSecret: hookSecret, WebhookEvent: "user.updated", Origin: party,
		Report: &report.Report{}, Say: func(string, ...any) {},
		Routes: []routes.Route{
			route(t, "GET:/api/me", routes.Protected, false), route(t, "GET:/api/items", routes.Protected, false),
			route(t, "DELETE:/api/items/1", routes.Protected, false), route(t, "GET:/api/admin", routes.Protected, false),
			route(t, "GET:/healthz", routes.Public, false), route(t, "POST:/hook", routes.Unknown, false), // which takes no token
		},
	}
	if err := r.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r.Report
}

// bad are the ids of rows that are not well.
func bad(r *report.Report) []string {
	var ids []string
	for _, row := range r.Rows {
		switch row.Status {
		case report.Failed:
			ids = append(ids, row.ID)
		case report.Warned:
			ids = append(ids, row.ID+"!")
		case report.OK, report.Info, report.NotTried:
		}
	}
	return ids
}

// TestGivenToken: with a token alone less is tried, and said so.
func TestGivenToken(t *testing.T) {
	source := newSource(t)
	_, base := newAPI(t, source, nil)
	got := probe(t, base, tokens.Given(source.Valid(), source.Admin()))
	if ids := bad(got); len(ids) != 0 {
		t.Errorf("got %v", ids)
	}
	status := map[string]report.Status{}
	for _, row := range got.Rows {
		status[row.ID] = row.Status
		if row.Status == report.NotTried && !strings.Contains(row.Reason, "needs") && row.ID != "valid" && row.ID != "query" {
			t.Errorf("%s does not say what it needs: %s", row.ID, row.Reason)
		}
	}
	for id, want := range map[string]report.Status{
		"key": report.OK, "alg-none": report.OK, "tampered": report.OK, "role-missing": report.OK, "role-present": report.OK, "identity": report.OK, "query": report.NotTried, "cookie": report.OK,
		"expired": report.NotTried, "premature": report.NotTried, "issuer": report.NotTried, "audience": report.NotTried, "party": report.NotTried, "alg-hmac": report.NotTried,
	} {
		if status[id] != want {
			t.Errorf("%s: got %q, want %q", id, status[id], want)
		}
	}
	// Without any, strangers can still be tried.
	got = probe(t, base, tokens.Given("", ""))
	if ids := bad(got); len(ids) != 0 || got.Verdict() != report.Incomplete {
		t.Errorf("got %v, %s", ids, got.Verdict())
	}
}

// TestOpen: a token shows nothing on a route that is open.
func TestOpen(t *testing.T) {
	source := newSource(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(s.Close)
	r := &Run{Base: s.URL, Tokens: source, Report: &report.Report{}, Say: func(string, ...any) {},
		Routes: []routes.Route{route(t, "GET:/api/me", routes.Protected, true)}}
	if err := r.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := bad(r.Report); !slices.Equal(got, []string{"no-token"}) {
		t.Errorf("got %v", got)
	}
	if first := r.Report.Rows[0]; !strings.Contains(first.Route+first.Remedy, "GET:/api/me") {
		t.Errorf("the route is not named: %+v", first)
	}
	// Found in source, a route by a usual name may be open, but not every one.
	r = &Run{Base: s.URL, Tokens: source, Report: &report.Report{}, Say: func(string, ...any) {},
		Routes: []routes.Route{route(t, "GET:/healthz", routes.Unknown, false)}}
	if err := r.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := bad(r.Report); !slices.Equal(got, []string{"protected"}) {
		t.Errorf("got %v", got)
	}
	s.Close()
	if err := r.All(t.Context()); err == nil {
		t.Error("a server that is gone is no error")
	}
}

func TestMistakes(t *testing.T) {
	source := newSource(t)
	for _, row := range mistakes {
		t.Run(row.name, func(t *testing.T) {
			a, base := newAPI(t, source, row.change)
			got := probe(t, base, source)
			if want := strings.Fields(row.want); !slices.Equal(bad(got), want) {
				var text strings.Builder
				got.Text(&text)
				t.Errorf("got %v, want %v\n%s", bad(got), want, text.String())
			}
			for _, row := range got.Rows {
				if row.Status == report.Failed && (row.Reason == "" || row.Remedy == "") {
					t.Errorf("%s has no reason or no remedy: %+v", row.ID, row)
				}
			}
			if n := a.deletes.Load(); n != 0 {
				t.Errorf("the handler that deletes was called %d times", n)
			}
		})
	}
}
