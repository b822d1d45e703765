package probes

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/scripts/internal/check/report"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
	"github.com/authkeel/authkeel/scripts/internal/check/tokens"
)

// TestOtherClasses: an API that accepts Clerk's tokens of other classes as sessions is
// told so. Template tokens are never meant; machines may be.
func TestOtherClasses(t *testing.T) {
	source, err := tokens.New("clerk", tokens.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	for name, value := range source.Env() {
		t.Setenv(name, value)
	}
	auth, err := clerk.NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		accept func(r *http.Request) bool
		want   string
	}{
		"none": {func(*http.Request) bool { return false }, ""},
		"templates": {func(r *http.Request) bool {
			_, h, c := bearer(r)
			return h["cat"] == "cl_B7d4PD222AAA" && c["sid"] == nil
		}, "class-template"},
		"pending":               {func(r *http.Request) bool { _, _, c := bearer(r); return c["sts"] == "pending" }, "class-pending!"},
		"machines":              {func(r *http.Request) bool { _, h, _ := bearer(r); return h["cat"] == "cl_B7d4PD333AAA" }, "class-machine!"},
		"OAuth":                 {func(r *http.Request) bool { _, h, _ := bearer(r); return h["typ"] == "at+jwt" }, "class-oauth!"},
		"opaque machine tokens": {func(r *http.Request) bool { token, _, _ := bearer(r); return strings.HasPrefix(token, "mt_") }, "class-machine!"},
		"API keys":              {func(r *http.Request) bool { token, _, _ := bearer(r); return strings.HasPrefix(token, "ak_") }, "class-api-key!"},
	} {
		t.Run(name, func(t *testing.T) {
			protected := (&api{auth: auth}).protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				id, _ := core.IdentityFrom(r.Context())
				fmt.Fprint(w, id.Subject())
			}))
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if row.accept(r) {
					return
				}
				protected.ServeHTTP(w, r)
			}))
			t.Cleanup(s.Close)
			r := &Run{Base: s.URL, Tokens: source, Report: &report.Report{}, Origin: party, Say: func(string, ...any) {}, Routes: []routes.Route{found("GET", "/me")}}
			if err := r.All(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(bad(r.Report), " "); got != row.want {
				var table strings.Builder
				r.Report.Text(&table)
				t.Errorf("got %s, want %s\n%s", got, row.want, table.String())
			}
		})
	}
}
