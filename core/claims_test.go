package core_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

func TestClaimNames(t *testing.T) {
	defaults := core.ClaimNames{}
	for _, tt := range []struct {
		name   string
		claims core.ClaimNames
		pairs  []string // of the payload
		roles  []string
		perms  []string
		scopes []string
		org    string
	}{
		{name: "nothing", claims: defaults},
		{name: "defaults", claims: defaults,
			pairs: []string{"roles", `["a","b"]`, "permissions", `["p"]`, "scope", `"s t"`, "org_id", `"o1"`},
			roles: []string{"a", "b"}, perms: []string{"p"}, scopes: []string{"s", "t"}, org: "o1"},
		{name: "scp where there is no scope", claims: defaults, pairs: []string{"scp", `["s"]`}, scopes: []string{"s"}},
		{name: "scope before scp", claims: defaults, pairs: []string{"scp", `"x"`, "scope", `"s"`}, scopes: []string{"s"}},
		{name: "an odd scope hides scp", claims: defaults, pairs: []string{"scp", `"x"`, "scope", "1"}},
		{name: "an empty scope hides scp", claims: defaults, pairs: []string{"scp", `"x"`, "scope", `""`}},
		{name: "other case is another claim", claims: defaults, pairs: []string{"Roles", `["a"]`, "SCOPE", `"s"`}},

		{name: "name", claims: core.ClaimNames{Roles: "groups", Permissions: "perms", Scopes: "scopes", Organization: "tenant"},
			pairs: []string{"groups", `["g"]`, "perms", `"p"`, "scopes", `"s"`, "tenant", `"t1"`, "roles", `["x"]`, "scope", `"x"`, "org_id", `"x"`},
			roles: []string{"g"}, perms: []string{"p"}, scopes: []string{"s"}, org: "t1"},
		{name: "exact member with dots", claims: core.ClaimNames{Roles: "https://app.example/roles"},
			pairs: []string{"https://app.example/roles", `["a"]`}, roles: []string{"a"}},
		{name: "dots lead downwards", claims: core.ClaimNames{Roles: "realm_access.roles", Organization: "o.id"},
			pairs: []string{"realm_access", `{"roles":["a"]}`, "o", `{"id":"o1"}`}, roles: []string{"a"}, org: "o1"},
		{name: "exact member first", claims: core.ClaimNames{Roles: "realm_access.roles"},
			pairs: []string{"realm_access", `{"roles":["below"]}`, "realm_access.roles", `["exact"]`}, roles: []string{"exact"}},
		{name: "an odd exact member hides what is below", claims: core.ClaimNames{Roles: "realm_access.roles"},
			pairs: []string{"realm_access", `{"roles":["below"]}`, "realm_access.roles", "1"}},
		{name: "an exact member that is null is absent", claims: core.ClaimNames{Roles: "realm_access.roles"},
			pairs: []string{"realm_access", `{"roles":["below"]}`, "realm_access.roles", "null"}, roles: []string{"below"}},
		{name: "a scope that is null is absent", claims: defaults, pairs: []string{"scp", `"s"`, "scope", "null"}, scopes: []string{"s"}},
		{name: "names of an object", claims: core.ClaimNames{Roles: "r", RoleNames: true},
			pairs: []string{"r", `{"admin":{"1":"a"},"Admin":{},"b":null,"c":false,"":{}}`}, roles: []string{"admin", "Admin", "b"}},
		{name: "names of no object", claims: core.ClaimNames{RoleNames: true}, pairs: []string{"roles", `["admin"]`}},
		{name: "objects with a key", claims: core.ClaimNames{RoleKey: "key"},
			pairs: []string{"roles", `[{"key":"admin","id":"1"},{"id":"2"},{"key":7},"editor",{"KEY":"x"},{"key":""},{"key":"b"}]`}, roles: []string{"admin", "b"}},
		{name: "an object where objects are configured", claims: core.ClaimNames{RoleKey: "key"}, pairs: []string{"roles", `{"key":"admin"}`}},
		{name: "three levels", claims: core.ClaimNames{Roles: "a.b.c"}, pairs: []string{"a", `{"b":{"c":"x y"}}`}, roles: []string{"x y"}},
		{name: "half-way exact is not looked for", claims: core.ClaimNames{Roles: "a.b.c"}, pairs: []string{"a.b", `{"c":"x"}`}},
		{name: "no object on the way", claims: core.ClaimNames{Roles: "a.b"}, pairs: []string{"a", `["b"]`}},
		{name: "path ends at an object", claims: core.ClaimNames{Roles: "a"}, pairs: []string{"a", `{"b":["x"]}`}},
		{name: "paths", claims: core.ClaimNames{RolesPath: []string{"resource_access", "api.v1", "roles"}, PermissionsPath: []string{"p.q"},
			ScopesPath: []string{"s", "t"}, OrganizationPath: []string{"o", "i.d"}},
			pairs: []string{"resource_access", `{"api.v1":{"roles":["a"]}}`, "p.q", `"p"`, "s", `{"t":"s"}`, "o", `{"i.d":"o1"}`},
			roles: []string{"a"}, perms: []string{"p"}, scopes: []string{"s"}, org: "o1"},
		{name: "a path segment is not split", claims: core.ClaimNames{RolesPath: []string{"a.b"}}, pairs: []string{"a", `{"b":["x"]}`}},
		{name: "names in other case below", claims: core.ClaimNames{Roles: "a.roles"}, pairs: []string{"a", `{"Roles":["x"]}`}},
		{name: "escaped names", claims: core.ClaimNames{Roles: "a.b"}, pairs: []string{"a", `{"\u0062":["x"]}`}, roles: []string{"x"}},
		{name: "rights in a registered claim", claims: core.ClaimNames{Roles: "sub"}, roles: []string{"user_1"}},

		{name: "organization of another type", claims: defaults, pairs: []string{"org_id", `["o1"]`}},
		{name: "organization null", claims: defaults, pairs: []string{"org_id", "null"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := build(t, func(c *core.Config) { c.Issuers[0].Claims = tt.claims })
			id := accepted(t, a, quick(tt.pairs...))
			equal(t, "roles", id.Roles(), tt.roles)
			equal(t, "permissions", id.Permissions(), tt.perms)
			equal(t, "scopes", id.Scopes(), tt.scopes)
			if got, want := id.Organization(), (core.Organization{ID: tt.org}); got != want {
				t.Errorf("organization: got %+v, want %+v", got, want)
			}
		})
	}
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestClaimValues(t *testing.T) {
	a := build(t)
	for _, tt := range []struct {
		value string
		want  []string
	}{
		{`"a"`, []string{"a"}},
		{`"a,b"`, []string{"a,b"}},
		{`"a\tb"`, []string{"a\tb"}},
		{`"a\nb"`, []string{"a\nb"}},
		{`"a\u00a0b"`, []string{"a\u00a0b"}},
		{`"a\u2003b"`, []string{"a\u2003b"}},
		{`"a\u0000b"`, []string{"a\x00b"}},
		{`"\u0061dmin"`, []string{"admin"}},
		{`["a","b","a"]`, []string{"a", "b", "a"}},
		{`["a b","c"]`, []string{"a b", "c"}},
		{`["a",""]`, []string{"a"}},
		{`""`, nil}, {`[]`, nil}, {`"a\ud800"`, nil}, {`["a","\ud800"]`, nil}, {`[""]`, nil},
		{`null`, nil}, {`1`, nil}, {`true`, nil}, {`{}`, nil}, {`{"a":true}`, nil},
		{`["a",1]`, nil}, {`["a",null]`, nil}, {`[["a"]]`, nil}, {`["a",{"b":1}]`, nil},
	} {
		t.Run(tt.value, func(t *testing.T) {
			id := accepted(t, a, quick("roles", tt.value, "permissions", tt.value, "scope", tt.value))
			equal(t, "roles", id.Roles(), tt.want)
			equal(t, "permissions", id.Permissions(), tt.want)
			equal(t, "scopes", id.Scopes(), tt.want)
			for _, name := range append(tt.want, "admin", "a", "b", "") {
				want := name != "" && slices.Contains(tt.want, name)
				if id.HasRole(name) != want || id.HasPermission(name) != want || id.HasScope(name) != want {
					t.Errorf("%q: got role %v, permission %v, scope %v, want %v", name, id.HasRole(name), id.HasPermission(name), id.HasScope(name), want)
				}
			}
		})
	}
	// A string is one role or permission: a role named "not admin" must not grant
	// "admin". Scopes are split (RFC 6749 section 3.3).
	for value, scopes := range map[string][]string{"a b": {"a", "b"}, " a  b ": {"a", "b"}, "not admin": {"not", "admin"}, " ": nil} {
		t.Run("one or several/"+value, func(t *testing.T) {
			text := strconv.Quote(value)
			id := accepted(t, a, quick("roles", text, "permissions", text, "scope", text))
			equal(t, "roles", id.Roles(), []string{value})
			equal(t, "permissions", id.Permissions(), []string{value})
			equal(t, "scopes", id.Scopes(), scopes)
		})
	}
	t.Run("many", func(t *testing.T) {
		long := `["r0"`
		want := []string{"r0"}
		for i := 1; i < 300; i++ {
			long += fmt.Sprintf(`,"r%d"`, i)
			want = append(want, fmt.Sprintf("r%d", i))
		}
		id := accepted(t, a, quick("aud", long+`,"`+apiURL+`"]`, "roles", long+"]", "scope", `"s"`))
		equal(t, "roles", id.Roles(), want)
		equal(t, "audience", id.Audience(), append(slices.Clone(want), apiURL))
		equal(t, "scopes", id.Scopes(), []string{"s"})
	})
}

// TestIdentityClaims reads every accessor off one token.
func TestIdentityClaims(t *testing.T) {
	a := build(t)
	id := accepted(t, a, quick("jti", `"j1"`, "sid", `"s1"`, "azp", `"web"`, "client_id", `"other"`, "auth_time", unix(-hour),
		"act", `{"sub":"admin_1","iss":"https://i","sid":"s2","type":"agent","more":[1]}`, "aud", `["x","`+apiURL+`"]`, "extra", `{"n":9007199254740993}`))
	for what, pair := range map[string][2]any{
		"issuer":           {id.Issuer(), issuerURL},
		"subject":          {id.Subject(), "user_1"},
		"authorized party": {id.AuthorizedParty(), "web"},
		"token id":         {id.TokenID(), "j1"},
		"session id":       {id.SessionID(), "s1"},
		"issued at":        {id.IssuedAt().Unix(), epoch.Unix()},
		"expires at":       {id.ExpiresAt().Unix(), epoch.Add(hour).Unix()},
		"authenticated at": {id.AuthenticatedAt().Unix(), epoch.Add(-hour).Unix()},
		"organization":     {id.Organization(), core.Organization{}},
		"actor":            {id.Actor(), core.Actor{Subject: "admin_1", Issuer: "https://i", SessionID: "s2", Type: "agent"}},
		"provider":         {id.ProviderData(), nil},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
	equal(t, "audience", id.Audience(), []string{"x", apiURL})
	var own struct {
		Extra struct {
			N int64 `json:"n"`
		} `json:"extra"`
	}
	if err := id.Decode(&own); err != nil || own.Extra.N != 9007199254740993 {
		t.Errorf("Decode: got %+v, %v", own, err)
	}
	if err := id.Decode(&struct {
		Sub int `json:"sub"`
	}{}); err == nil {
		t.Error("Decode: got no error for a claim that does not fit")
	}

	bare := accepted(t, build(t), quick("iat", "", "client_id", `"api"`))
	if !bare.IssuedAt().IsZero() || !bare.AuthenticatedAt().IsZero() || bare.Actor() != (core.Actor{}) {
		t.Errorf("got %v, %v, %v, want zero values for what is absent", bare.IssuedAt(), bare.AuthenticatedAt(), bare.Actor())
	}
	if got := bare.AuthorizedParty(); got != "api" {
		t.Errorf("authorized party: got %q, want client_id where azp is absent", got)
	}
}

func TestAuthorizedParties(t *testing.T) {
	parties := func(allowMissing bool) *core.Authenticator {
		return build(t, func(c *core.Config) {
			c.Issuers[0].AuthorizedParties = []string{"https://app.example", "web"}
			c.Issuers[0].AllowMissingAuthorizedParty = allowMissing
		})
	}
	strict, loose := parties(false), parties(true)
	runRows(t, strict, []row{
		{"azp", quick("azp", `"web"`), nil, ""},
		{"client_id", quick("client_id", `"web"`), nil, ""},
		{"azp before client_id", quick("azp", `"evil"`, "client_id", `"web"`), core.ErrAuthorizedParty, "wrong_authorized_party"},
		{"trailing slash", quick("azp", `"https://app.example/"`), core.ErrAuthorizedParty, "wrong_authorized_party"},
		{"case", quick("azp", `"https://APP.example"`), core.ErrAuthorizedParty, "wrong_authorized_party"},
		{"prefix", quick("azp", `"https://app.example.evil.example"`), core.ErrAuthorizedParty, "wrong_authorized_party"},
		{"none", quick(), core.ErrAuthorizedParty, "no_authorized_party"},
		{"empty", quick("azp", `""`), core.ErrAuthorizedParty, "no_authorized_party"},
	})
	accepted(t, loose, quick())
	refused(t, loose, quick("azp", `"evil"`), core.ErrAuthorizedParty, "wrong_authorized_party")
	accepted(t, build(t), quick("azp", `"anybody"`))
}

// TestLeeway is about single seconds: exp at now minus the leeway is expired,
// nbf at now plus the leeway is not in the future, nor is iat at now plus a
// minute.
func TestLeeway(t *testing.T) {
	for _, tt := range []struct{ configured, leeway time.Duration }{
		{0, 5 * time.Second}, {-1, 0}, {time.Second, time.Second}, {time.Minute, time.Minute}, {5 * time.Minute, 5 * time.Minute},
		{1500 * time.Millisecond, 1500 * time.Millisecond},
	} {
		t.Run(tt.configured.String(), func(t *testing.T) {
			for _, cache := range []int{-1, 10} {
				clock := newClock()
				a := build(t, func(c *core.Config) { c.Leeway, c.Now, c.CacheSize = tt.configured, clock.now, cache })
				token := quick("iat", "", "exp", unix(0))
				for _, step := range []time.Duration{-time.Second, tt.leeway - time.Nanosecond} {
					clock.set(epoch.Add(step))
					accepted(t, a, token)
				}
				clock.set(epoch.Add(tt.leeway))
				refused(t, a, token, core.ErrExpired, "expired")

				for name, reason := range map[string]string{"nbf": "not_yet_valid", "iat": "issued_in_the_future"} {
					ahead := tt.leeway
					if name == "iat" {
						ahead = max(ahead, time.Minute)
					}
					early := quick("exp", unix(24*hour), "iat", "", name, unix(hour))
					clock.set(epoch.Add(hour - ahead - time.Nanosecond))
					refused(t, a, early, core.ErrNotYetValid, reason)
					clock.set(epoch.Add(hour - ahead))
					accepted(t, a, early)
				}
			}
		})
	}
}

// TestIssuersApart has two issuers with equal key ids in both sets.
func TestIssuersApart(t *testing.T) {
	const other = "https://other.example"
	same := func() *devissuer.Key { return devissuer.NewKey("same", "EdDSA") }
	ours, theirs, only := same(), same(), devissuer.NewKey("only", "EdDSA")
	source := func(keys ...any) *jwks.Source { return static(t, keys...) }
	for _, cache := range []int{-1, 100} {
		a := build(t, func(c *core.Config) {
			c.CacheSize = cache
			c.Issuers[0].Keys = source(ours.JWK())
			c.Issuers = append(c.Issuers, core.Issuer{URL: other, Audiences: []string{"other-api"}, Keys: source(theirs.JWK(), only.JWK())})
		})
		claimsOf := func(iss, aud string) string {
			return payload("iss", strconv.Quote(iss), "aud", strconv.Quote(aud))
		}
		for range 2 { // once more from the cache
			if got := accepted(t, a, signedBy(ours, claimsOf(issuerURL, apiURL))).Issuer(); got != issuerURL {
				t.Errorf("got issuer %q", got)
			}
			if got := accepted(t, a, signedBy(theirs, claimsOf(other, "other-api"))).Issuer(); got != other {
				t.Errorf("got issuer %q", got)
			}
		}
		refused(t, a, signedBy(ours, claimsOf(other, "other-api")), core.ErrSignature, "bad_signature")
		refused(t, a, signedBy(theirs, claimsOf(issuerURL, apiURL)), core.ErrSignature, "bad_signature")
		refused(t, a, signedBy(only, claimsOf(issuerURL, apiURL)), core.ErrUnknownKey, "unknown_key")
		refused(t, a, signedBy(ours, claimsOf(issuerURL, "other-api")), core.ErrAudience, "wrong_audience")
		refused(t, a, signedBy(theirs, claimsOf(other, apiURL)), core.ErrAudience, "wrong_audience")
		refused(t, a, signedBy(ours, payload("iss", `["`+issuerURL+`","`+other+`"]`)), core.ErrClaim, "claim_of_wrong_type")
	}
}
