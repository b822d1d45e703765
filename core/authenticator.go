package core

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Authenticator verifies the tokens of the issuers it was made for. It is safe
// for concurrent use; one serves a whole program. Make it with [New].
type Authenticator struct {
	cfg        Config
	now        func() time.Time
	issuers    map[string]*issuer // by `iss`
	algorithms map[string]bool    // of any issuer
	seen       seenHeaders
	cache      *cache // nil: off
	anonymous  *Identity

	leeway          time.Duration
	maxTokenBytes   int
	extractors      []Extractor
	readsBearer     bool
	trustedOrigins  map[string]bool
	publicOrigin    string
	forwardedHeader string

	vary           [][2]string // of refusals
	challengeStart []string
}

// Authenticate finds the token in the request and verifies it. Errors are of
// type [*Error]; [ErrNoToken] means that nobody tried. Use it where there is no
// adapter; middleware runs [Authenticator.RequireAuth].
func (a *Authenticator) Authenticate(ctx context.Context, r Request) (*Identity, error) {
	id, _, err := a.authenticate(ctx, r, false)
	return id, err
}

// Verify verifies a token that did not come with an HTTP request, such as one
// from a message or a gRPC header. Errors are of type [*Error]. The failure
// limit, which goes by the client's address, does not apply.
func (a *Authenticator) Verify(ctx context.Context, token string) (*Identity, error) {
	now := a.now()
	id, err := a.remembered(ctx, token, now)
	cached := id != nil
	if id == nil && err == nil {
		id, err = a.check(ctx, token, now)
	}
	a.decided(ctx, nil, id, err, cached, now)
	return id, err
}

// authenticate is the path of a request: find, remember or verify, check.
// Without a token the anonymous marker goes on where authentication is optional.
func (a *Authenticator) authenticate(ctx context.Context, r Request, optional bool) (*Identity, found, error) {
	now := a.now()
	f, err := a.extract(r)
	if optional && errors.Is(err, ErrNoToken) {
		a.decided(ctx, r, a.anonymous, nil, false, now)
		return a.anonymous, f, nil
	}
	if err != nil {
		a.decided(ctx, r, nil, err, false, now)
		return nil, f, err
	}
	id, err := a.remembered(ctx, f.token, now)
	cached := id != nil
	if id == nil && err == nil && f.from.bearer {
		// Not before: a remembered token has none, and looking for them costs 40 ns
		// (BenchmarkMiddleware/cached).
		err = separated(f.token)
	}
	if id == nil && err == nil {
		id, err = a.guarded(ctx, r, f.token, now)
	}
	a.decided(ctx, r, id, err, cached, now)
	return id, f, err
}

// guarded is check behind the failure limit. Remembered tokens do not come
// here: whoever has a good one is served during an attack from its address.
func (a *Authenticator) guarded(ctx context.Context, r Request, token string, now time.Time) (*Identity, error) {
	limit := a.cfg.FailureLimit
	if limit == nil {
		return a.check(ctx, token, now)
	}
	client := a.clientAddr(r)
	if wait, ok := limit.Allow(ctx, client); !ok {
		a.limited(ctx, client)
		return nil, &Error{Reason: "too_many_failures", class: ErrRateLimited, retry: wait}
	}
	id, err := a.check(ctx, token, now)
	if isFailure(err) {
		limit.Failed(ctx, client)
	}
	return id, err
}

// isFailure tells an attempt that a well-behaved client does not make.
func isFailure(err error) bool {
	return errors.Is(err, ErrMalformed) || errors.Is(err, ErrUnknownKey) || errors.Is(err, ErrSignature) ||
		errors.Is(err, errUnrecognized) // malformed, had there been no TokenVerifier
}

// RequireAuth returns the [Step] that lets only authenticated requests go on.
func (a *Authenticator) RequireAuth() Step {
	a.mustExist("RequireAuth")
	return func(ctx context.Context, r Request) Outcome {
		return a.step(ctx, r, false)
	}
}

// OptionalAuth returns the [Step] that lets requests without a token go on as
// anonymous. A token that is there must be good.
func (a *Authenticator) OptionalAuth() Step {
	a.mustExist("OptionalAuth")
	return func(ctx context.Context, r Request) Outcome {
		return a.step(ctx, r, true)
	}
}

func (a *Authenticator) mustExist(name string) {
	if a == nil {
		panic("authkeel: " + name + "(nil): handle the error of core.New before mounting")
	}
}

func (a *Authenticator) step(ctx context.Context, r Request, optional bool) Outcome {
	id, f, err := a.authenticate(ctx, r, optional)
	if err != nil {
		return Outcome{Context: ctx, Refusal: a.refusal(ctx, err), same: true}
	}
	out := Outcome{Context: WithIdentity(ctx, id)}
	switch {
	case id.anonymous, f.from.cookie: // a cookie, or its absence, made the answer what it is
		out.Header = a.vary
	default:
		out.Header = f.from.answer
	}
	return out
}

// Require returns the [Step] that lets requests go on whose identity satisfies
// the policy. Authentication must run before it on the same route.
func Require(p Policy) Step {
	mustPolicies("Require", p, nil)
	return func(ctx context.Context, r Request) Outcome {
		if err := authorize(ctx, r, p); err != nil {
			return Outcome{Context: ctx, Refusal: AsRefusal(ctx, err), same: true}
		}
		return Outcome{Context: ctx, same: true}
	}
}

// policyOutages are the classes that a policy hands on as they are: an error of
// Authorize in a policy of yours. What else went wrong is an outage, such as a
// second token that the policy verified and that is not good.
var policyOutages = []error{ErrUnavailable, ErrNoToken, ErrNoAuthentication}

// Authorize applies a policy outside any middleware: in a resolver, a service,
// a handler that decides by what it loaded. It returns nil, or an [*Error] of
// class [ErrDenied], [ErrNoToken] (nobody is authenticated), [ErrUnavailable]
// or [ErrNoAuthentication] (no authentication ran, which is a mistake in the
// program and is logged). [AsRefusal] makes the answer for a client of it.
func Authorize(ctx context.Context, p Policy) error {
	mustPolicies("Authorize", p, nil)
	return authorize(ctx, nil, p)
}

func authorize(ctx context.Context, r Request, p Policy) error {
	c := carried(ctx)
	switch {
	case c == nil:
		logNotMounted(ctx)
		return errNotMounted
	case c.id == nil:
		return errAnonymous
	case c.id.anonymous:
		c.id.auth.denied(ctx, r, c.id, errAnonymous)
		return errAnonymous
	}
	err := p(ctx, c.id)
	if err == nil {
		return nil
	}
	var refused *Error
	switch {
	case isDenied(err):
		refused = &Error{Reason: "denied", class: ErrDenied, cause: err}
	case errors.As(err, &refused) && slices.Contains(policyOutages, refused.class):
	default:
		refused = unavailable("policy_unavailable", err)
	}
	c.id.auth.denied(ctx, r, c.id, refused)
	return refused
}

// clientAddr is who the request comes from, for limits and the log.
func (a *Authenticator) clientAddr(r Request) netip.Addr {
	if r == nil {
		return netip.Addr{}
	}
	return clientAddr(r, a.cfg.TrustedProxies, a.forwardedHeader)
}
