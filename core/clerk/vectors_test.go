package clerk

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/settings"
)

func TestPermissionVectors(t *testing.T) {
	var cases []struct {
		Name       string   `json:"name"`
		Claims     object   `json:"claims"`
		Documented []string `json:"documented_rule"`
		JavaScript []string `json:"javascript"`
	}
	vector(t, "permission_reconstruction", &cases)
	for _, tt := range cases {
		t.Run(tt.Name, func(t *testing.T) {
			// Where the two readings differ, what both grant.
			want := slices.DeleteFunc(slices.Clone(tt.Documented), func(p string) bool { return !slices.Contains(tt.JavaScript, p) })
			if got := sessionWith(t, tt.Claims).Organization.Permissions; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestTokenVectors(t *testing.T) {
	var v struct {
		Now   int64  `json:"now"`
		PEM   string `json:"public_key_pem"`
		Cases []struct {
			Name     string `json:"name"`
			Token    string `json:"token"`
			Authkeel string `json:"authkeel"`
			Options  struct {
				Parties  []string        `json:"authorizedParties"`
				Audience json.RawMessage `json:"audience"`
				Skew     *int            `json:"clockSkewInMs"`
			} `json:"options"`
		} `json:"cases"`
	}
	vector(t, "jwt", &v)
	for _, tt := range v.Cases {
		t.Run(tt.Name, func(t *testing.T) {
			cfg := Config{PublishableKey: liveKey, JWTKey: v.PEM, AuthorizedParties: tt.Options.Parties,
				Core: core.Config{Now: func() time.Time { return time.Unix(v.Now, 0) }}}
			var one string
			if err := json.Unmarshal(tt.Options.Audience, &one); err == nil {
				cfg.Audiences = []string{one}
			} else if len(tt.Options.Audience) > 0 {
				if err := json.Unmarshal(tt.Options.Audience, &cfg.Audiences); err != nil {
					t.Fatal(err)
				}
			}
			if tt.Options.Skew != nil {
				cfg.Core.Leeway = time.Duration(*tt.Options.Skew) * time.Millisecond
				if cfg.Core.Leeway == 0 {
					cfg.Core.Leeway = -1
				}
			}
			a, err := New(cfg)
			if slices.ContainsFunc(cfg.AuthorizedParties, func(p string) bool { return settings.Origin(p) != nil }) {
				if err == nil {
					t.Fatalf("the parties %q are accepted, of which no browser sends one", cfg.AuthorizedParties)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			id, err := a.Verify(t.Context(), tt.Token)
			if got := map[bool]string{true: "accept", false: "refuse"}[err == nil]; got != tt.Authkeel {
				t.Fatalf("got %s (%v), want %s", got, err, tt.Authkeel)
			}
			if err != nil {
				return
			}
			if s, ok := SessionFrom(id); !ok || s.UserID != "user_2abc" || s.ID != "sess_2abc" {
				t.Errorf("got the session %+v, %v", s, ok)
			}
		})
	}
}

func TestPEMVectors(t *testing.T) {
	var forms []struct{ Form, Value string }
	vector(t, "pem_forms", &forms)
	var v struct {
		Cases []struct{ Name, Token string }
	}
	vector(t, "jwt", &v)
	i := slices.IndexFunc(v.Cases, func(c struct{ Name, Token string }) bool { return c.Name == "valid" })
	for _, tt := range forms {
		t.Run(tt.Form, func(t *testing.T) {
			cfg := pemConfig()
			cfg.JWTKey = tt.Value
			if _, err := mustNew(t, cfg).Verify(t.Context(), v.Cases[i].Token); err != nil {
				t.Errorf("got %v, want the token accepted", err)
			}
		})
	}
}

func TestPublishableKeyVectors(t *testing.T) {
	var cases []struct {
		Key     string  `json:"key"`
		Valid   bool    `json:"valid"`
		Type    *string `json:"instance_type"`
		API     *string `json:"frontend_api"`
		JWKSURL *string `json:"jwks_url"`
	}
	vector(t, "publishable_keys", &cases)
	for _, tt := range cases {
		t.Run(tt.Key, func(t *testing.T) {
			k, err := parsePublishableKey(tt.Key)
			if (err == nil) != tt.Valid {
				t.Fatalf("got error %v, want valid: %v", err, tt.Valid)
			}
			is, err := Issuer(Config{PublishableKey: tt.Key})
			if (err == nil) != tt.Valid {
				t.Fatalf("Issuer: got error %v, want valid: %v", err, tt.Valid)
			}
			if !tt.Valid {
				return
			}
			if k.host != *tt.API || k.production != (*tt.Type == "production") {
				t.Errorf("got %+v, want %s, %s", k, *tt.API, *tt.Type)
			}
			if is.URL != "https://"+*tt.API || is.URL+"/.well-known/jwks.json" != *tt.JWKSURL {
				t.Errorf("got issuer %q, want that of %q", is.URL, *tt.JWKSURL)
			}
		})
	}
}

func TestPublishableKeyOptionVectors(t *testing.T) {
	var cases []struct {
		Key     string `json:"key"`
		Options struct {
			ProxyURL    string `json:"proxyUrl"`
			IsSatellite bool   `json:"isSatellite"`
		} `json:"options"`
		API string `json:"frontend_api"`
	}
	vector(t, "publishable_key_options", &cases)
	for _, tt := range cases {
		is, err := Issuer(Config{PublishableKey: tt.Key, ProxyURL: tt.Options.ProxyURL})
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		want := tt.API
		switch {
		case tt.Options.IsSatellite:
			// A satellite's front end uses a host of its own; the tokens that it
			// gets still name the primary's.
			k, _ := parsePublishableKey(tt.Key)
			want = "https://" + k.host
		case tt.Options.ProxyURL == "":
			want = "https://" + want
		}
		if is.URL != want {
			t.Errorf("%+v: got issuer %q, want %q", tt, is.URL, want)
		}
	}
}

func TestCookieVectors(t *testing.T) {
	var suffixes []struct {
		Key    string `json:"publishable_key"`
		Suffix string `json:"suffix"`
	}
	vector(t, "cookie_suffix", &suffixes)
	for _, tt := range suffixes {
		if k, err := parsePublishableKey(tt.Key); k.suffix != tt.Suffix || err != nil {
			t.Errorf("%s: got suffix %q, %v; want %q", tt.Key, k.suffix, err, tt.Suffix)
		}
	}

	var choices []struct {
		Name     string            `json:"name"`
		Key      string            `json:"publishable_key"`
		Cookies  map[string]string `json:"cookies"`
		Suffixed bool              `json:"uses_suffixed"`
		From     *string           `json:"session_token_from"`
	}
	vector(t, "cookie_choice", &choices)
	for _, tt := range choices {
		t.Run(tt.Name, func(t *testing.T) {
			c := chooser(t, tt.Key)
			get := func(name string) string { return tt.Cookies[name] }
			name := c.choose(get)
			if got := name == c.session; got != tt.Suffixed {
				t.Errorf("got suffixed %v, want %v", got, tt.Suffixed)
			}
			if token := tt.Cookies[name]; (token != "") != (tt.From != nil) || tt.From != nil && name != *tt.From {
				t.Errorf("got the token of %q, want that of %v", name, tt.From)
			}
		})
	}
}

func TestAuthorizationVectors(t *testing.T) {
	var cases []struct {
		Header *string `json:"header"`
		Token  *string `json:"js_token"`
	}
	vector(t, "authorization_header", &cases)
	// Where core decides otherwise than JavaScript: the scheme has no case (RFC
	// 9110), and what is not one Bearer credential is no credential.
	status := map[string]int{
		"Bearer tok": 200, "bearer tok": 200, "BEARER tok": 200, "Bearer  tok": 200,
		"tok": 401, "Basic dXNlcjpwYXNz": 401, "Token tok": 401,
		"Bearer": 400, "Bearer ": 400, "Bearer tok extra": 400, "Bearer\ttok": 400, "Bearer tok,Bearer tok2": 400,
		" Bearer tok": 401, // net/http trims it before anybody sees it; as given it is another scheme
	}
	cfg := pemConfig()
	a := mustNew(t, cfg)
	good := sign(t, nil, nil)
	for _, tt := range cases {
		name, want := "absent", 401
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		if tt.Header != nil {
			name = *tt.Header
			var ok bool
			if want, ok = status[name]; !ok {
				t.Errorf("%q: no decision in this test", name)
			}
			r.Header["Authorization"] = []string{replaceToken(name, good)}
		}
		got := 200
		if out := a.RequireAuth()(t.Context(), adapter.FromHTTP(r)); out.Refusal != nil {
			got = out.Refusal.Status
		}
		if got != want {
			t.Errorf("%q: got %d, want %d", name, got, want)
		}
	}
}
