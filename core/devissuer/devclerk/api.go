package devclerk

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// api is the Backend API of an instance: what is in it, and the requests so far.
type api struct {
	instance *Instance
	mux      *http.ServeMux

	mu            sync.Mutex // guards all that follows
	users         []*user    // in the order of their creation, like the others
	organizations []*organization
	memberships   []*membership
	sessions      []*session
	machineTokens map[string]machineToken // by their text
	machines      map[string]string       // machine IDs by their secret keys
	requests      []string

	limit  int // requests in a period; 0: no limit
	period time.Duration
	begun  time.Time // when the period began
	taken  int
}

func newAPI(c *Instance) *api {
	a := &api{instance: c, mux: http.NewServeMux(), machineTokens: map[string]machineToken{}, machines: map[string]string{}}
	a.routeUsers()
	a.routeOrganizations()
	a.routeMemberships()
	a.routeSessions()
	a.routeMachines()
	a.addFixtures()
	return a
}

func (a *api) now() int64 { return a.instance.now().UnixMilli() }

// answer is a status and the value of its JSON body.
type answer struct {
	status int
	body   any
}

func found(body any) answer { return answer{http.StatusOK, body} }

// failed is an error in Clerk's form.
func failed(status int, code, message string) answer {
	return answer{status, map[string]any{
		"errors":         []any{map[string]any{"code": code, "message": message, "long_message": message, "meta": map[string]any{}}},
		"clerk_trace_id": newID("trace"),
	}}
}

func notFound() answer {
	return failed(http.StatusNotFound, "resource_not_found", "Resource not found")
}

func invalidKey() answer {
	return failed(http.StatusUnauthorized, "clerk_key_invalid", "The provided Clerk Secret Key is invalid.")
}

func invalidValue(name, rule string) answer {
	return failed(http.StatusUnprocessableEntity, "form_param_value_invalid", name+" "+rule)
}

// notBuilt is the answer where the stand-in lacks something that Clerk may have.
func notBuilt(what string) answer {
	return failed(http.StatusNotImplemented, "not_implemented_by_stand_in",
		"This is authkeel's stand-in for Clerk (devclerk), not Clerk: it does not have "+what+".")
}

func write(w http.ResponseWriter, a answer) {
	body, err := json.Marshal(a.body)
	if err != nil {
		panic("devclerk: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the client may have left
}

// handle registers a route that requires the secret key. f is called with a.mu
// held and the members of the request's JSON.
func (a *api) handle(pattern string, f func(r *http.Request, body Claims) answer) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		var body Claims
		text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if len(text) > 0 {
			err = json.Unmarshal(text, &body)
		}
		switch {
		case !a.mayCall(r):
			write(w, invalidKey())
		case err != nil:
			write(w, failed(http.StatusBadRequest, "request_body_invalid", "Request body invalid"))
		default:
			write(w, f(r, body))
		}
	})
}

func (a *api) showsSecret(r *http.Request) bool {
	return r.Header.Get("Authorization") == "Bearer "+a.instance.secret
}

// mayCall reports whether the request has the secret key, or for the verification
// of M2M tokens that of a machine. a.mu is held.
func (a *api) mayCall(r *http.Request) bool {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	return a.showsSecret(r) || a.machines[key] != "" && strings.HasSuffix(r.URL.Path, "/m2m_tokens/verify")
}

// ServeHTTP answers like Clerk. It does not normalize paths, so that
// [Instance.APIRequests] shows what a client sent by mistake.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.requests = append(a.requests, r.Method+" "+r.RequestURI)
	wait := a.wait()
	a.mu.Unlock()
	_, pattern := a.mux.Handler(r)
	switch {
	case wait > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		write(w, failed(http.StatusTooManyRequests, "too_many_requests", "Too many requests. Please try again in a bit."))
	case pattern == "", path.Clean(r.URL.Path) != r.URL.Path, r.URL.RawPath != "":
		write(w, notBuilt(fmt.Sprintf("%s %.200s", r.Method, r.URL.Path)))
	default:
		a.mux.ServeHTTP(w, r)
	}
}

// wait counts a request and returns how long it has to wait for the next period
// when this one is full. a.mu is held.
func (a *api) wait() time.Duration {
	if a.limit == 0 {
		return 0
	}
	now := a.instance.now()
	if a.begun.IsZero() || !now.Before(a.begun.Add(a.period)) {
		a.begun, a.taken = now, 0
	}
	if a.taken++; a.taken <= a.limit {
		return 0
	}
	return a.begun.Add(a.period).Sub(now)
}

// SetRateLimit makes the Backend API accept n requests in each period, by the
// clock of the claims, and answer the others with 429 and Retry-After. Clerk
// accepts 1000 (100 for development instances) in 10 seconds. n = 0 ends it.
func (c *Instance) SetRateLimit(n int, period time.Duration) {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	c.api.limit, c.api.period, c.api.begun = n, period, time.Time{}
}

// SetAPIFault makes the Backend API misbehave from the next request on, except
// for its key set, which has [devissuer.Issuer.SetJWKSFault]; nil ends it. The
// fault is copied.
func (c *Instance) SetAPIFault(f *devissuer.Fault) { c.faults.SetFault(f) }

// APIRequests are the requests to the Backend API so far, except for its key set:
// method and target as received, such as "GET /v1/users/user_ada". A request
// that a fault swallowed is not among them: see [Instance.APICount].
func (c *Instance) APIRequests() []string {
	c.api.mu.Lock()
	defer c.api.mu.Unlock()
	return slices.Clone(c.api.requests)
}

// APICount is the number of requests to the Backend API so far, answered or not,
// except for its key set.
func (c *Instance) APICount() int { return c.faults.Count() }
