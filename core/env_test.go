package core_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// setOIDC sets the variables of ConfigFromEnv, and empties those that are not named.
func setOIDC(t *testing.T, values map[string]string) {
	t.Helper()
	for _, name := range []string{"OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_ALGORITHMS", "OIDC_AUTHORIZED_PARTIES", "OIDC_ROLES_CLAIM"} {
		t.Setenv(name, values[name])
	}
}

func TestFromEnv(t *testing.T) {
	issuer, err := devissuer.Start(devissuer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = issuer.Close() })
	setOIDC(t, map[string]string{
		"OIDC_ISSUER": ` "` + issuer.URL() + `" `, "OIDC_AUDIENCE": "other, " + issuer.Audience(),
		"OIDC_ALGORITHMS": "ES256,EdDSA,RS256", "OIDC_AUTHORIZED_PARTIES": "web, mobile", "OIDC_ROLES_CLAIM": "realm_access.roles",
	})
	a, err := core.FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	roles := devissuer.Claims{"azp": "mobile", "realm_access": map[string]any{"roles": []string{"admin"}}}
	if id := accepted(t, a, issuer.Token(roles)); !slices.Equal(id.Roles(), []string{"admin"}) {
		t.Errorf("got roles %q, want admin", id.Roles())
	}
	refused(t, a, issuer.Token(devissuer.Claims{"azp": "desktop"}), core.ErrAuthorizedParty, "wrong_authorized_party")
	refused(t, a, issuer.Token(devissuer.Claims{"azp": "web", "aud": "third"}), core.ErrAudience, "wrong_audience")

	cfg := core.ConfigFromEnv()
	if cfg.Observer = core.Silent; !slices.Equal(cfg.Issuers[0].Algorithms, []string{"ES256", "EdDSA", "RS256"}) {
		t.Errorf("got algorithms %q", cfg.Issuers[0].Algorithms)
	}
	if _, err := core.New(cfg); err != nil {
		t.Error(err)
	}
}

// TestFromEnvErrors: every mistake is told with the name of its variable, also where
// New is called with what ConfigFromEnv returned.
func TestFromEnvErrors(t *testing.T) {
	const issuer, audience = "https://issuer.example", "api"
	for _, tt := range []struct {
		name   string
		values map[string]string
		want   []string
		not    string
	}{
		{"nothing", nil, []string{"OIDC_ISSUER (the issuer", " and OIDC_AUDIENCE (the name", "does not read .env by itself"}, "Config"},
		{"no audience", map[string]string{"OIDC_ISSUER": issuer}, []string{"authkeel: OIDC_AUDIENCE (", ".env"}, "OIDC_ISSUER"},
		{"no issuer", map[string]string{"OIDC_AUDIENCE": audience}, []string{"authkeel: OIDC_ISSUER (", ".env"}, "OIDC_AUDIENCE"},
		{"no scheme", map[string]string{"OIDC_ISSUER": "issuer.example", "OIDC_AUDIENCE": audience}, []string{`authkeel: OIDC_ISSUER "issuer.example" `, `write "https://issuer.example"`}, "Config"},
		{"plain http", map[string]string{"OIDC_ISSUER": "http://keycloak:8080/realms/a", "OIDC_AUDIENCE": audience}, []string{"authkeel: OIDC_ISSUER ", "jwks.Options{AllowHTTP: true}"}, "Config"},
		{"a variable of a list that is not set", map[string]string{"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": "a,"}, []string{"authkeel: OIDC_AUDIENCE has an empty entry"}, "Config"},
		{"audience of an example", map[string]string{"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": "a,YOUR_API"}, []string{`authkeel: OIDC_AUDIENCE "YOUR_API" is a placeholder`}, "Config"},
		{"a shared secret", map[string]string{"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": audience, "OIDC_ALGORITHMS": "HS256"}, []string{`authkeel: OIDC_ALGORITHMS "HS256" cannot be allowed`}, "Config"},
		{"any party", map[string]string{"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": audience, "OIDC_AUTHORIZED_PARTIES": "*"}, []string{`authkeel: OIDC_AUTHORIZED_PARTIES "*" is a pattern`}, "Config"},
		{"claim with a dot too many", map[string]string{"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": audience, "OIDC_ROLES_CLAIM": "realm_access."}, []string{`authkeel: OIDC_ROLES_CLAIM "realm_access." `}, "Config"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			setOIDC(t, tt.values)
			_, err := core.FromEnv()
			var known *core.ConfigError
			if !errors.As(err, &known) || !strings.HasPrefix(known.Field, "Issuers[0]") {
				t.Fatalf("got %v, want a ConfigError of the issuer", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), tt.not) {
				t.Errorf("got %q, with %q in it", err, tt.not)
			}
		})
	}
	setOIDC(t, map[string]string{"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": audience})
	cfg := core.ConfigFromEnv()
	cfg.Leeway = 1 << 60
	if _, err := core.New(cfg); err == nil || !strings.HasPrefix(err.Error(), "authkeel: Config.Leeway ") {
		t.Errorf("got %v, want the field that the program set", err)
	}
}
