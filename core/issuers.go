package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/internal/jws"
)

// tenantID is the part of an issuer's URL that stands for the `tid` claim.
const tenantID = "{tenantid}"

// add makes an issuer known from the start.
func (a *Authenticator) add(is *issuer) {
	if is.before != "" {
		a.templates = append(a.templates, is)
	} else {
		a.issuers[is.URL] = is
	}
	for _, alg := range is.algorithms {
		a.algorithms[alg.name] = true
	}
}

// setTemplate takes {tenantid} out of the URL.
func (is *issuer) setTemplate(field string) error {
	before, after, ok := strings.Cut(is.URL, tenantID)
	if !ok {
		return nil
	}
	switch {
	case !strings.HasSuffix(before, "/") || after != "" && !strings.HasPrefix(after, "/") || strings.Contains(after, tenantID):
		return configError(field+".URL", "%q must hold %s once, as a whole path segment", is.URL, tenantID)
	case is.Keys == nil:
		return configError(field+".Keys", "must be set with %s in URL: there is no metadata for all tenants to discover; use jwks.Remote with the provider's key set", tenantID)
	}
	is.before, is.after = before, after
	return nil
}

// issuerOf returns the issuer that the claims name, if it is trusted.
func (a *Authenticator) issuerOf(ctx context.Context, c *jws.Claims, now time.Time) (*issuer, error) {
	if is := a.issuers[c.Issuer]; is != nil {
		return is, nil
	}
	for _, is := range a.templates {
		if tid, ok := tenantIn(c.Issuer, is.before, is.after); ok {
			value := member(c.Members, "tid")
			if claimed, _ := value.Text(); claimed != tid {
				return nil, errIssuer.at("tid", string(value), fmt.Sprintf("%q, as in iss", tid))
			}
			return is, nil
		}
	}
	if a.finder != nil && c.Issuer != "" {
		return a.finder.find(ctx, c.Issuer, now)
	}
	return nil, errIssuer.at("iss", strconv.Quote(c.Issuer), a.expectedIssuers).advise(issuerAdvice(c.Issuer, a.similarIssuers[issuerKey(c.Issuer)]))
}

// tenantIn returns what stands for {tenantid} in iss: one path segment.
func tenantIn(iss, before, after string) (string, bool) {
	rest, ok := strings.CutPrefix(iss, before)
	if !ok {
		return "", false
	}
	tid, ok := strings.CutSuffix(rest, after)
	return tid, ok && tid != "" && !strings.ContainsAny(tid, "/?#%")
}

// maxIssuersInLog bounds how many issuers a refusal names as expected.
const maxIssuersInLog = 4

// describeExpected prepares what refusals say was expected. Strangers cause those
// refusals, so their cost must not grow with the number of issuers.
func (a *Authenticator) describeExpected() {
	a.expectedAlgorithms = oneOf(slices.Sorted(maps.Keys(a.algorithms)))
	trusted := slices.Sorted(maps.Keys(a.issuers))
	for _, is := range a.templates {
		trusted = append(trusted, is.URL)
	}
	a.similarIssuers = make(map[string]string, len(trusted))
	for _, url := range trusted {
		a.similarIssuers[issuerKey(url)] = url
	}
	a.expectedIssuers = oneOf(trusted[:min(len(trusted), maxIssuersInLog)])
	if n := len(trusted); n > maxIssuersInLog {
		a.expectedIssuers = fmt.Sprintf("one of %d issuers, %s among them", n, strings.TrimPrefix(a.expectedIssuers, "one of "))
	}
}

// issuerKey is equal for issuers that differ only in what people get wrong: the
// scheme, letter case, and the slash at the end.
func issuerKey(url string) string {
	url = strings.ToLower(url)
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://"), "/")
}

// The bounds of what is remembered about issuers that are found later.
const (
	maxFoundIssuers  = 10_000
	maxUnknownIssuer = 1024
	foundFor         = 10 * time.Minute
	unknownFor       = 30 * time.Second
	findTimeout      = 2 * time.Second
	findBurst        = 100 // questions at once, then findPerSecond
	findPerSecond    = 20
)

// issuerFinder asks Config.FindIssuer and remembers its answers.
type issuerFinder struct {
	a *Authenticator

	mu      sync.Mutex // guards everything below
	found   map[string]*issuer
	unknown map[string]time.Time // until when
	asking  map[string]*question
	tokens  float64 // questions that may be asked now
	filled  time.Time
}

// question is one call of FindIssuer that several requests may wait for.
type question struct {
	done chan struct{}
	is   *issuer
	err  error
}

func newIssuerFinder(a *Authenticator) *issuerFinder {
	for name := range jws.Algorithms {
		a.algorithms[name] = true // whatever an issuer that comes later may use
	}
	return &issuerFinder{
		a: a, found: make(map[string]*issuer), unknown: make(map[string]time.Time),
		asking: make(map[string]*question), tokens: findBurst,
	}
}

// find returns the issuer, from memory or from FindIssuer.
func (f *issuerFinder) find(ctx context.Context, iss string, now time.Time) (*issuer, error) {
	f.mu.Lock()
	if is := f.found[iss]; is != nil && is.current(now) {
		f.mu.Unlock()
		return is, nil
	}
	if now.Before(f.unknown[iss]) {
		f.mu.Unlock()
		return nil, errIssuer.at("iss", strconv.Quote(iss), "an issuer that Config.FindIssuer knows")
	}
	q := f.asking[iss]
	if q == nil {
		if len(f.asking) >= findBurst || !f.take(now) {
			f.mu.Unlock()
			return nil, unavailable("too_many_unknown_issuers", nil).at("iss", iss, "fewer new issuers in a second")
		}
		iss = strings.Clone(iss) // the token may be the framework's memory
		q = &question{done: make(chan struct{})}
		f.asking[iss] = q
		go f.ask(context.WithoutCancel(ctx), q, iss, now)
	}
	f.mu.Unlock()
	timer := time.NewTimer(findTimeout)
	defer timer.Stop()
	select {
	case <-q.done:
		return q.is, q.err
	case <-ctx.Done():
		return nil, unavailable("canceled", ctx.Err())
	case <-timer.C:
		return nil, unavailable("issuer_unavailable", errors.New("Config.FindIssuer does not answer in time"))
	}
}

// take takes one question from the budget. f.mu is held.
func (f *issuerFinder) take(now time.Time) bool {
	if !f.filled.IsZero() {
		f.tokens = min(findBurst, f.tokens+max(0, now.Sub(f.filled).Seconds())*findPerSecond)
	}
	f.filled = now
	if f.tokens < 1 {
		return false
	}
	f.tokens--
	return true
}

// ask calls FindIssuer on a goroutine of its own, so that canceling the first
// request does not cancel it for the others, and a call that does not end holds
// nobody longer than findTimeout.
func (f *issuerFinder) ask(ctx context.Context, q *question, iss string, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	is, err := (*issuer)(nil), errors.New("Config.FindIssuer ended its goroutine")
	defer func() { f.answer(q, iss, is, err, now) }()
	is, err = f.call(ctx, iss)
}

// answer remembers what FindIssuer said, and hands it to those who wait.
func (f *issuerFinder) answer(q *question, iss string, is *issuer, err error, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.asking, iss)
	switch {
	case err != nil:
		q.err = unavailable("issuer_unavailable", err)
	case is == nil:
		makeRoom(f.unknown, maxUnknownIssuer, func(until time.Time) bool { return !now.Before(until) })
		f.unknown[iss] = now.Add(unknownFor)
		q.err = errIssuer.at("iss", strconv.Quote(iss), "an issuer that Config.FindIssuer knows")
	default:
		makeRoom(f.found, maxFoundIssuers, func(is *issuer) bool { return !is.current(now) })
		is.until = now.Add(foundFor)
		f.found[iss], q.is = is, is
	}
	close(q.done)
}

// call asks FindIssuer and checks its answer. A panic is an outage.
func (f *issuerFinder) call(ctx context.Context, iss string) (is *issuer, err error) {
	defer func() {
		if p := recover(); p != nil {
			is, err = nil, fmt.Errorf("Config.FindIssuer panicked: %v", p)
		}
	}()
	found, err := f.a.cfg.FindIssuer(ctx, iss)
	if err != nil || found == nil {
		return nil, err
	}
	if found.URL != iss {
		return nil, fmt.Errorf("Config.FindIssuer answered %q with the issuer %q", iss, found.URL)
	}
	return f.a.newIssuer("FindIssuer("+iss+")", *found)
}

// makeRoom removes what is over from a full map, and where nothing is, any entry.
func makeRoom[T any](m map[string]T, limit int, over func(T) bool) {
	if len(m) < limit {
		return
	}
	maps.DeleteFunc(m, func(_ string, v T) bool { return over(v) })
	for key := range m {
		if len(m) < limit {
			return
		}
		delete(m, key)
	}
}
