package clerk

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// TestMachineActor checks that JWTs and opaque tokens say who acts after a token
// exchange, and who acted before.
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
