package adaptertest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// mutant is an adapter with one mistake, and parts of the names of the cases that
// must find it.
type mutant struct {
	name    string
	foundBy []string

	run      func(adapter.Step) middleware              // nil: reference
	change   func(*Adapter[middleware])                 // nil: none
	identity func(*http.Request) (*core.Identity, bool) // nil: identity
}

const correct = "a correct adapter"

func mutantNamed(t *testing.T, name string) mutant {
	t.Helper()
	for _, m := range append(allMutants(), mutant{name: correct}) {
		if m.name == name {
			return m
		}
	}
	t.Fatalf("there is no mutant %q", name)
	return mutant{}
}

func allMutants() []mutant {
	return slices.Concat(mutantsOfRequests, mutantsOfAnswers, mutantsOfContexts, mutantsOfFunctions, mutantsOfParams)
}

func (m mutant) serve() Serve {
	run, id := m.run, m.identity
	if run == nil {
		run = reference
	}
	if id == nil {
		id = identity
	}
	a := adapt(run)
	if m.change != nil {
		m.change(&a)
	}
	return serve(a, id)
}

// changingStep is the reference with a changed step.
func changingStep(change func(adapter.Step) adapter.Step) func(adapter.Step) middleware {
	return func(step adapter.Step) middleware { return reference(change(step)) }
}

// changingOutcome is the reference with a changed outcome of each step.
func changingOutcome(change func(adapter.Request, *adapter.Outcome)) func(adapter.Step) middleware {
	return changingStep(func(step adapter.Step) adapter.Step {
		return func(ctx context.Context, r adapter.Request) adapter.Outcome {
			out := step(ctx, r)
			change(r, &out)
			return out
		}
	})
}

// changingRefusal is the reference with changed refusals.
func changingRefusal(change func(adapter.Request, *core.Refusal)) func(adapter.Step) middleware {
	return changingOutcome(func(r adapter.Request, out *adapter.Outcome) {
		if out.Refusal != nil {
			change(r, out.Refusal)
		}
	})
}

// changingRequest is the reference with a changed view of the request.
func changingRequest(change func(adapter.Request) adapter.Request) func(adapter.Step) middleware {
	return changingStep(func(step adapter.Step) adapter.Step {
		return func(ctx context.Context, r adapter.Request) adapter.Outcome { return step(ctx, change(r)) }
	})
}

// answering is an adapter that carries out an outcome in another way. The request
// already has the context of the outcome.
func answering(answer func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler)) func(adapter.Step) middleware {
	return func(step adapter.Step) middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				out := step(r.Context(), adapter.FromHTTP(r))
				if out.Context != nil {
					r = r.WithContext(out.Context)
				}
				answer(out, w, r, next)
			})
		}
	}
}

func without(header [][2]string, name string) [][2]string {
	return slices.DeleteFunc(slices.Clone(header), func(h [2]string) bool { return h[0] == name })
}

// changedRequest is a request with other headers, parameters, another method or peer.
type changedRequest struct {
	adapter.Request
	header func(name string, i int) (string, bool) // nil: as they are
	param  func(name string) (string, bool)        // nil: as they are
	method string                                  // "": as it is
	url    func() string                           // nil: as it is
	peer   func() string                           // nil: as it is
	answer func(name string) string                // of the response's headers; nil: as they are
}

func (r changedRequest) Header(name string, i int) (string, bool) {
	if r.header != nil {
		return r.header(name, i)
	}
	return r.Request.Header(name, i)
}

func (r changedRequest) Param(name string) (string, bool) {
	if r.param != nil {
		return r.param(name)
	}
	return r.Request.Param(name)
}

func (r changedRequest) Method() string {
	if r.method != "" {
		return r.method
	}
	return r.Request.Method()
}

func (r changedRequest) URL() string {
	if r.url != nil {
		return r.url()
	}
	return r.Request.URL()
}

func (r changedRequest) ResponseHeader(name string) string {
	if r.answer != nil {
		return r.answer(name)
	}
	return r.Request.ResponseHeader(name)
}

func (r changedRequest) RemoteAddr() string {
	if r.peer != nil {
		return r.peer()
	}
	return r.Request.RemoteAddr()
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

// recorder is a testing.TB that counts failures and does not fail.
type recorder struct {
	testing.TB
	failures int
}

func (r *recorder) Errorf(string, ...any) { r.failures++ }
func (*recorder) Logf(string, ...any)     {}

// fails runs one case and reports whether it found a mistake.
func (s *suite) fails(t testing.TB, c testCase, base string) bool {
	r := &recorder{TB: t}
	s.run(r, c, base)
	return r.failures > 0
}

func TestSuiteFindsMutants(t *testing.T) {
	silenceLog(t)
	for _, m := range allMutants() {
		t.Run(m.name, func(t *testing.T) {
			s := newSuite(t)
			s.finds(t, m.serve()(t, s.app()), m.foundBy)
		})
	}
}

// finds requires for each part that a case with it in its name fails.
func (s *suite) finds(t *testing.T, base string, parts []string) {
	t.Helper()
	var names []string
	for _, part := range parts {
		run, failed := 0, 0
		for _, c := range s.cases {
			if !strings.Contains(c.name, part) {
				continue
			}
			run++
			if s.fails(t, c, base) {
				failed++
				names = append(names, c.name)
			}
		}
		if run == 0 {
			t.Errorf("no case has %q in its name", part)
		} else if failed == 0 {
			t.Errorf("the cases with %q in their name find nothing", part)
		}
	}
	t.Logf("found by %q", names)
}

// Every case fails for an adapter that lets all requests through, or for one that
// lets none through.
func TestEveryCaseCanFail(t *testing.T) { everyCaseCanFail(t, func() *suite { return newSuite(t) }) }

func everyCaseCanFail(t *testing.T, newSuite func() *suite) {
	t.Helper()
	silenceLog(t)
	none := func(*http.Request) (*core.Identity, bool) { return nil, false }
	somebody := func(*http.Request) (*core.Identity, bool) {
		return core.NewIdentity(core.IdentityData{Subject: "somebody"}), true
	}
	open := adapt(func(adapter.Step) middleware { return func(next http.Handler) http.Handler { return next } })
	closed := adapt(func(adapter.Step) middleware {
		return func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		}
	})
	failed := make(map[string]bool)
	var all []testCase
	for _, extreme := range []struct {
		adapter   Adapter[middleware]
		identity  func(*http.Request) (*core.Identity, bool)
		anyMethod bool
	}{{open, somebody, true}, {closed, none, false}} {
		s := newSuite()
		s.patience = 500 * time.Millisecond // one case waits for a handler that never runs
		app := s.app()
		for i := range app.Routes {
			if extreme.anyMethod {
				app.Routes[i].Method = ""
			}
		}
		base := serveOn(lastHostListener, extreme.adapter, extreme.identity)(t, app)
		all = s.cases
		for _, c := range s.cases {
			if s.fails(t, c, base) {
				failed[c.name] = true
			}
		}
	}
	for _, c := range all {
		if !failed[c.name] {
			t.Errorf("%q fails for neither adapter", c.name)
		}
	}
}

func TestMountingWithoutAPanicIsFound(t *testing.T) {
	r := &recorder{TB: t}
	if checkMounting(r, serve(adapt(reference), identity)); r.failures > 0 {
		t.Errorf("got %d failures for a correct adapter, want none", r.failures)
	}
	pass := func(next http.Handler) http.Handler { return next }
	lenient := Adapter[middleware]{
		RequireAuth:         func(*core.Authenticator) middleware { return pass },
		OptionalAuth:        func(*core.Authenticator) middleware { return pass },
		Require:             func(core.Policy) middleware { return pass },
		RequireRole:         func(string) middleware { return pass },
		RequireAnyRole:      func(string, ...string) middleware { return pass },
		RequirePermission:   func(string) middleware { return pass },
		RequireScope:        func(string) middleware { return pass },
		RequireOrganization: func(string) middleware { return pass },
		RequireParam:        func(core.ParamPolicy) middleware { return pass },
		RateLimit:           func(*ratelimit.Limiter) middleware { return pass },
	}
	if checkMounting(r, serve(lenient, identity)); r.failures != 12 {
		t.Errorf("got %d failures, want one for each of the 12 arguments", r.failures)
	}
}
