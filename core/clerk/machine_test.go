package clerk

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
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

// TestMachineIdentity: what a handler gets to know, and what nobody gets by it.
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

// TestOpaqueAnswers: what has to be in an answer for a token to be good.
func TestOpaqueAnswers(t *testing.T) {
	clock := newClock()
	for name, row := range map[string]struct {
		change object
		ok     bool
	}{
		"good":                   {nil, true},
		"without an expiration":  {object{"expiration": nil}, true},
		"a later expiration":     {object{"expiration": epoch.Add(time.Second).UnixMilli()}, true},
		"an expiration now":      {object{"expiration": epoch.UnixMilli()}, false},
		"revoked":                {object{"revoked": true}, false},
		"expired":                {object{"expired": true}, false},
		"inactive":               {object{"active": false}, false},
		"nothing about revoked":  {object{"revoked": nil}, false},
		"nothing about expired":  {object{"expired": nil}, false},
		"no id":                  {object{"id": nil}, false},
		"an ID of another type":  {object{"id": "mt_1"}, false},
		"no subject":             {object{"subject": nil}, false},
		"a subject of no kind":   {object{"subject": "ins_1"}, false},
		"a subject without end":  {object{"subject": "user_"}, false},
		"claims of another kind": {object{"claims": 3}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := startInstance(t, clock)
			key := c.NewAPIKey(devclerk.Machine{})
			c.SetMachineToken(key, row.change)
			a := machines(t, c, clock, nil, APIKey)
			for range 3 {
				_, err := a.Verify(t.Context(), key)
				if (err == nil) != row.ok {
					t.Errorf("got %v (%v), want accepted: %v", err, errors.Unwrap(err), row.ok)
				}
				if err != nil && !errors.Is(err, ErrMachineRefused) {
					t.Errorf("got %v", errors.Unwrap(err))
				}
			}
			if n := c.APICount(); n != 1 {
				t.Errorf("got %d calls, want 1", n)
			}
		})
	}
}

// TestOpaqueAge: a good answer serves half a minute, and never longer than the
// token lives; a refusal ten seconds.
func TestOpaqueAge(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	a := machines(t, c, clock, nil, APIKey)
	long, short := c.NewAPIKey(devclerk.Machine{}), c.NewAPIKey(devclerk.Machine{Expires: epoch.Add(5 * time.Second)})
	bad := "ak_" + strings.Repeat("b", 30)
	verify := func(token string, ok bool, calls int) {
		t.Helper()
		if _, err := a.Verify(t.Context(), token); (err == nil) != ok {
			t.Errorf("got %v, want accepted: %v", err, ok)
		}
		if n := c.APICount(); n != calls {
			t.Errorf("got %d calls, want %d", n, calls)
		}
	}
	verify(long, true, 1)
	verify(short, true, 2)
	verify(bad, false, 3)
	c.SetMachineToken(long, object{"revoked": true})
	verify(long, true, 3)
	clock.Add(10*time.Second - 1)
	verify(bad, false, 3)
	verify(short, false, 4) // expired: Clerk says so
	clock.Add(1)
	verify(bad, false, 5)
	clock.Add(20*time.Second - 1)
	verify(long, true, 5)
	clock.Add(1)
	verify(long, false, 6) // revoked meanwhile
}

// TestOpaqueOutage: an outage is 503 and never a refusal, and a wrong secret key is
// said once.
func TestOpaqueOutage(t *testing.T) {
	for name, fault := range map[string]*devissuer.Fault{
		"500": devissuer.Fail(500), "401": devissuer.Fail(401), "403": devissuer.Fail(403), "429": devissuer.Fail(429), "garbage": devissuer.Garbage(),
		"reset": devissuer.Reset(), "redirect": &devissuer.Fault{Redirect: "/"},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newClock()
			c := startInstance(t, clock)
			var log bytes.Buffer
			a := machines(t, c, clock, func(cfg *Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) }, APIKey)
			key := c.NewAPIKey(devclerk.Machine{})
			c.SetAPIFault(fault)
			for range 3 {
				if _, err := a.Verify(t.Context(), key); !errors.Is(err, core.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
			}
			if n := c.APICount(); n != 1 {
				t.Errorf("got %d calls in a second, want 1", n)
			}
			if said := strings.Count(log.String(), "CLERK_SECRET_KEY"); said > 1 || (said == 1) != (name == "401") {
				t.Errorf("got the log %s", &log)
			}
			if strings.Contains(log.String(), key) || strings.Contains(log.String(), c.SecretKey()) {
				t.Error("the log holds a secret")
			}
			c.SetAPIFault(nil)
			clock.Add(time.Minute)
			if _, err := a.Verify(t.Context(), key); err != nil {
				t.Errorf("after the outage: got %v (%v)", err, errors.Unwrap(err))
			}
		})
	}
}

// TestOpaqueTogether: many requests with one new token make one call.
func TestOpaqueTogether(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	a := machines(t, c, clock, nil, APIKey)
	key := c.NewAPIKey(devclerk.Machine{})
	release, asked := make(chan struct{}), make(chan struct{})
	c.Issuer().OnRequest(func(string) { close(asked) }) // a second one would panic
	c.SetAPIFault(devissuer.Hold(release))
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := a.Verify(t.Context(), key); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	<-asked
	close(release)
	wg.Wait()
	if n := c.APICount(); n != 1 {
		t.Errorf("got %d calls, want 1", n)
	}
}

// TestMachineSecretKey: M2M tokens are verified as the machine, the others are not.
func TestMachineSecretKey(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	id, secret := c.NewMachine()
	for _, row := range []struct {
		name   string
		change func(*Config)
		m2m    bool
		key    bool
	}{
		{"both", func(cfg *Config) { cfg.MachineSecretKey = secret }, true, true},
		{"the machine's alone", func(cfg *Config) {
			cfg.MachineSecretKey, cfg.SecretKey, cfg.Accept = secret, "", []TokenType{M2MToken, OAuthToken}
		}, true, false},
		{"of another machine", func(cfg *Config) { _, cfg.MachineSecretKey = c.NewMachine() }, false, true},
		{"none at all", func(cfg *Config) { cfg.SecretKey, cfg.Accept = "", []TokenType{M2MToken} }, false, false},
	} {
		a := machines(t, c, clock, func(cfg *Config) { cfg.MachineID = id; row.change(cfg) }, M2MToken, APIKey)
		if _, err := a.Verify(t.Context(), c.NewM2MToken(devclerk.Machine{Scopes: []string{id}})); (err == nil) != row.m2m {
			t.Errorf("%s: M2M token: got %v", row.name, err)
		}
		if _, err := a.Verify(t.Context(), c.NewAPIKey(devclerk.Machine{})); (err == nil) != row.key {
			t.Errorf("%s: API key: got %v", row.name, err)
		}
		if _, err := a.Verify(t.Context(), c.MachineToken(object{"scopes": id})); err != nil {
			t.Errorf("%s: M2M JWT: got %v", row.name, err)
		}
	}
}

// TestSharedKeys: people and machines, one fetch of the keys.
func TestSharedKeys(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	cfg := Config{PublishableKey: c.PublishableKey(), ProxyURL: c.ProxyURL(), Core: core.Config{Now: clock.Now}}
	keys, err := Keys(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Keys = keys
	people := mustNew(t, cfg)
	cfg.Accept, cfg.MachineID = []TokenType{M2MToken}, "mch_me"
	services := mustNew(t, cfg)
	if _, err := people.Verify(t.Context(), c.Token(devclerk.Admin(), nil)); err != nil {
		t.Error(err)
	}
	if _, err := services.Verify(t.Context(), c.MachineToken(object{"scopes": "mch_me"})); err != nil {
		t.Error(err)
	}
	if n := c.Issuer().Counts().JWKS; n != 1 {
		t.Errorf("got %d fetches, want 1", n)
	}
}

func TestMachineConfig(t *testing.T) {
	for field, change := range map[string]func(*Config){
		"Accept[1]":                    func(c *Config) { c.Accept = []TokenType{SessionToken, "apikey"} },
		"SecretKey (CLERK_SECRET_KEY)": func(c *Config) { c.Accept = []TokenType{APIKey} },
		"MachineID":                    func(c *Config) { c.Accept = []TokenType{M2MToken} },
		"MachineID ":                   func(c *Config) { c.Accept, c.MachineID = []TokenType{M2MToken}, "user_1" },
		"MachineSecretKey":             func(c *Config) { c.MachineSecretKey = "sk_live_x" },
		"OAuthClients":                 func(c *Config) { c.OAuthClients = []string{""} },
		"AllowCookie": func(c *Config) {
			c.AllowCookie, c.AuthorizedParties, c.Accept = true, []string{origin}, []TokenType{SessionToken, OAuthToken}
		},
	} {
		cfg := pemConfig()
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "clerk: Config."+field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

// FuzzOpaque: what is taken for an opaque token can be put into a request, and is
// of a sort that is known.
func FuzzOpaque(f *testing.F) {
	for _, s := range []string{"", "ak_", "ak_1234567", "ak_12345678", "mt_" + strings.Repeat("a", 256), "mt_" + strings.Repeat("a", 257), "oat_abcdefgh",
		"ak_abcdefg.", "ak_abcdefg\"", "AK_abcdefgh", "ak_äbcdefgh", "m2m_abcdefgh", "oat_abc\x00efgh", "ak_abc-_efgh"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, token string) {
		form := opaqueTypeOf(token)
		if form == nil {
			return
		}
		if text, err := json.Marshal(token); err != nil || string(text) != `"`+token+`"` || len(token) > 300 || !strings.HasPrefix(token, form.prefix) {
			t.Errorf("%q is taken for a token", token)
		}
	})
}

// sessionless are the claims that every token of the instance has.
func sessionless(c *devclerk.Instance) object {
	now := epoch.Unix()
	return object{"iss": c.ProxyURL(), "iat": now, "nbf": now - 10, "exp": now + 60}
}

// TestMachineActor: who acts by a token exchange is on record, JWT and opaque
// alike, with those who acted before.
func TestMachineActor(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	a := machines(t, c, clock, nil, OAuthToken)
	act := object{"sub": "agent_7", "iss": "https://agents.example", "type": "agent", "act": object{"sub": "agent_1"}}
	want := core.Actor{Subject: "agent_7", Issuer: "https://agents.example", Type: "agent"}
	for name, row := range map[string]struct {
		token string
		acts  bool
	}{
		"JWT":              {c.OAuthToken("user_ada", object{"aud": audience, "act": act}), true},
		"opaque":           {c.NewOAuthToken(devclerk.Machine{Subject: "user_ada", Audience: []string{audience}, Actor: act}), true},
		"JWT without":      {c.OAuthToken("user_ada", object{"aud": audience}), false},
		"JWT with null":    {c.OAuthToken("user_ada", object{"aud": audience, "act": json.RawMessage("null")}), false},
		"opaque without":   {c.NewOAuthToken(devclerk.Machine{Subject: "user_ada", Audience: []string{audience}}), false},
		"opaque with null": {nullActor(c), false},
	} {
		id, err := a.Verify(t.Context(), row.token)
		if err != nil {
			t.Errorf("%s: %v (%v)", name, err, errors.Unwrap(err))
			continue
		}
		got := id.Actor()
		prior := got.Prior
		got.Prior = nil
		if row.acts && (got != want || prior == nil || prior.Subject != "agent_1" || prior.Prior != nil) || !row.acts && (got != core.Actor{} || prior != nil) {
			t.Errorf("%s: got %+v after %+v", name, got, prior)
		}
		if err := core.Authorize(core.WithIdentity(t.Context(), id), NotImpersonated()); (err != nil) != row.acts {
			t.Errorf("%s: NotImpersonated: got %v", name, err)
		}
	}
	for name, act := range map[string]any{
		"no name": object{"iss": "https://agents.example"}, "an empty name": object{"sub": ""}, "a number": 7, "text": "agent_7", "a list": []string{"agent_7"},
		"a name of a number": object{"sub": 7}, "an issuer of a number": object{"sub": "agent_7", "iss": 7}, "a malformed one before": object{"sub": "agent_7", "act": 3},
	} {
		if id, err := a.Verify(t.Context(), c.OAuthToken("user_ada", object{"aud": audience, "act": act})); err == nil {
			t.Errorf("JWT, %s: accepted with %+v", name, id.Actor())
		}
		token := c.NewOAuthToken(devclerk.Machine{Subject: "user_ada", Audience: []string{audience}})
		c.SetMachineToken(token, object{"act": act})
		if id, err := a.Verify(t.Context(), token); err == nil {
			t.Errorf("opaque, %s: accepted with %+v", name, id.Actor())
		}
	}
}

func nullActor(c *devclerk.Instance) string {
	token := c.NewOAuthToken(devclerk.Machine{Subject: "user_ada", Audience: []string{audience}})
	c.SetMachineToken(token, object{"act": json.RawMessage("null")})
	return token
}

// TestOAuthExpiration: Clerk sends it in seconds, and did so in milliseconds.
func TestOAuthExpiration(t *testing.T) {
	clock := newClock()
	c := startInstance(t, clock)
	for name, row := range map[string]struct {
		expiration int64
		ok         bool
	}{
		"seconds, tomorrow": {epoch.Add(24 * time.Hour).Unix(), true}, "milliseconds, tomorrow": {epoch.Add(24 * time.Hour).UnixMilli(), true},
		"seconds, a second ago": {epoch.Unix() - 1, false}, "milliseconds, a second ago": {epoch.Unix()*1000 - 1000, false}, "0": {0, false},
	} {
		a := machines(t, c, clock, nil, OAuthToken)
		token := c.NewOAuthToken(devclerk.Machine{Audience: []string{audience}})
		c.SetMachineToken(token, object{"expiration": row.expiration})
		id, err := a.Verify(t.Context(), token)
		if (err == nil) != row.ok {
			t.Errorf("%s: got %v, want accepted: %v", name, err, row.ok)
		}
		if err == nil && !id.ExpiresAt().Equal(epoch.Add(24*time.Hour)) {
			t.Errorf("%s: expires at %v", name, id.ExpiresAt())
		}
	}
}

func TestOAuthAudienceConfig(t *testing.T) {
	cfg := pemConfig()
	cfg.Accept, cfg.SecretKey = []TokenType{OAuthToken}, "sk_live_x"
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "Config.OAuthAudiences") || !strings.Contains(err.Error(), "AllowAnyOAuthAudience") {
		t.Errorf("neither: got %v", err)
	}
	cfg.OAuthAudiences = []string{audience, ""}
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "Config.OAuthAudiences") {
		t.Errorf("an empty entry: got %v", err)
	}
	cfg.OAuthAudiences, cfg.AllowAnyOAuthAudience = nil, true
	if _, err := New(cfg); err != nil {
		t.Errorf("any: got %v", err)
	}
}
