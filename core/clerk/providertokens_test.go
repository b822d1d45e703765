package clerk

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// TestProviderTokens has tokens as Clerk and public reports have them, in
// testdata/provider-tokens.json, with keys served over TLS under the real host
// name.
func TestProviderTokens(t *testing.T) {
	document, err := os.ReadFile("testdata/provider-tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for placeholder, at := range map[string]time.Time{`"{{now}}"`: now, `"{{now-10}}"`: now.Add(-10 * time.Second),
		`"{{now-5}}"`: now.Add(-5 * time.Second), `"{{now+60}}"`: now.Add(time.Minute)} {
		document = []byte(strings.ReplaceAll(string(document), placeholder, strconv.FormatInt(at.Unix(), 10)))
	}
	var cases []struct {
		ID, About      string
		Header, Claims json.RawMessage
		Configure      struct {
			Preset, Issuer, Keys string
			Audiences            []string
		}
		Want struct {
			Outcome, Subject, Party    string
			Roles, Scopes, Permissions []string
			Actor                      *string
		}
	}
	if err := json.Unmarshal(document, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 6 {
		t.Fatalf("got %d cases", len(cases))
	}
	key := *signing()
	key.ID = "k1"
	set, err := json.Marshal(object{"keys": []any{key.JWK()}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "clerk.example.com" || r.URL.Path != "/.well-known/jwks.json" {
			t.Errorf("asked for %s%s", r.Host, r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(set)
	}))
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	t.Cleanup(transport.CloseIdleConnections)
	options := jwks.Options{HTTPClient: &http.Client{Transport: transport}}

	for _, tt := range cases {
		t.Run(tt.ID, func(t *testing.T) {
			var a *core.Authenticator
			if tt.Configure.Preset == "clerk" {
				a = mustNew(t, Config{PublishableKey: liveKey, JWKS: options})
			} else { // a JWT template, for a service that is not Clerk's own
				source, err := jwks.Remote(tt.Configure.Issuer+"/.well-known/jwks.json", options)
				if err != nil {
					t.Fatal(err)
				}
				a, err = core.New(core.Config{Issuers: []core.Issuer{{URL: tt.Configure.Issuer, Audiences: tt.Configure.Audiences, Keys: source}}})
				if err != nil {
					t.Fatal(err)
				}
			}
			id, err := a.Verify(t.Context(), signRaw(&key, tt.Header, tt.Claims))
			if (err == nil) != (tt.Want.Outcome == "accept") {
				t.Fatalf("got %v, want %s", err, tt.Want.Outcome)
			}
			if err != nil {
				return
			}
			if id.Subject() != tt.Want.Subject || id.AuthorizedParty() != tt.Want.Party || !slices.Equal(id.Roles(), tt.Want.Roles) ||
				!slices.Equal(id.Scopes(), tt.Want.Scopes) || !slices.Equal(id.Permissions(), tt.Want.Permissions) {
				t.Errorf("got %s, %s, %q, %q, %q", id.Subject(), id.AuthorizedParty(), id.Roles(), id.Scopes(), id.Permissions())
			}
			if tt.Want.Actor != nil && id.Actor().Subject != *tt.Want.Actor {
				t.Errorf("got the actor %+v, want %q", id.Actor(), *tt.Want.Actor)
			}
		})
	}
}
