package clerk

import (
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// audience is what the OAuth tokens for this service hold in aud.
const audience = "https://api.example.com"

// machines trusts the instance for these types of tokens.
func machines(t testing.TB, c *devclerk.Instance, clock *testClock, change func(*Config), accept ...TokenType) *core.Authenticator {
	t.Helper()
	cfg := Config{
		PublishableKey: c.PublishableKey(), SecretKey: c.SecretKey(), JWTKey: c.JWTKey(), ProxyURL: c.ProxyURL(), APIURL: c.APIURL(),
		AuthorizedParties: []string{c.AuthorizedParty()}, Audiences: nil, Accept: accept, MachineID: "mch_me", OAuthAudiences: []string{audience},
		Logger: slog.New(slog.DiscardHandler), Core: core.Config{Now: clock.Now},
	}
	if change != nil {
		change(&cfg)
	}
	return mustNew(t, cfg)
}

// TestMachineTokens: every type of token, with every kind of Authenticator.
func TestMachineTokens(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	forMe := devclerk.Machine{Scopes: []string{"mch_me"}}
	tokens := []struct {
		name, token string
		kind        TokenType // "": accepted nowhere
	}{
		{"a session", c.Token(devclerk.Admin(), nil), SessionToken},
		{"a template token", c.TemplateToken("user_ada", nil), ""},
		{"an M2M JWT", c.MachineToken(object{"aud": []string{"mch_me"}, "scopes": "mch_me mch_x"}), M2MToken},
		{"an M2M JWT that names us in aud alone", c.MachineToken(object{"aud": []string{"mch_me"}, "scopes": nil}), M2MToken},
		{"an M2M JWT for another", c.MachineToken(nil), ""},
		{"an M2M JWT without a category", c.Sign(object{"cat": nil}, with(sessionless(c), object{"sub": "mch_a", "jti": "mt_1", "scopes": "mch_me"})), M2MToken},
		{"an M2M JWT that looks like a session", c.Sign(nil, with(sessionless(c), object{"sub": "mch_a", "sid": "sess_1", "jti": "mt_1", "azp": c.AuthorizedParty(), "scopes": "mch_me"})), ""},
		{"an M2M JWT without an id", c.MachineToken(object{"jti": nil, "scopes": "mch_me"}), ""},
		{"an M2M JWT of a user", c.MachineToken(object{"sub": "user_ada", "scopes": "mch_me"}), ""},
		{"an M2M JWT with no more than a prefix", c.MachineToken(object{"sub": "mch_", "scopes": "mch_me"}), ""},
		{"an M2M JWT of OAuth's type", c.Sign(object{"cat": nil, "typ": "at+jwt"}, with(sessionless(c), object{"sub": "mch_a", "jti": "mt_1", "scopes": "mch_me"})), ""},
		{"an OAuth JWT", c.OAuthToken("user_ada", object{"aud": audience, "client_id": "client_1"}), OAuthToken},
		{"an OAuth JWT for several services", c.OAuthToken("user_ada", object{"aud": []string{"https://other.example", audience}, "client_id": "client_1"}), OAuthToken},
		{"an OAuth JWT for another service", c.OAuthToken("user_ada", object{"aud": "https://other.example", "client_id": "client_1"}), ""},
		{"an OAuth JWT for no service", c.OAuthToken("user_ada", object{"client_id": "client_1"}), ""},
		{"an OAuth JWT whose actor is not named", c.OAuthToken("user_ada", object{"aud": audience, "client_id": "client_1", "act": object{"iss": "https://x.example"}}), ""},
		{"an OAuth JWT, long type", c.Sign(object{"cat": nil, "typ": "application/at+jwt"}, with(sessionless(c), object{"aud": audience, "sub": "user_ada", "jti": "oat_1", "client_id": "client_1"})), OAuthToken},
		{"an OAuth JWT in capitals", c.Sign(object{"cat": nil, "typ": "AT+JWT"}, with(sessionless(c), object{"sub": "user_ada", "sid": "sess_1", "azp": c.AuthorizedParty()})), ""},
		{"an OAuth JWT of a session's category", c.Sign(object{"typ": "at+jwt"}, with(sessionless(c), object{"aud": audience, "sub": "user_ada", "jti": "oat_1", "client_id": "client_1"})), ""},
		{"an OAuth JWT of another client", c.OAuthToken("user_ada", object{"aud": audience, "client_id": "client_2"}), ""},
		{"an OAuth JWT of an organization", c.OAuthToken("org_acme", object{"aud": audience, "client_id": "client_1"}), ""},
		{"an API key of a user", c.NewAPIKey(devclerk.Machine{Subject: "user_ada"}), APIKey},
		{"an API key of an organization", c.NewAPIKey(devclerk.Machine{Subject: "org_acme"}), APIKey},
		{"an M2M token", c.NewM2MToken(forMe), M2MToken},
		{"an M2M token for another", c.NewM2MToken(devclerk.Machine{Scopes: []string{"mch_x"}}), ""},
		{"an M2M token of a user", c.NewM2MToken(devclerk.Machine{Subject: "user_ada", Scopes: forMe.Scopes}), ""},
		{"an OAuth token", c.NewOAuthToken(devclerk.Machine{Audience: []string{audience}, Client: "client_1"}), OAuthToken},
		{"an OAuth token of another client", c.NewOAuthToken(devclerk.Machine{Audience: []string{audience}, Client: "client_2"}), ""},
		{"an OAuth token for another service", c.NewOAuthToken(devclerk.Machine{Audience: []string{"https://other.example"}, Client: "client_1"}), ""},
		{"an OAuth token for no service", c.NewOAuthToken(devclerk.Machine{Client: "client_1"}), ""},
		{"an OAuth token whose actor is not named", c.NewOAuthToken(devclerk.Machine{Audience: []string{audience}, Client: "client_1", Actor: object{"iss": "x"}}), ""},
		{"an OAuth token that expires tomorrow", c.NewOAuthToken(devclerk.Machine{Audience: []string{audience}, Client: "client_1", Expires: epoch.Add(24 * time.Hour)}), OAuthToken},
		{"an API key that does not exist", "ak_" + strings.Repeat("a", 40), ""},
		{"a token of no type", strings.Repeat("a", 40), ""},
	}
	for _, accept := range [][]TokenType{
		nil, {SessionToken}, {APIKey}, {M2MToken}, {OAuthToken}, {APIKey, M2MToken, OAuthToken}, {SessionToken, APIKey, M2MToken, OAuthToken},
	} {
		a := machines(t, c, clock, func(cfg *Config) { cfg.OAuthClients = []string{"client_1"} }, accept...)
		if accept == nil {
			accept = []TokenType{SessionToken}
		}
		for _, row := range tokens {
			id, err := a.Verify(t.Context(), row.token)
			want := row.kind != "" && slices.Contains(accept, row.kind)
			if (err == nil) != want {
				t.Errorf("%v, %s: got %v (%v), want accepted: %v", accept, row.name, err, errors.Unwrap(err), want)
			}
			if errors.Is(err, core.ErrUnavailable) {
				t.Errorf("%v, %s: an outage: %v", accept, row.name, errors.Unwrap(err))
			}
			if got := TypeOf(id); err == nil && got != row.kind {
				t.Errorf("%v, %s: got the type %q, want %q", accept, row.name, got, row.kind)
			}
		}
	}
}

// TestSessionRulesBesideMachines: accepting machines loosens nothing for sessions.
func TestSessionRulesBesideMachines(t *testing.T) {
	for _, row := range []struct {
		name   string
		change object
		ok     bool
	}{
		{"good", object{"aud": "api"}, true},
		{"one of several audiences", object{"aud": []string{"x", "api"}}, true},
		{"another audience", object{"aud": "x"}, false},
		{"no audience", nil, false},
		{"another party", object{"aud": "api", "azp": "https://evil.example"}, false},
		{"no party", object{"aud": "api", "azp": nil}, false},
		{"no party, a client_id", object{"aud": "api", "azp": nil, "client_id": origin}, false},
		{"no session id", object{"aud": "api", "sid": nil}, false},
		{"expired", object{"aud": "api", "exp": epoch.Unix() - 60}, false},
	} {
		cfg := pemConfig()
		cfg.AuthorizedParties, cfg.Audiences = []string{origin}, []string{"api"}
		_, alone := verify(t, cfg, row.change)
		cfg.Accept, cfg.AllowAnyMachine, cfg.SecretKey = []TokenType{SessionToken, M2MToken, OAuthToken, APIKey}, true, "sk_live_x"
		cfg.AllowAnyOAuthAudience = true
		_, beside := verify(t, cfg, row.change)
		if (alone == nil) != row.ok || (beside == nil) != row.ok {
			t.Errorf("%s: got %v alone, %v beside machines, want accepted: %v", row.name, alone, beside, row.ok)
		}
		for _, class := range []error{core.ErrAudience, core.ErrAuthorizedParty, core.ErrExpired} {
			if errors.Is(alone, class) != errors.Is(beside, class) {
				t.Errorf("%s: got %v alone, %v beside machines", row.name, alone, errors.Unwrap(beside))
			}
		}
	}
}

// TestMachineIdentity: what a handler learns, and which rights a machine does not have.
func TestMachineIdentity(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	f := newFake() // knows user_ada as an admin
	a := machines(t, c, clock, func(cfg *Config) { cfg.Directory = newDirectory(t, f, nil) }, SessionToken, APIKey, M2MToken, OAuthToken)
	greedy := object{"roles": []string{"admin"}, "role": "admin", "permissions": []string{"p"}, "metadata": object{"role": "admin"},
		"org_id": "org_1", "o": object{"id": "org_1", "rol": "admin"}, "v": 2}
	for _, row := range []struct {
		name, token string
		want        Machine
		party       string
		claims      string
	}{
		{"M2M JWT", c.MachineToken(with(greedy, object{"sub": "mch_a", "jti": "mt_1", "aud": []string{"mch_me"}, "scopes": "mch_me"})),
			Machine{Type: M2MToken, ID: "mt_1", Subject: "mch_a", MachineID: "mch_a", Scopes: []string{"mch_me"}}, "", "roles"},
		{"OAuth JWT", c.OAuthToken("user_ada", with(greedy, object{"aud": audience, "jti": "oat_1", "client_id": "client_1", "scope": "profile email"})),
			Machine{Type: OAuthToken, ID: "oat_1", Subject: "user_ada", UserID: "user_ada", ClientID: "client_1", Scopes: []string{"profile", "email"}}, "client_1", ""},
		{"OAuth JWT with scp", c.OAuthToken("user_ada", object{"aud": audience, "jti": "oat_1", "client_id": "client_1", "scope": "x", "scp": []string{"profile"}}),
			Machine{Type: OAuthToken, ID: "oat_1", Subject: "user_ada", UserID: "user_ada", ClientID: "client_1", Scopes: []string{"profile"}}, "client_1", ""},
		{"API key", c.NewAPIKey(devclerk.Machine{Subject: "user_ada", Scopes: []string{"read"}, Claims: greedy}),
			Machine{Type: APIKey, Subject: "user_ada", UserID: "user_ada", Scopes: []string{"read"}, Name: "key"}, "", "roles"},
		{"API key of an organization", c.NewAPIKey(devclerk.Machine{Subject: "org_1"}),
			Machine{Type: APIKey, Subject: "org_1", OrganizationID: "org_1", Scopes: []string{}, Name: "key"}, "", ""},
		{"OAuth token", c.NewOAuthToken(devclerk.Machine{Subject: "user_ada", Audience: []string{audience}, Client: "client_1", Scopes: []string{"email"}}),
			Machine{Type: OAuthToken, Subject: "user_ada", UserID: "user_ada", ClientID: "client_1", Scopes: []string{"email"}}, "client_1", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			id, err := a.Verify(t.Context(), row.token)
			if err != nil {
				t.Fatal(err, errors.Unwrap(err))
			}
			got, ok := MachineFrom(id)
			claims := string(got.Claims)
			if got.Claims = nil; row.want.ID == "" {
				got.ID = ""
			}
			if !ok || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
			if strings.Contains(claims, `"roles"`) != (row.claims != "") {
				t.Errorf("got the claims %s", claims)
			}
			if id.Subject() != row.want.Subject || id.AuthorizedParty() != row.party || !slices.Equal(id.Scopes(), row.want.Scopes) || id.Issuer() != c.ProxyURL() || id.TokenID() == "" {
				t.Errorf("got the identity %s, %s, %v, %s", id.Subject(), id.AuthorizedParty(), id.Scopes(), id.Issuer())
			}
			ctx := core.WithIdentity(t.Context(), id)
			for name, p := range map[string]core.Policy{
				"role": core.Role("admin"), "permission": core.Permission("p"), "Has": Has(HasParams{Role: "admin"}),
			} {
				if err := core.Authorize(ctx, p); !errors.Is(err, core.ErrDenied) {
					t.Errorf("%s: got %v", name, err)
				}
			}
			if err := core.Authorize(ctx, core.InOrganization("org_1")); (err == nil) != (row.want.OrganizationID == "org_1") {
				t.Errorf("organization: got %v", err)
			}
			for _, scope := range row.want.Scopes {
				if err := core.Authorize(ctx, core.Scope(scope)); err != nil {
					t.Errorf("scope %s: got %v", scope, err)
				}
			}
			if _, ok := SessionFrom(id); ok {
				t.Error("a machine has a session")
			}
			if _, err := CurrentUser(ctx); !errors.Is(err, ErrNoSession) {
				t.Errorf("current user: got %v", err)
			}
		})
	}
	if f.count() != 0 {
		t.Errorf("a machine's user was looked up %d times", f.count())
	}
}
