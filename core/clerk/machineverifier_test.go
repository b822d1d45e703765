package clerk

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

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
