package clerk

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/authkeel/authkeel/core"
)

// TestSession holds each decision of what passes for a session.
func TestSession(t *testing.T) {
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	parties := func(c *Config) { c.AuthorizedParties = []string{origin, "https://admin.example.com"} }
	lenient := func(c *Config) { parties(c); c.AllowMissingAuthorizedParty = true }
	audience := func(c *Config) { c.Audiences = []string{"api", "other"} }
	pending := func(c *Config) { c.AllowPending = true }
	exact := func(c *Config) { c.Core.Leeway = -1 }
	tests := []struct {
		name   string
		config func(*Config)
		header object
		claims object
		class  error // nil: accepted
	}{
		{"as it is", nil, nil, nil, nil},
		{"version 1", nil, nil, object{"v": nil}, nil},

		{"issuer with a slash", nil, nil, object{"iss": "https://clerk.example.com/"}, core.ErrIssuer},
		{"issuer in http", nil, nil, object{"iss": "http://clerk.example.com"}, core.ErrIssuer},
		{"issuer in another case", nil, nil, object{"iss": "https://Clerk.example.com"}, core.ErrIssuer},
		{"another instance", nil, nil, object{"iss": "https://clerk.evil.example"}, core.ErrIssuer},
		{"no issuer", nil, nil, object{"iss": nil}, core.ErrIssuer},

		{"RS384", nil, object{"alg": "RS384"}, nil, core.ErrAlgorithm},
		{"RS512", nil, object{"alg": "RS512"}, nil, core.ErrAlgorithm},

		{"no typ", nil, object{"typ": nil}, nil, nil},
		{"typ in another case", nil, object{"typ": "jwt"}, nil, ErrNotSession},
		{"typ with application/", nil, object{"typ": "application/JWT"}, nil, ErrNotSession},
		{"typ of OAuth", nil, object{"typ": "at+jwt"}, nil, core.ErrType},
		{"typ of OAuth, long", nil, object{"typ": "application/at+jwt"}, nil, core.ErrType},
		{"typ empty", nil, object{"typ": ""}, nil, core.ErrType},

		{"cat of a session", nil, object{"cat": "cl_B7d4PD111AAA"}, nil, nil},
		{"cat that says nothing", nil, object{"cat": "cl_I7d4PD111III"}, nil, nil},
		{"cat of a template", nil, object{"cat": "cl_B7d4PD222AAA"}, nil, ErrNotSession},
		{"cat of a machine", nil, object{"cat": "cl_B7d4PD333AAA"}, nil, ErrNotSession},
		{"cat unknown", nil, object{"cat": "cl_B7d4PD444AAA"}, nil, ErrNotSession},
		{"cat in another case", nil, object{"cat": "CL_B7D4PD111AAA"}, nil, ErrNotSession},
		{"cat empty", nil, object{"cat": ""}, nil, ErrNotSession},
		{"cat a number", nil, object{"cat": 111}, nil, ErrNotSession},
		{"cat a list", nil, object{"cat": []string{"cl_B7d4PD111AAA"}}, nil, ErrNotSession},
		{"cat null", nil, object{"cat": raw("null")}, nil, ErrNotSession},

		{"no sid", nil, nil, object{"sid": nil}, ErrNotSession},
		{"sid empty", nil, nil, object{"sid": ""}, ErrNotSession},
		{"sid of another kind", nil, nil, object{"sid": "client_1"}, ErrNotSession},
		{"sid in another case", nil, nil, object{"sid": "Sess_1"}, ErrNotSession},
		{"sid without an id", nil, nil, object{"sid": "sess_"}, ErrNotSession},
		{"sid a number", nil, nil, object{"sid": 1}, core.ErrNotAccepted},

		{"sub empty", nil, nil, object{"sub": ""}, core.ErrClaim},
		{"no sub", nil, nil, object{"sub": nil}, core.ErrClaim},
		{"sub of a machine", nil, nil, object{"sub": "mch_1"}, ErrNotSession},

		{"aud where none is configured", nil, nil, object{"aud": "anything"}, nil},
		{"aud with a number", nil, nil, object{"aud": []any{"api", 1}}, core.ErrClaim},
		{"aud with null", audience, nil, object{"aud": []any{"api", nil}}, core.ErrClaim},
		{"one aud of several", audience, nil, object{"aud": []string{"x", "other"}}, nil},
		{"another aud", audience, nil, object{"aud": "x"}, core.ErrAudience},
		{"aud configured and absent", audience, nil, nil, core.ErrAudience},

		{"azp where none is configured", nil, nil, object{"azp": "https://evil.example"}, nil},
		{"azp of the second party", parties, nil, object{"azp": "https://admin.example.com"}, nil},
		{"another azp", parties, nil, object{"azp": "https://evil.example"}, core.ErrAuthorizedParty},
		{"azp with a slash", parties, nil, object{"azp": origin + "/"}, core.ErrAuthorizedParty},
		{"azp with a port", parties, nil, object{"azp": origin + ":443"}, core.ErrAuthorizedParty},
		{"azp in another case", parties, nil, object{"azp": "https://APP.example.com"}, core.ErrAuthorizedParty},
		{"no azp", parties, nil, object{"azp": nil}, core.ErrAuthorizedParty},
		{"azp empty", parties, nil, object{"azp": ""}, core.ErrAuthorizedParty},
		{"client_id is no azp", parties, nil, object{"azp": nil, "client_id": origin}, core.ErrAuthorizedParty},
		{"no azp, allowed", lenient, nil, object{"azp": nil}, nil},
		{"another azp, absence allowed", lenient, nil, object{"azp": "https://evil.example"}, core.ErrAuthorizedParty},

		{"pending", nil, nil, object{"sts": "pending"}, ErrPending},
		{"pending, allowed", pending, nil, object{"sts": "pending"}, nil},
		{"no sts", nil, nil, object{"sts": nil}, nil},
		{"sts a list", pending, nil, object{"sts": []string{"pending"}}, core.ErrClaim},

		{"impersonated", nil, nil, object{"act": object{"sub": "user_2"}}, nil},
		{"impersonated by nobody", nil, nil, object{"act": object{}}, core.ErrClaim},
		{"impersonated by an empty name", nil, nil, object{"act": object{"sub": ""}}, core.ErrClaim},
		{"act is text", nil, nil, object{"act": "user_2"}, core.ErrClaim},

		{"expires this instant", nil, nil, object{"exp": epoch.Unix()}, nil},
		{"expired within the leeway", nil, nil, object{"exp": epoch.Unix() - 4}, nil},
		{"expired as long ago as the leeway", nil, nil, object{"exp": epoch.Unix() - 5}, core.ErrExpired},
		{"expires this instant, no leeway", exact, nil, object{"exp": epoch.Unix()}, core.ErrExpired},
		{"no exp", nil, nil, object{"exp": nil}, core.ErrClaim},
		{"issued within the leeway", nil, nil, object{"iat": epoch.Unix() + 5}, nil},
		{"issued beyond it", nil, nil, object{"iat": epoch.Unix() + 61}, core.ErrNotYetValid},
		{"valid within the leeway", nil, nil, object{"nbf": epoch.Unix() + 5}, nil},
		{"valid beyond it", nil, nil, object{"nbf": epoch.Unix() + 6}, core.ErrNotYetValid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := pemConfig()
			if tt.config != nil {
				tt.config(&cfg)
			}
			id, err := mustNew(t, cfg).Verify(t.Context(), sign(t, tt.header, tt.claims))
			if !errors.Is(err, tt.class) || (err == nil) != (tt.class == nil) {
				t.Fatalf("got error %v (%v), want %v", err, errors.Unwrap(err), tt.class)
			}
			if _, ok := SessionFrom(id); ok != (tt.class == nil) {
				t.Errorf("got a session: %v, want %v", ok, tt.class == nil)
			}
		})
	}
}

// Without azp the token was given to nobody in particular, whatever a custom
// claim says.
func TestClientIDIsNotTheParty(t *testing.T) {
	id, err := verify(t, pemConfig(), object{"azp": nil, "client_id": "x"})
	if err != nil || id.AuthorizedParty() != "" {
		t.Errorf("got party %q, %v; want none", id.AuthorizedParty(), err)
	}
}

// A token of a class that is not a session stays refused once it is known.
func TestRefusedEachTime(t *testing.T) {
	a := mustNew(t, pemConfig())
	token := sign(t, object{"cat": "cl_B7d4PD222AAA"}, nil)
	for range 3 {
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, ErrNotSession) {
			t.Errorf("got %v, want ErrNotSession", err)
		}
	}
}
