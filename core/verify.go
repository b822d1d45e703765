package core

import (
	"slices"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/jwks"
)

// maxCandidates bounds the signature checks that one token can cause where
// several keys share an id.
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
		if !key.Fits(v.token.Header.Algorithm) {
			continue
		}
		if v.token.VerifiedBy(v.method, signature, key.Public()) {
			return key, nil
		}
		err = errSignature
	}
	return nil, err
}

// identity checks the claims of a token whose signature verified, and makes the
// identity.
func (a *Authenticator) identity(v *verification, key *jwks.Key) (*Identity, error) {
	audience, refused := v.checkClaims(a.leeway)
	if refused != nil {
		return nil, refused
	}
	id := &Identity{payload: v.token.Payload, keyID: key.ID(), lookupRights: v.issuer.LookupRights}
	v.fill(&id.data, audience)
	if v.issuer.MapClaims != nil {
		h := &v.token.Header
		token := Token{alg: h.Algorithm, kid: h.KeyID, typ: h.Type, header: h.Text, payload: v.token.Payload}
		if err := v.issuer.MapClaims(token, &id.data); err != nil {
			return nil, providerError(err)
		}
		id.data = id.data.clone() // MapClaims may keep what it filled in
	}
	return id, nil
}

// checkClaims compares the claims with the configuration. Expiry comes last: it
// is the one reason that the client is told, so all else must be right by then.
// It returns the audience, in v.list.
func (v *verification) checkClaims(leeway time.Duration) ([]string, *Error) {
	is, c := v.issuer, &v.token.Claims
	if c.Confirmation != "" {
		// The token is bound to a key that nobody asks for here, so it must not be
		// accepted as a bearer token (RFC 7800).
		return nil, errConfirmation
	}
	if c.Subject == "" && (!is.AllowMissingSubject || c.HasSubject) {
		return nil, errNoSubject
	}
	audience := v.list[:0]
	if c.Audience != "" {
		var ok bool
		if audience, ok = jws.AppendAudience(audience, c.Audience); !ok {
			return nil, errClaimType
		}
	}
	if !is.AllowAnyAudience {
		if c.Audience == "" {
			return nil, errNoAudience
		}
		if !slices.ContainsFunc(audience, func(aud string) bool { return slices.Contains(is.Audiences, aud) }) {
			return nil, errAudience
		}
	}
	if len(is.AuthorizedParties) > 0 {
		switch party := c.Party(); {
		case party == "":
			if !is.AllowMissingAuthorizedParty {
				return nil, errNoParty
			}
		case !slices.Contains(is.AuthorizedParties, party):
			return nil, errParty
		}
	}
	switch latest := v.now.Add(leeway); {
	case c.ExpiresAt.IsZero():
		return nil, errNoExpiry
	case c.NotBefore.After(latest):
		return nil, errNotYet
	case c.IssuedAt.After(latest):
		return nil, errFuture
	}
	if !c.ExpiresAt.After(v.now.Add(-leeway)) {
		return nil, errExpired
	}
	return audience, nil
}

// fill copies what the claims say into d. list begins with the audience.
func (v *verification) fill(d *IdentityData, list []string) {
	c, paths := &v.token.Claims, &v.issuer.paths
	ends := [4]int{len(list)}
	for i, places := range [][]claimPath{paths.roles, paths.permissions, paths.scopes} {
		list = jws.AppendWords(list, find(c.Members, places))
		ends[i+1] = len(list)
	}
	list = slices.Clone(list)
	d.Audience = list[:ends[0]:ends[0]]
	d.Roles = list[ends[0]:ends[1]:ends[1]]
	d.Permissions = list[ends[1]:ends[2]:ends[2]]
	d.Scopes = list[ends[2]:ends[3]:ends[3]]

	d.Issuer, d.Subject, d.AuthorizedParty = v.issuer.URL, c.Subject, c.Party()
	d.TokenID, d.SessionID = c.TokenID, c.SessionID
	d.IssuedAt, d.ExpiresAt, d.AuthenticatedAt = c.IssuedAt, c.ExpiresAt, c.AuthAt
	d.Organization.ID, _ = find(c.Members, paths.organization).Text()
	d.Actor = Actor(c.Actor)
}
