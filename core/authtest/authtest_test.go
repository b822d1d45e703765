package authtest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

func TestNewAuthenticatorTrustsTheIssuer(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	id, err := auth.Verify(t.Context(), issuer.Token(devissuer.Claims{"sub": "alice"}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := id.Subject(), "alice"; got != want {
		t.Errorf("got subject %q, want %q", got, want)
	}
	other := authtest.NewIssuer(t)
	if _, err := auth.Verify(t.Context(), other.Token(nil)); !errors.Is(err, core.ErrIssuer) {
		t.Errorf("another issuer: got %v, want %v", err, core.ErrIssuer)
	}
}

func TestNewAuthenticatorTakesChanges(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer,
		func(cfg *core.Config) { cfg.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } },
		func(cfg *core.Config) { cfg.Issuers[0].Audiences = []string{"another"} })
	if _, err := auth.Verify(t.Context(), issuer.Token(nil)); !errors.Is(err, core.ErrAudience) {
		t.Errorf("got %v, want %v", err, core.ErrAudience)
	}
	if _, err := auth.Verify(t.Context(), issuer.Token(devissuer.Claims{"aud": "another"})); !errors.Is(err, core.ErrExpired) {
		t.Errorf("got %v, want %v", err, core.ErrExpired)
	}
}

func TestNewIssuerEndsWithTheTest(t *testing.T) {
	var issuer *devissuer.Issuer
	t.Run("inner", func(t *testing.T) {
		issuer = authtest.NewIssuer(t, "EdDSA", "ES256")
		if got, want := issuer.Key("EdDSA").Algorithm, "EdDSA"; got != want {
			t.Errorf("got algorithm %q, want %q", got, want)
		}
	})
	if err := issuer.Up(); err == nil {
		t.Error("the issuer is still open, want it closed with its test")
	}
}

func TestContextCarriesTheIdentity(t *testing.T) {
	ctx := authtest.Context(t, core.IdentityData{Subject: "alice", Roles: []string{"admin"}})
	id, ok := core.IdentityFrom(ctx)
	if got, want := id.Subject(), "alice"; got != want || !ok {
		t.Errorf("got subject %q (%v), want %q", got, ok, want)
	}
	if err := core.Authorize(ctx, core.Role("admin")); err != nil {
		t.Errorf("got %v, want a grant", err)
	}
	if err := core.Authorize(ctx, core.Role("owner")); !errors.Is(err, core.ErrDenied) {
		t.Errorf("got %v, want %v", err, core.ErrDenied)
	}
}
