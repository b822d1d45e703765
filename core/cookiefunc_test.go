package core_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// nameVerifier accepts every opaque token and calls its bearer by it, so that a
// test sees which token was found.
type nameVerifier struct{}

func (nameVerifier) VerifyToken(_ context.Context, token string) (*core.Identity, error) {
	return core.NewIdentity(core.IdentityData{Subject: token}), nil
}

// newest chooses the cookie that "which" names.
func newest(get func(string) string) string { return get("which") }

func TestCookieFunc(t *testing.T) {
	tests := []struct {
		name    string
		method  string
		cookies []string // Cookie lines
		header  http.Header
		subject string
		class   error
	}{
		{name: "the chosen cookie", cookies: []string{"a=1; which=b; b=2"}, subject: "2"},
		{name: "over several lines", cookies: []string{"a=1", "which=a", "b=2"}, subject: "1"},
		{name: "quoted", cookies: []string{`which=a; a="1"`}, subject: "1"},
		{name: "nothing chosen", cookies: []string{"a=1; b=2"}, class: core.ErrNoToken},
		{name: "what was chosen is missing", cookies: []string{"which=c; a=1"}, class: core.ErrNoToken},
		{name: "what was chosen is empty", cookies: []string{"which=a; a="}, class: core.ErrNoToken},
		{name: "the chosen cookie twice", cookies: []string{"which=a; a=1; a=1"}, class: core.ErrInvalidRequest},
		{name: "another cookie twice", cookies: []string{"which=a; a=1; b=2; b=3"}, subject: "1"},
		{name: "a cookie sent twice reads as absent", cookies: []string{"which=a; which=b; a=1; b=2"}, class: core.ErrNoToken},
		{name: "two words", cookies: []string{"which=a; a=1 2"}, class: core.ErrInvalidRequest},
		{name: "the header wins", cookies: []string{"which=a; a=1"}, header: http.Header{"Authorization": {"Bearer 9"}}, subject: "9"},
		{name: "another site", method: "POST", cookies: []string{"which=a; a=1"}, header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, class: core.ErrCrossSite},
		{name: "its own site", method: "POST", cookies: []string{"which=a; a=1"}, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}, subject: "1"},
	}
	a, err := core.New(core.Config{
		TokenVerifiers: []core.TokenVerifier{nameVerifier{}},
		Extractors:     []core.Extractor{core.FromBearer(), core.FromCookieFunc(newest)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method := tt.method
			if method == "" {
				method = "GET"
			}
			r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
			if tt.header != nil {
				r.Header = tt.header.Clone()
			}
			r.Header["Cookie"] = tt.cookies
			id, err := a.Authenticate(t.Context(), adapter.FromHTTP(r))
			if !errors.Is(err, tt.class) || (err == nil) != (tt.class == nil) {
				t.Fatalf("got error %v, want %v", err, tt.class)
			}
			if got := id.Subject(); got != tt.subject {
				t.Errorf("got the token %q, want %q", got, tt.subject)
			}
			out := a.RequireAuth()(t.Context(), adapter.FromHTTP(r))
			h := http.Header{}
			header := out.Header
			if out.Refusal != nil {
				header = out.Refusal.Header
			}
			adapter.SetHeader(header, h.Set, h.Add)
			if wantVary := tt.subject != "9"; (h.Get("Vary") == "Cookie") != wantVary {
				t.Errorf("got Vary %q, want one: %v", h.Get("Vary"), wantVary)
			}
		})
	}
}

func TestCookieFuncNil(t *testing.T) {
	_, err := core.New(core.Config{TokenVerifiers: []core.TokenVerifier{nameVerifier{}}, Extractors: []core.Extractor{core.FromCookieFunc(nil)}})
	if err == nil || !strings.Contains(err.Error(), "Extractors[0]") {
		t.Errorf("got error %v, want one that names Extractors[0]", err)
	}
}
