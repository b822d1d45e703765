package devissuer

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// clerkBackend is the Backend API of an instance: what is in it, and who asked.
type clerkBackend struct {
	secret string
	now    func() time.Time
	mux    *http.ServeMux

	mu            sync.Mutex // guards all that follows
	users         map[string]Claims
	organizations map[string]Claims
	memberships   []Claims // in the order of their beginning
	sessions      map[string]Claims
	machineTokens map[string]machineToken // by their text
	machines      map[string]string       // machine ids by their secret keys
	requests      []string

	limit  int // requests in a period; 0: none
	period time.Duration
	begun  time.Time // of the period
	taken  int
}

func newClerkBackend(secret string, now func() time.Time) *clerkBackend {
	b := &clerkBackend{
		secret: secret, now: now, mux: http.NewServeMux(),
		users: map[string]Claims{}, organizations: map[string]Claims{}, sessions: map[string]Claims{},
		machineTokens: map[string]machineToken{}, machines: map[string]string{},
	}
	b.routePeople()
	b.routeMachines()
	b.addPeople()
	return b
}

// answer is a status and the JSON for it; nil has no body.
type answer struct {
	status int
	body   any
}

func found(body any) answer { return answer{http.StatusOK, body} }

// clerkError is the body of an error in Clerk's form.
func clerkError(code, message string) []byte {
	return mustMarshal(map[string]any{
		"errors":         []any{map[string]any{"code": code, "message": message, "long_message": message, "meta": map[string]any{}}},
		"clerk_trace_id": clerkID("trace"),
	})
}

func failed(status int, code, message string) answer {
	return answer{status, json.RawMessage(clerkError(code, message))}
}

var notFound = func() answer {
	return failed(http.StatusNotFound, "resource_not_found", "Resource not found")
}

// handle registers a route, with the secret key as its guard. f is called with
// b.mu held and the request's JSON, an empty object when there is none.
func (b *clerkBackend) handle(pattern string, f func(r *http.Request, body Claims) answer) {
	b.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		var a answer
		var body Claims
		text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if len(text) > 0 {
			err = json.Unmarshal(text, &body)
		}
		switch {
		case !b.mayCall(r):
			a = failed(http.StatusUnauthorized, "clerk_key_invalid", "The provided Clerk Secret Key is invalid.")
		case err != nil:
			a = failed(http.StatusBadRequest, "request_body_invalid", "Request body invalid")
		default:
			a = f(r, body)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		_, _ = w.Write(mustMarshal(a.body)) // to a recorder
	})
}

// mayCall reports whether the request shows the secret key, or for the
// verification of machine tokens that of a machine.
func (b *clerkBackend) mayCall(r *http.Request) bool {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && (key == b.secret || b.machines[key] != "" && strings.HasSuffix(r.URL.Path, "/m2m_tokens/verify"))
}

// serve answers like Clerk. A path that is not in its simplest form is no
// resource's: nothing is made simpler here, so that what a client should not
// have sent is seen in [Clerk.APIRequests].
func (b *clerkBackend) serve(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.requests = append(b.requests, r.Method+" "+r.RequestURI)
	wait := b.wait()
	b.mu.Unlock()
	_, pattern := b.mux.Handler(r)
	switch {
	case wait > 0:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write(clerkError("too_many_requests", "Too many requests. Please try again in a bit."))
	case pattern == "" || path.Clean(r.URL.Path) != r.URL.Path || r.URL.RawPath != "":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(clerkError("resource_not_found", "Resource not found"))
	default:
		b.mux.ServeHTTP(w, r)
	}
}

// wait counts a request and returns how long it has to wait for the next period
// when this one is full.
func (b *clerkBackend) wait() time.Duration {
	if b.limit == 0 {
		return 0
	}
	now := b.now()
	if b.begun.IsZero() || !now.Before(b.begun.Add(b.period)) {
		b.begun, b.taken = now, 0
	}
	if b.taken++; b.taken <= b.limit {
		return 0
	}
	return b.begun.Add(b.period).Sub(now)
}

// SetRateLimit has the Backend API take n requests in each period, by the clock
// of the claims, and answer the others with 429 and Retry-After, as Clerk does
// with 1000 (100 for development instances) in 10 seconds. n = 0 ends it.
func (c *Clerk) SetRateLimit(n int, period time.Duration) {
	c.backend.mu.Lock()
	defer c.backend.mu.Unlock()
	c.backend.limit, c.backend.period, c.backend.begun = n, period, time.Time{}
}

// SetAPIFault makes the Backend API misbehave from the next request on, but for
// its key set, which goes by [Issuer.SetJWKSFault]; nil ends it. The fault is
// copied.
func (c *Clerk) SetAPIFault(f *Fault) {
	c.issuer.mu.Lock()
	defer c.issuer.mu.Unlock()
	c.issuer.api.set(f)
}

// APIRequests are the requests to the Backend API so far, but for its key set:
// method and target as received, such as "GET /v1/users/user_ada". A request
// that a fault swallowed is not among them: see [Clerk.APICount].
func (c *Clerk) APIRequests() []string {
	c.backend.mu.Lock()
	defer c.backend.mu.Unlock()
	return slices.Clone(c.backend.requests)
}

// APICount is the number of requests to the Backend API so far, answered or not,
// but for its key set.
func (c *Clerk) APICount() int {
	c.issuer.mu.Lock()
	defer c.issuer.mu.Unlock()
	return c.issuer.api.requests
}

// isAPI tells the Backend API's paths, of which some lack the version.
func isAPI(path string) bool {
	return strings.HasPrefix(path, "/v1/") || strings.HasSuffix(path, "/verify")
}

// answerAPI answers by way of a fault. What is asked for is looked up when the
// fault's wait is over.
func (i *Issuer) answerAPI(w http.ResponseWriter, r *http.Request, fault *Fault) {
	f := fault.clone()
	if f == nil {
		f = &Fault{}
	}
	f.answer(w, r, func(h http.Header) []byte {
		recorded := recorder{header: h, status: http.StatusOK}
		i.serveAPI(&recorded, r)
		if f.Status == 0 && f.Redirect == "" {
			f.Status = recorded.status
		}
		return recorded.body
	}, i.done)
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
func (r *recorder) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}
