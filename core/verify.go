package core

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/jwks"
)

// maxCandidates bounds the signature checks that one token can cause where
// several keys may have signed it.
const maxCandidates = 4

// verification is one token on its way from text to identity.
type verification struct {
	text   string
	now    time.Time
	token  jws.Token
	issuer *issuer
	method jws.Method
	list   [24]string // room for aud, roles, permissions and scopes
}

// verifications are used again: one on the stack would move to the heap, in three
// allocations of 2 KB together for each token (BenchmarkVerify/EdDSA/uncached).
var verifications = sync.Pool{New: func() any { return new(verification) }}

// release gives the memory back without anything of the token in it.
func (v *verification) release() {
	*v = verification{}
	verifications.Put(v)
}

// signedBy returns the key that made the signature. Its error says whether any
// key fitted.
func (v *verification) signedBy(keys []*jwks.Key, signature []byte) (*jwks.Key, error) {
	err := error(errUnknownKey)
	for _, key := range keys[:min(len(keys), maxCandidates)] {
		if !isOf(key, v.token.Claims.Issuer) {
			continue
		}
		if alg := v.token.Header.Algorithm; !v.issuer.allows(key, alg) {
			if key.Fits(alg) && errors.Is(err, ErrUnknownKey) {
				err = errAlgorithm.at("alg", strconv.Quote(alg), "RS256 for an RSA key without alg, or Issuer.Algorithms")
			}
			continue
		}
		if v.token.VerifiedBy(v.method, signature, key.Public()) {
			return key, nil
		}
		err = errSignature
	}
	return nil, err
}

// isOf reports whether the key may sign tokens of the issuer: a key that names its
// issuer, as those that Entra ID's tenants share do, is for no other.
func isOf(key *jwks.Key, iss string) bool {
	if key.Issuer() == "" || names(key.Issuer(), iss) {
		return true
	}
	// The keys of Entra ID name its v2.0 issuer, and sign v1.0 tokens too.
	tid, ok := tenantIn(iss, "https://sts.windows.net/", "/")
	return ok && names(key.Issuer(), "https://login.microsoftonline.com/"+tid+"/v2.0")
}

// names reports whether iss is the issuer that a key names, which may be a template
// for all tenants.
func names(issuer, iss string) bool {
	if before, after, template := strings.Cut(issuer, tenantID); template {
		_, ok := tenantIn(iss, before, after)
		return ok
	}
	return issuer == iss
}

// describe adds what the token has to the error of signedBy.
func (v *verification) describe(err error) error {
	switch kid := v.token.Header.KeyID; {
	case errors.Is(err, ErrUnknownKey):
		return errUnknownKey.at("kid", strconv.Quote(kid), "the id of one of the issuer's usable keys").advise(
			"look for the key in the issuer's key set; the log says which of its keys are dropped, and why")
	case errors.Is(err, ErrSignature):
		return errSignature.at("kid", strconv.Quote(kid), "a signature of this key").advise(
			"the token was changed, or it comes from another issuer or environment that uses the same iss")
	}
	return err
}

// identity checks the claims of a token whose signature verified, and makes the
// identity.
func (a *Authenticator) identity(ctx context.Context, v *verification, key *jwks.Key) (*Identity, error) {
	audience, refused := v.checkClaims(a)
	if refused != nil {
		return nil, refused
	}
	is, h := v.issuer, &v.token.Header
	id := &Identity{payload: v.token.Payload, keyID: key.ID(), lookupRights: is.LookupRights}
	v.fill(&id.data, audience)
	if hint, ok := v.unreadableRoles(id.data.Roles); ok {
		a.hint(ctx, is.URL, hint)
	}
	if is.MapClaims == nil && v.token.Claims.Confirmation == "" {
		return id, nil
	}
	token := Token{alg: h.Algorithm, kid: h.KeyID, typ: h.Type, header: h.Text, payload: v.token.Payload}
	if v.token.Claims.Confirmation != "" {
		id.confirm = func(ctx context.Context, r adapter.Request) error { return is.CheckConfirmation(ctx, r, token) }
	}
	if is.MapClaims != nil {
		if err := is.MapClaims(token, &id.data); err != nil {
			return nil, providerError(err)
		}
		id.data = id.data.clone() // MapClaims may keep what it filled in
	}
	return id, nil
}
