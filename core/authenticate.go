package core

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/internal/audit"
	"github.com/authkeel/authkeel/core/internal/jws"
	"github.com/authkeel/authkeel/core/jwks"
)

// Authenticator verifies the tokens of the issuers it was made for. It is safe
// for concurrent use; one serves a whole program. Make it with [New].
type Authenticator struct {
	cfg          Config
	now          func() time.Time
	issuers      map[string]*issuer // by `iss`
	templates    []*issuer          // with {tenantid}
	finder       *issuerFinder      // nil: issuers and templates are all
	algorithms   map[string]bool    // of any issuer
	headers      *jws.HeaderCache
	cache        *cache // nil: off
	anonymous    *Identity
	observer     Observer  // Config.Observer, or the log of refusals
	onlyRefusals bool      // the observer wants nothing else
	hinted       *sync.Map // what was told once
	proxyHints   *proxyHints
	shadow       *shadow  // nil: none
	watches      *watches // nil: nothing can be revoked

	leeway             time.Duration
	maxTokenBytes      int
	extractors         []Extractor
	readsAuthorization bool
	trustedOrigins     map[string]bool
	publicOrigin       string
	forwardedHeader    string

	// What refusals say was expected, and issuers by their issuerKey.
	expectedAlgorithms, expectedIssuers string
	similarIssuers                      map[string]string

	vary           [][2]string // of refusals
	challengeStart []string
}

// RequireAuth returns the step that lets only authenticated requests go on. It
// panics on a nil Authenticator: handle the error of [New] first.
func (a *Authenticator) RequireAuth() adapter.Step { return a.authentication("RequireAuth", false) }

// OptionalAuth returns the step that lets requests without a token go on as
// anonymous. A token that is there must be good. It panics on a nil
// Authenticator.
func (a *Authenticator) OptionalAuth() adapter.Step { return a.authentication("OptionalAuth", true) }

func (a *Authenticator) authentication(name string, optional bool) adapter.Step {
	if a == nil {
		panic("authkeel: " + name + "(nil): handle the error of core.New before mounting")
	}
	return func(ctx context.Context, r adapter.Request) adapter.Outcome {
		if a.shadow != nil && a.shadow.decided != nil { // another middleware decides
			a.shadow.compare(ctx, r, nil, nil, optional)
			return adapter.Outcome{}
		}
		if s := audit.Of(r); s != nil { // asked by a test of the application
			return adapter.Outcome{Context: a.audited(ctx, s, optional)}
		}
		id, from, err := a.authenticate(ctx, r, optional)
		if a.shadow != nil {
			a.shadow.compare(ctx, r, id, err, optional)
		}
		if err != nil {
			return adapter.Outcome{Refusal: a.Refusal(ctx, err)}
		}
		out := adapter.Outcome{Context: withIdentity(ctx, id, a)}
		switch {
		case id.anonymous, from.cookie: // a cookie, or its absence, made the answer what it is
			out.Header = a.vary
		default:
			out.Header = from.answer
		}
		return out
	}
}

// Authenticate finds the token in the request and verifies it. Errors are of
// type [*Error]; [ErrNoToken] means that the request has none. Use it where
// there is no adapter; middleware runs [Authenticator.RequireAuth].
func (a *Authenticator) Authenticate(ctx context.Context, r adapter.Request) (*Identity, error) {
	id, _, err := a.authenticate(ctx, r, false)
	return id, err
}

// Verify verifies a token that did not come with an HTTP request, such as one
// from a message or a gRPC header. Errors are of type [*Error]. The failure
// limit, which goes by the client's address, does not apply.
func (a *Authenticator) Verify(ctx context.Context, token string) (*Identity, error) {
	now := a.now()
	id, cached, err := a.identify(ctx, nil, credential{token: token, from: noExtractor}, now)
	a.reportDecision(ctx, nil, id, err, cached, now)
	return id, err
}

// noExtractor stands for a token that did not come with a request.
var noExtractor = new(Extractor)

// authenticate finds the token and the identity that belongs to it, and reports
// what was decided. Without a token the anonymous identity goes on where
// authentication is optional.
func (a *Authenticator) authenticate(ctx context.Context, r adapter.Request, optional bool) (id *Identity, from *Extractor, err error) {
	now, cached := a.now(), false
	c, err := a.extract(r)
	switch {
	case err == nil:
		id, cached, err = a.identify(ctx, r, c, now)
	case optional && errors.Is(err, ErrNoToken):
		id, err = a.anonymous, nil
	}
	a.reportDecision(ctx, r, id, err, cached, now)
	return id, c.from, err
}

// identify returns the identity of a token: from the cache, or after checking
// everything. The failure limit stands before the check and not before the
// cache, so that good tokens are served during an attack from their address. r
// is nil for a token that came without a request.
func (a *Authenticator) identify(ctx context.Context, r adapter.Request, c credential, now time.Time) (id *Identity, cached bool, err error) {
	if id, err := a.fromCache(ctx, r, c.token, now); id != nil || err != nil {
		return id, id != nil, err
	}
	if c.from.bearer {
		// Not before: a cached token has no separators, and looking for them costs
		// 40 ns (BenchmarkMiddleware/cached).
		if err := rejectSeparators(c.token); err != nil {
			return nil, false, err
		}
	}
	limit, client := a.cfg.FailureLimit, netip.Addr{}
	if r == nil || limit != nil && audit.Exempt(r) {
		limit = nil
	}
	if limit != nil {
		client = a.ClientAddr(r)
		if wait, ok := limit.Allow(ctx, client); !ok {
			a.reportRateLimit(ctx, r, Event{Reason: "too_many_failures", Client: client})
			return nil, false, &Error{Reason: "too_many_failures", class: ErrRateLimited, retry: wait}
		}
	}
	switch {
	case len(c.token) > a.maxTokenBytes:
		err = errTooLarge
	case a.isOpaque(c.token):
		id, err = a.askVerifiers(ctx, c.token, now)
	default:
		v := verifications.Get().(*verification)
		if err = a.parse(ctx, v, c.token, now); err == nil {
			id, err = a.verify(ctx, v)
		}
		v.release()
	}
	if err == nil {
		id, err = a.recheck(ctx, r, id)
	}
	if limit != nil && isFailure(err) {
		limit.Failed(ctx, client)
	}
	return id, false, err
}

// fromCache returns the identity of a token that was verified before, when
// everything that can change meanwhile still holds. It returns nil and no error
// for a token that has to be checked.
func (a *Authenticator) fromCache(ctx context.Context, r adapter.Request, token string, now time.Time) (*Identity, error) {
	e := a.cache.get(token)
	if e == nil {
		return nil, nil
	}
	if !now.Before(e.until) || !e.issuer.current(now) || !e.issuer.hasKey(e.key, now) {
		a.cache.remove(e)
		return nil, nil
	}
	return a.recheck(ctx, r, e.id)
}

// parse reads a token up to the point where its issuer and algorithm are known
// to be allowed. Nothing in it can be trusted yet.
func (a *Authenticator) parse(ctx context.Context, v *verification, text string, now time.Time) (err error) {
	v.text, v.now = text, now
	t := &v.token
	if err := t.Split(text); err != nil {
		return unreadable(err)
	}
	if err := t.ReadHeader(a.headers); err != nil {
		return unreadable(err)
	}
	if !a.algorithms[t.Header.Algorithm] { // no issuer's: most garbage ends here, before its payload is read
		return errAlgorithm.at("alg", strconv.Quote(t.Header.Algorithm), a.expectedAlgorithms)
	}
	if err := t.ReadClaims(); err != nil {
		return unreadable(err)
	}
	if v.issuer, err = a.issuerOf(ctx, &t.Claims, now); err != nil {
		return err
	}
	if !v.issuer.acceptsType(&t.Header) {
		return errType.at("typ", strconv.Quote(t.Header.Type), v.issuer.expectedTypes)
	}
	if v.method = v.issuer.method(t.Header.Algorithm); v.method == nil {
		return errAlgorithm.at("alg", strconv.Quote(t.Header.Algorithm), v.issuer.expectedAlgorithms)
	}
	return nil
}

// verify checks the signature, then what the claims say, and makes the identity.
// Many requests that bring a token for the first time together share one check.
func (a *Authenticator) verify(ctx context.Context, v *verification) (id *Identity, err error) {
	flight, leads := a.cache.begin(v.text)
	if flight != nil && !leads {
		// An outage of the request that checks may be the end of its own context,
		// so after one this request checks for itself. Where the other one hangs, this
		// one would too.
		id, err := flight.wait(ctx)
		if id != nil || !errors.Is(err, ErrUnavailable) || ctx.Err() != nil || errors.Is(err, errSlowCheck) {
			return id, err
		}
	}
	var key *jwks.Key
	if leads {
		defer func() {
			until := v.token.Claims.ExpiresAt.Add(a.leeway)
			a.cache.end(flight, verified{id, v.issuer, key, until}, err, v.now)
		}()
	}
	signature, unread := v.token.Signature()
	if unread != nil {
		return nil, unreadable(unread)
	}
	h := &v.token.Header
	var keys []*jwks.Key
	if h.Thumbprint != "" && h.KeyID == "" {
		keys, err = v.issuer.Keys.KeysByThumbprint(ctx, h.Thumbprint, h.Algorithm)
	} else {
		keys, err = v.issuer.Keys.Keys(ctx, h.KeyID, h.Algorithm)
	}
	if err != nil {
		return nil, unavailable("keys_unavailable", err)
	}
	key, err = v.signedBy(keys, signature)
	if errors.Is(err, ErrSignature) {
		others := v.issuer.Keys.Refetch(ctx, h.KeyID, h.Algorithm, keys)
		if other, _ := v.signedBy(others, signature); other != nil {
			key, err = other, nil
		}
	}
	if err != nil {
		return nil, v.describe(err)
	}
	a.headers.Put(&v.token)
	return a.identity(ctx, v, key)
}

// isFailure reports whether err is of an attempt that a well-behaved client does
// not make.
func isFailure(err error) bool {
	return errors.Is(err, ErrMalformed) || errors.Is(err, ErrUnknownKey) || errors.Is(err, ErrSignature) ||
		errors.Is(err, errUnrecognized) // without TokenVerifiers this token would have been malformed
}

// recheck asks what has to be asked at every use of a good token: whether the
// request proves possession of the key that the token is bound to, and whether
// the token was revoked.
func (a *Authenticator) recheck(ctx context.Context, r adapter.Request, id *Identity) (*Identity, error) {
	if id.confirm != nil {
		if err := id.confirm(ctx, r); err != nil {
			return nil, providerError(err)
		}
	}
	if a.cfg.Revocations == nil {
		return id, nil
	}
	if err := revokedBy(ctx, a.cfg.Revocations, id); err != nil {
		return nil, err
	}
	return id, nil
}
