package devclerk_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// TestClerkToken compares whole tokens with what is documented of Clerk's.
func TestClerkToken(t *testing.T) {
	epoch := time.Unix(1767225600, 0)
	c := startClerk(t, devclerk.Options{Now: func() time.Time { return epoch }, AuthorizedParty: "https://a.test"})
	const always = `"iss":"ISS","azp":"https://a.test","iat":1767225600,"nbf":1767225590,"exp":1767225660,`
	v1 := func(s devclerk.Session) devclerk.Session { s.Version = 1; return s }
	tests := []struct {
		name    string
		session devclerk.Session
		over    Claims
		want    string // without jti, which must be there in version 2 alone
	}{
		{"admin", devclerk.Admin(), nil, `{` + always + `"v":2,"sub":"user_ada","sid":"sess_ada","sts":"active","fva":[1,1],
			"fea":"o:invoices","pla":"o:pro","o":{"id":"org_acme","slg":"acme","rol":"admin","per":"read,create","fpm":"3"}}`},
		{"member", devclerk.Member(), nil, `{` + always + `"v":2,"sub":"user_mo","sid":"sess_mo","sts":"active","fva":[120,-1],
			"fea":"o:invoices","pla":"o:pro","o":{"id":"org_acme","slg":"acme","rol":"member","per":"read","fpm":"1"}}`},
		{"pending", devclerk.Pending(), nil, `{` + always + `"v":2,"sub":"user_penny","sid":"sess_penny","sts":"pending","fva":[0,-1]}`},
		{"impersonated", v1(devclerk.Impersonated()), nil, `{` + always + `"sub":"user_ada","sid":"sess_ada_support","sts":"active","fva":[1,1],
			"org_id":"org_acme","org_slug":"acme","org_role":"org:admin","org_permissions":["org:invoices:read","org:invoices:create"],
			"act":{"iss":"https://dashboard.clerk.com","sub":"user_support","sid":"sess_support"}}`},
		{"version 1, no organization", v1(devclerk.Pending()), nil, `{` + always + `"sub":"user_penny","sid":"sess_penny","sts":"pending","fva":[0,-1]}`},
		{"claims changed", devclerk.Session{ID: "sess_1", User: "user_1"}, Claims{"azp": nil, "metadata": Claims{"role": "x"}, "sts": nil},
			`{"iss":"ISS","iat":1767225600,"nbf":1767225590,"exp":1767225660,"v":2,"sub":"user_1","sid":"sess_1","metadata":{"role":"x"}}`},
		{"features of both", devclerk.Session{ID: "sess_1", User: "user_1", Features: []string{"u:gold", "o:a", "ou:b"}, Plans: []string{"u:free"},
			Organization: &devclerk.Organization{ID: "org_1", Role: "admin", Permissions: []string{"b:read", "org:c:write"}}}, nil,
			`{` + always + `"v":2,"sub":"user_1","sid":"sess_1","sts":"active","fea":"o:a,ou:b,o:c,u:gold","pla":"u:free",
			"o":{"id":"org_1","rol":"admin","per":"read,write","fpm":"0,1,2,0"}}`},
		{"features without organization", devclerk.Session{ID: "sess_1", User: "user_1", Features: []string{"u:gold"}}, nil,
			`{` + always + `"v":2,"sub":"user_1","sid":"sess_1","sts":"active","fea":"u:gold"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header, claims := parts(t, c.Token(tt.session, tt.over))
			if want := (Claims{"alg": "RS256", "typ": "JWT", "kid": c.InstanceID(), "cat": "cl_B7d4PD111AAA"}); !reflect.DeepEqual(header, want) {
				t.Errorf("header: got %v, want %v", header, want)
			}
			if _, has := claims["jti"]; has != (claims["v"] != nil) {
				t.Errorf("jti: got %v in version %v", claims["jti"], claims["v"])
			}
			delete(claims, "jti")
			var want Claims
			if err := json.Unmarshal([]byte(strings.ReplaceAll(tt.want, "ISS", c.ProxyURL())), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(claims, want) {
				t.Errorf("claims:\n got %v\nwant %v", claims, want)
			}
		})
	}
}

// TestClerkPermissionsPack takes the examples of Clerk's documentation.
func TestClerkPermissionsPack(t *testing.T) {
	c := startClerk(t, devclerk.Options{})
	many := make([]string, 70)
	for i := range many {
		many[i] = fmt.Sprintf("a:p%d", i)
	}
	tests := []struct {
		name                    string
		features, permissions   []string
		wantFea, wantPer, wantF string
	}{
		{"A", nil, []string{"dashboard:manage", "dashboard:read", "teams:read"}, "o:dashboard,o:teams", "manage,read", "3,2"},
		{"C, a feature without permission", []string{"o:repositories", "o:impersonation"},
			[]string{"billing:manage", "repositories:read", "repositories:update", "billing:read"},
			"o:repositories,o:impersonation,o:billing", "manage,read,update", "6,0,3"},
		{"no permission", []string{"o:a"}, nil, "o:a", "", ""},
		{"beyond 64 bits", nil, many, "o:a", strings.ReplaceAll(strings.Join(many, ","), "a:", ""), "1180591620717411303423"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, claims := parts(t, c.Token(devclerk.Session{Features: tt.features,
				Organization: &devclerk.Organization{ID: "org_1", Role: "admin", Permissions: tt.permissions}}, nil))
			o, _ := claims["o"].(map[string]any)
			for _, m := range []struct {
				name      string
				got       any
				want      string
				mayBeAway bool
			}{{"fea", claims["fea"], tt.wantFea, false}, {"per", o["per"], tt.wantPer, true}, {"fpm", o["fpm"], tt.wantF, true}} {
				if m.got != m.want && !(m.mayBeAway && m.got == nil && m.want == "") {
					t.Errorf("%s: got %v, want %s", m.name, m.got, m.want)
				}
			}
		})
	}
}

func TestClerkLookAlikes(t *testing.T) {
	c := startClerk(t, devclerk.Options{})
	tests := []struct {
		name, token string
		cat, typ    any
		prefixes    map[string]string // of claims
		absent      []string
	}{
		{"template", c.TemplateToken("user_1", nil), "cl_B7d4PD222AAA", "JWT", map[string]string{"sub": "user_1"}, []string{"sid", "v", "sts", "o", "fea", "pla"}},
		{"machine", c.MachineToken(nil), "cl_B7d4PD333AAA", "JWT", map[string]string{"sub": "mch_", "jti": "mt_", "scopes": "mch_"}, []string{"sid", "azp"}},
		{"OAuth", c.OAuthToken("user_1", Claims{"scope": "email"}), nil, "at+jwt", map[string]string{"sub": "user_1", "jti": "oat_", "scope": "email"}, []string{"sid", "azp"}},
		{"before categories", c.Sign(Claims{"cat": nil}, Claims{"sub": "user_1"}), nil, "JWT", map[string]string{"sub": "user_1"}, []string{"iss"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header, claims := parts(t, tt.token)
			if header["cat"] != tt.cat || header["typ"] != tt.typ || header["kid"] != c.InstanceID() {
				t.Errorf("got header %v, want cat %v, typ %v and the instance's key", header, tt.cat, tt.typ)
			}
			for name, prefix := range tt.prefixes {
				if got, _ := claims[name].(string); !strings.HasPrefix(got, prefix) {
					t.Errorf("%s: got %v, want %s…", name, claims[name], prefix)
				}
			}
			for _, name := range tt.absent {
				if got, has := claims[name]; has {
					t.Errorf("%s: got %v, want none", name, got)
				}
			}
		})
	}
}

func TestClerkMadeUp(t *testing.T) {
	c := startClerk(t, devclerk.Options{})
	_, one := parts(t, c.Token(devclerk.Session{}, nil))
	_, two := parts(t, c.Token(devclerk.Session{}, nil))
	for name, prefix := range map[string]string{"sub": "user_", "sid": "sess_", "jti": ""} {
		got, _ := one[name].(string)
		if !strings.HasPrefix(got, prefix) || got == two[name] {
			t.Errorf("%s: got %v and %v, want two that begin with %q", name, one[name], two[name], prefix)
		}
	}
	changed := devclerk.Admin()
	changed.Organization.Role, changed.Features[0], changed.FactorAge[0] = "org:x", "o:x", 9
	if fresh := devclerk.Admin(); fresh.Organization.Role != "org:admin" || fresh.Features[0] != "o:invoices" || fresh.FactorAge[0] != 1 {
		t.Errorf("ClerkAdmin is shared: %+v", fresh)
	}
}

func TestClerkTokenPanics(t *testing.T) {
	c := startClerk(t, devclerk.Options{})
	with := func(p string) devclerk.Session {
		return devclerk.Session{Organization: &devclerk.Organization{ID: "org_1", Permissions: []string{p}}}
	}
	for _, s := range []devclerk.Session{{Version: 3}, with("read"), with("org:read"), with(":read"), with("a:"), with("a:b,c:d")} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v %+v: no panic", s, s.Organization)
				}
			}()
			c.Token(s, nil)
		}()
	}
}
