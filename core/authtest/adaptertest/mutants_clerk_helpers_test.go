package adaptertest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// changedIssuer makes Authenticators with a changed issuer.
func changedIssuer(change func(*core.Issuer)) func(clerk.Config) (*core.Authenticator, error) {
	return func(cfg clerk.Config) (*core.Authenticator, error) {
		issuer, err := clerk.Issuer(cfg)
		if err != nil {
			return nil, err
		}
		change(&issuer)
		if cfg.AllowCookie {
			cfg.Core.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("__session")}
		}
		cfg.Core.Issuers = []core.Issuer{issuer}
		return core.New(cfg.Core)
	}
}

// changed makes Authenticators with a changed configuration.
func changed(change func(*clerk.Config)) func(clerk.Config) (*core.Authenticator, error) {
	return func(cfg clerk.Config) (*core.Authenticator, error) {
		change(&cfg)
		return clerk.New(cfg)
	}
}

// ignoringError makes Authenticators that accept tokens which the issuer's MapClaims
// rejects with this error. end is the end of its text.
func ignoringError(reason error, end string) func(clerk.Config) (*core.Authenticator, error) {
	return changedMap(func(err error) error {
		if errors.Is(err, reason) && strings.HasSuffix(err.Error(), end) {
			return nil
		}
		return err
	})
}

func changedMap(change func(error) error) func(clerk.Config) (*core.Authenticator, error) {
	return changedIssuer(func(is *core.Issuer) {
		mapClaims := is.MapClaims
		is.MapClaims = func(t core.Token, d *core.IdentityData) error { return change(mapClaims(t, d)) }
	})
}

// edited makes Authenticators with changed data of the identity.
func edited(change func(*core.IdentityData)) func(clerk.Config) (*core.Authenticator, error) {
	return changedIssuer(func(is *core.Issuer) {
		mapClaims := is.MapClaims
		is.MapClaims = func(t core.Token, d *core.IdentityData) error {
			err := mapClaims(t, d)
			change(d)
			return err
		}
	})
}

func static(t *testing.T, jwk devissuer.Claims) *jwks.Source {
	t.Helper()
	set, err := json.Marshal(devissuer.Claims{"keys": []any{jwk}})
	if err != nil {
		t.Fatal(err)
	}
	source, err := jwks.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	return source
}
