package core

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// maxCandidates bounds the signature checks that one token can cause where
// several keys share an id.
const maxCandidates = 4

type rightsFunc func(context.Context, *Identity) (Rights, error)

// remembered returns the identity of a token that was verified before, when
// everything that can change meanwhile still holds. It returns nil and no error
// for a token that has to be checked.
func (a *Authenticator) remembered(ctx context.Context, token string, now time.Time) (*Identity, error) {
	if a.cache == nil {
		return nil, nil
	}
	e := a.cache.get(token)
	if e == nil {
		return nil, nil
	}
	if !now.Before(e.until) || !e.id.issuer.hasAt(e.id.key, now) {
		a.cache.remove(e)
		return nil, nil
	}
	return a.notRevoked(ctx, e.id)
}

// check verifies a token from its first byte: envelope, issuer, algorithm,
// signature, claims.
func (a *Authenticator) check(ctx context.Context, token string, now time.Time) (*Identity, error) {
	if len(token) > a.maxTokenBytes {
		return nil, errTooLarge
	}
	if len(a.cfg.TokenVerifiers) > 0 && strings.Count(token, ".") != 2 {
		return a.checkOpaque(ctx, token, now)
	}
	p := proofs.Get().(*proof)
	defer p.release()
	p.now = now
	if err := p.split(token); err != nil {
		return nil, err
	}
	if err := p.readHeader(&a.seen); err != nil {
		return nil, err
	}
	if !a.algorithms[p.alg] { // no issuer's: most garbage ends here, before its payload is read
		return nil, errAlgorithm
	}
	if err := p.readPayload(); err != nil {
		return nil, err
	}
	if err := p.read(p.payload); err != nil {
		return nil, err
	}
	if p.issuer = a.issuers[p.iss]; p.issuer == nil {
		return nil, errIssuer
	}
	if !p.issuer.acceptsType(&p.envelope) {
		return nil, errType
	}
	if p.algorithm = p.issuer.allowed(p.alg); p.algorithm == nil {
		return nil, errAlgorithm
	}
	id, err := a.proveOnce(ctx, token, p)
	if err != nil {
		return nil, err
	}
	return a.notRevoked(ctx, id)
}

// proof is one token on its way from text to identity.
type proof struct {
	envelope
	claims
	issuer    *issuer
	algorithm *allowed
	now       time.Time
	list      [24]string // room for aud, roles, permissions and scopes
	sig       [512]byte  // room for the signature, up to RSA 4096
}

// proofs are used again: a proof on the stack would move to the heap, in three
// allocations of 2 KB together for each token (BenchmarkVerify/EdDSA/uncached).
var proofs = sync.Pool{New: func() any { return new(proof) }}

// release gives the proof back without anything of the token in it.
func (p *proof) release() {
	*p = proof{}
	proofs.Put(p)
}

// proveOnce proves a token, once when many requests bring it for the first
// time together, and remembers the result.
func (a *Authenticator) proveOnce(ctx context.Context, token string, p *proof) (*Identity, error) {
	if a.cache == nil || len(token) > maxCachedTokenBytes {
		return a.prove(ctx, p)
	}
	f, leads := a.cache.begin(token)
	if !leads && f != nil {
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, unavailable("canceled", ctx.Err())
		}
		// The leader's outage may be its own context's end: try with ours.
		if f.id != nil || f.err != nil && !errors.Is(f.err, ErrUnavailable) {
			return f.id, f.err
		}
	}
	var id *Identity
	var err error
	if leads {
		defer func() { a.cache.end(f, id, err, p.now, p.exp.Add(a.leeway)) }()
	}
	id, err = a.prove(ctx, p)
	return id, err
}

// prove checks the signature, then what the claims say, and makes the identity.
func (a *Authenticator) prove(ctx context.Context, p *proof) (*Identity, error) {
	key, err := p.verifySignature(ctx)
	if err != nil {
		return nil, err
	}
	a.seen.put(&p.envelope)
	list, refused := p.checkClaims(a.leeway, p.list[:0])
	if refused != nil {
		return nil, refused
	}
	id := &Identity{auth: a, issuer: p.issuer, key: key, payload: p.payload}
	p.fill(&id.details, list)
	if p.issuer.MapClaims != nil {
		if err := p.issuer.MapClaims(Token{p.alg, p.kid, p.typ, p.text, p.payload}, &id.details); err != nil {
			return nil, mapError(err)
		}
		id.details = id.details.clone() // Map may keep what it filled in
	}
	return id, nil
}

// verifySignature returns the issuer's key that made the signature.
func (p *proof) verifySignature(ctx context.Context) (*jwks.Key, error) {
	signature, err := strictBase64.AppendDecode(p.sig[:0], []byte(p.signature))
	if err != nil {
		return nil, errBase64
	}
	keys, err := p.issuer.Keys.Keys(ctx, p.kid, p.alg)
	if err != nil {
		return nil, unavailable("keys_unavailable", err)
	}
	key, tried := p.signedBy(keys, signature)
	if key == nil && tried && p.issuer.refetch != nil {
		key, _ = p.signedBy(p.issuer.refetch(ctx, p.kid, p.alg, keys), signature)
	}
	switch {
	case key != nil:
		return key, nil
	case tried:
		return nil, errSignature
	}
	return nil, errUnknownKey
}

// signedBy returns the key under which the signature holds, and whether any was
// tried.
func (p *proof) signedBy(keys []*jwks.Key, signature []byte) (key *jwks.Key, tried bool) {
	for _, key := range keys[:min(len(keys), maxCandidates)] {
		if !key.Fits(p.alg) {
			continue
		}
		if p.algorithm.method.Verify(p.signed, signature, key.Public()) == nil {
			return key, true
		}
		tried = true
	}
	return nil, tried
}

// checkClaims holds the claims against the configuration. Expiry comes last:
// it is the one reason that the client is told, so all else must hold by then.
// It returns dst with the audience appended.
func (p *proof) checkClaims(leeway time.Duration, dst []string) ([]string, *Error) {
	is, c := p.issuer, &p.claims
	if c.cnf != "" {
		// Bound to a key that we do not ask for: a bearer must not pass (RFC 7800).
		return nil, errConfirmation
	}
	if c.sub == "" && (!is.AllowMissingSubject || c.hasSub) {
		return nil, errNoSubject
	}
	if c.act != "" {
		if _, ok := actor(c.act); !ok {
			return nil, errClaimType
		}
	}
	if c.aud != "" {
		var ok bool
		if dst, ok = audience(c.aud, dst); !ok {
			return nil, errClaimType
		}
	}
	if !is.AllowAnyAudience {
		if c.aud == "" {
			return nil, errNoAudience
		}
		if !slices.ContainsFunc(dst, func(aud string) bool { return slices.Contains(is.Audiences, aud) }) {
			return nil, errAudience
		}
	}
	if len(is.AuthorizedParties) > 0 {
		switch party := c.party(); {
		case party == "":
			if !is.AllowMissingAuthorizedParty {
				return nil, errNoParty
			}
		case !slices.Contains(is.AuthorizedParties, party):
			return nil, errParty
		}
	}
	switch latest := p.now.Add(leeway); {
	case c.exp.IsZero():
		return nil, errNoExpiry
	case c.nbf.After(latest):
		return nil, errNotYet
	case c.iat.After(latest):
		return nil, errFuture
	}
	if !c.exp.After(p.now.Add(-leeway)) {
		return nil, errExpired
	}
	return dst, nil
}

// fill writes down who the claims are about. list begins with the audience.
func (p *proof) fill(d *IdentityData, list []string) {
	c, paths := &p.claims, &p.issuer.paths
	ends := [4]int{len(list)}
	for i, places := range [][]claimPath{paths.roles, paths.permissions, paths.scopes} {
		list = words(find(c.members, places), list)
		ends[i+1] = len(list)
	}
	list = slices.Clone(list)
	d.Audience = list[:ends[0]:ends[0]]
	d.Roles = list[ends[0]:ends[1]:ends[1]]
	d.Permissions = list[ends[1]:ends[2]:ends[2]]
	d.Scopes = list[ends[2]:ends[3]:ends[3]]

	d.Issuer, d.Subject, d.AuthorizedParty = p.issuer.URL, c.sub, c.party()
	d.TokenID, d.SessionID = c.jti, c.sid
	d.IssuedAt, d.ExpiresAt, d.AuthenticatedAt = c.iat, c.exp, c.authTime
	d.Organization.ID, _ = find(c.members, paths.organization).Text()
	d.Actor, _ = actor(c.act)
}

// notRevoked asks the list about an identity that is good otherwise.
func (a *Authenticator) notRevoked(ctx context.Context, id *Identity) (*Identity, error) {
	if a.cfg.Revocations == nil {
		return id, nil
	}
	revoked, err := a.cfg.Revocations.Revoked(ctx, id)
	if err != nil {
		return nil, unavailable("revocations_unavailable", err)
	}
	if revoked {
		return nil, &Error{Reason: "revoked", class: ErrRevoked, of: id}
	}
	return id, nil
}
