package authtest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// broken is a mistake that an adapter could make, and the cases that must find
// it, by a part of their names.
type broken struct {
	mistake string
	found   []string
	run     func(adapter.Step) middleware
	change  func(*Adapter[middleware])
	id      func(*http.Request) (*core.Identity, bool)
}

// wrapped is correct with something else done to the step.
func wrapped(change func(adapter.Step) adapter.Step) func(adapter.Step) middleware {
	return func(step adapter.Step) middleware { return correct(change(step)) }
}

// outcome is correct with something else made of what a step decides.
func outcome(change func(adapter.Request, *adapter.Outcome)) func(adapter.Step) middleware {
	return wrapped(func(step adapter.Step) adapter.Step {
		return func(ctx context.Context, r adapter.Request) adapter.Outcome {
			out := step(ctx, r)
			change(r, &out)
			return out
		}
	})
}

// refusing is correct with something else done to refusals.
func refusing(change func(adapter.Request, *core.Refusal)) func(adapter.Step) middleware {
	return outcome(func(r adapter.Request, out *adapter.Outcome) {
		if out.Refusal != nil {
			change(r, out.Refusal)
		}
	})
}

// lending is correct with another view of the request.
func lending(view func(adapter.Request) adapter.Request) func(adapter.Step) middleware {
	return wrapped(func(step adapter.Step) adapter.Step {
		return func(ctx context.Context, r adapter.Request) adapter.Outcome { return step(ctx, view(r)) }
	})
}

// answering is correct with another way to answer and go on.
func answering(serve func(out adapter.Outcome, w http.ResponseWriter, r *http.Request, next http.Handler)) func(adapter.Step) middleware {
	return func(step adapter.Step) middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				out := step(r.Context(), adapter.FromHTTP(r))
				if out.Context != nil {
					r = r.WithContext(out.Context)
				}
				serve(out, w, r, next)
			})
		}
	}
}

func without(header [][2]string, name string) [][2]string {
	return slices.DeleteFunc(slices.Clone(header), func(h [2]string) bool { return h[0] == name })
}

// view is a request of which an adapter shows something else.
type view struct {
	adapter.Request
	header func(name string, i int) (string, bool)
	method string
}

func (v view) Header(name string, i int) (string, bool) {
	if v.header != nil {
		return v.header(name, i)
	}
	return v.Request.Header(name, i)
}

func (v view) Method() string {
	if v.method != "" {
		return v.method
	}
	return v.Request.Method()
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func (b broken) start() Start {
	run, id := b.run, b.id
	if run == nil {
		run = correct
	}
	if id == nil {
		id = identity
	}
	adapter := adapt(run)
	if b.change != nil {
		b.change(&adapter)
	}
	return serve(adapter, id)
}

func TestSuiteFindsMistakes(t *testing.T) {
	for _, b := range slices.Concat(mistakesInRequests, mistakesInAnswers, mistakesInWiring) {
		t.Run(b.mistake, func(t *testing.T) {
			s := newSuite(t)
			s.finds(t, b.start()(t, s.app()), b.found)
		})
	}
}

// finds requires that of the cases with each part in their name one at least
// fails. The one that counts comes last.
func (s *suite) finds(t *testing.T, base string, parts []string) {
	t.Helper()
	var names []string
	for _, part := range parts {
		tried, found := 0, 0
		for _, c := range s.cases {
			if !strings.Contains(c.name, part) {
				continue
			}
			tried++
			if problems := s.run(t, c, base); len(problems) > 0 {
				found++
				names = append(names, c.name)
			}
		}
		if tried == 0 {
			t.Errorf("no case has %q in its name", part)
		} else if found == 0 {
			t.Errorf("the cases with %q in their name find nothing", part)
		}
	}
	t.Logf("found by %q", names)
}

// Every case fails for an adapter that lets everything through or for one that
// lets nothing through: none of them is idle.
func TestEveryCaseCanFail(t *testing.T) { everyCaseCanFail(t, func() *suite { return newSuite(t) }) }

func everyCaseCanFail(t *testing.T, newSuite func() *suite) {
	t.Helper()
	nobody := func(*http.Request) (*core.Identity, bool) { return nil, false }
	somebody := func(*http.Request) (*core.Identity, bool) {
		return core.NewIdentity(core.IdentityData{Subject: "somebody"}), true
	}
	open := adapt(func(adapter.Step) middleware { return func(next http.Handler) http.Handler { return next } })
	shut := adapt(func(adapter.Step) middleware {
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
	}{{open, somebody, true}, {shut, nobody, false}} {
		s := newSuite()
		s.patience = 500 * time.Millisecond // one case waits for a handler that never runs
		app := s.app()
		for i := range app.Routes {
			if extreme.anyMethod {
				app.Routes[i].Method = ""
			}
		}
		base := serve(extreme.adapter, extreme.identity)(t, app)
		all = s.cases
		for _, c := range s.cases {
			if len(s.run(t, c, base)) > 0 {
				failed[c.name] = true
			}
		}
	}
	for _, c := range all {
		if !failed[c.name] {
			t.Errorf("%q finds nothing wrong with either", c.name)
		}
	}
}

func TestMountsThatDoNotPanicAreFound(t *testing.T) {
	if problems := mountsThatMustPanic(t, serve(adapt(correct), identity)); len(problems) > 0 {
		t.Errorf("got %q for a correct adapter, want none", problems)
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
	}
	if problems := mountsThatMustPanic(t, serve(lenient, identity)); len(problems) != 10 {
		t.Errorf("got %d problems %q, want one for each of the 10 guards", len(problems), problems)
	}
}
