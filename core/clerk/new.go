package clerk

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// New returns an Authenticator for the sessions of one Clerk instance, or for
// the token types in cfg.Accept, and for the issuers in cfg.Core. A mistake in
// cfg is an error that names the field and what to do about it. It needs no
// network.
func New(cfg Config) (*core.Authenticator, error) {
	in, err := newInstance(cfg)
	if err != nil {
		return nil, err
	}
	c, own := cfg.Core, -1
	if !slices.Equal(in.Accept, []TokenType{APIKey}) { // API keys are never JWTs
		is, err := in.issuer()
		if err != nil {
			return nil, err
		}
		own = len(c.Issuers)
		c.Issuers = append(slices.Clone(c.Issuers), is) // last, so that the indexes in core's errors are the caller's
	}
	verifier, err := newMachineVerifier(in)
	if err != nil {
		return nil, err
	}
	if verifier != nil {
		c.TokenVerifiers = append(slices.Clone(c.TokenVerifiers), verifier)
	}
	if cfg.AllowCookie {
		if len(c.Extractors) == 0 {
			c.Extractors = []core.Extractor{core.FromBearer()}
		}
		c.Extractors = append(slices.Clone(c.Extractors), sessionCookie(in))
	}
	a, err := core.New(c)
	if err != nil {
		return nil, in.named(err, own)
	}
	if in.accepts(SessionToken) && len(in.AuthorizedParties) == 0 && in.key.production {
		in.log().Warn("clerk: Config.AuthorizedParties (CLERK_AUTHORIZED_PARTIES) is empty, so sessions that other sites of this live instance got are accepted: " +
			"name the origins of your front ends; only an API for native apps alone leaves it empty")
	}
	return a, nil
}

// log is where lines for operators go.
func (in *instance) log() *slog.Logger {
	if in.Logger != nil {
		return in.Logger
	}
	return slog.Default()
}

// named gives a mistake that core found the name of the field in which it is here.
// own is the index of the issuer that [New] added.
func (in *instance) named(err error, own int) error {
	var known *core.ConfigError
	if !errors.As(err, &known) {
		return err
	}
	field, ok := strings.CutPrefix(known.Field, fmt.Sprintf("Issuers[%d].", own))
	switch {
	case !ok:
		field = "Core." + field
	case field == "URL" && in.ProxyURL != "":
		field = "ProxyURL"
	case field == "URL":
		field = "PublishableKey"
	}
	return configError(field, known.Err)
}

// Issuer returns the Clerk instance as one issuer among others, for [core.New]:
// where you change its LookupRights or Claims, for example. Of cfg.Core only the
// clock is used. AllowCookie and tokens that are not JWTs need [New].
func Issuer(cfg Config) (core.Issuer, error) {
	in, err := newInstance(cfg)
	if err != nil {
		return core.Issuer{}, err
	}
	return in.issuer()
}

// issuer makes the core.Issuer of the instance, for sessions and for the JWTs
// of machines.
func (in *instance) issuer() (core.Issuer, error) {
	source := in.Keys
	if source == nil {
		var err error
		if source, err = in.keys(); err != nil {
			return core.Issuer{}, err
		}
	}
	is := core.Issuer{
		URL:        in.url,
		Algorithms: []string{"RS256"},
		Types:      []string{"", "JWT"},
		Keys:       source,
		Claims:     in.Claims,
		MapClaims:  (&reader{in.Config}).read,
	}
	if in.Directory != nil {
		is.LookupRights = in.Directory.Rights
	}
	if in.accepts(OAuthToken) {
		is.Types = append(is.Types, "at+jwt")
	}
	if in.acceptsMachines() {
		is.AllowAnyAudience = true // each type has rules of its own: see reader
		return is, nil
	}
	is.Audiences, is.AllowAnyAudience = in.Audiences, len(in.Audiences) == 0
	is.AuthorizedParties, is.AllowMissingAuthorizedParty = in.AuthorizedParties, in.AllowMissingAuthorizedParty
	return is, nil
}
