package adaptertest

import (
	"testing"

	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
)

func TestRunClerk(t *testing.T) { RunClerk(t, serve(adapt(reference), identity)) }

func TestEveryClerkCaseCanFail(t *testing.T) {
	instance, other := authtest.NewClerk(t), authtest.NewClerk(t)
	everyCaseCanFail(t, func() *suite { return newClerkSuite(t, instance, other, clerk.New).suite })
}

// TestClerkSuiteFindsMutants runs the suite on the mutants whose mistake concerns
// sessions.
func TestClerkSuiteFindsMutants(t *testing.T) {
	foundBy := map[string][]string{
		"another header is read":                         {"of version 2 reaches"},
		"every method counts as GET":                     {"POST from another site is refused", "the same site"},
		"the host is what the origin says":               {"in an old browser"},
		"the handler runs after a refusal":               {"a machine's token"},
		"the context does not carry the identity":        {"of version 1 reaches", "Has role"},
		"a denial's hint is left out":                    {"Has reverification strict", "ReverificationHint"},
		"the challenge is left out":                      {"a machine's token", "an expired"},
		"every refusal is 401":                           {"Has plan", "POST from another site is refused", "two plain"},
		"the body is the adapter's own":                  {"a machine's token", "Has feature"},
		"the body contains the token":                    {"a token of a JWT template"},
		"the headers of an accepted request are dropped": {"the suffixed session cookie"},
		"OptionalAuth lets invalid tokens through":       {"optional authentication"},
		"RequireAuth is OptionalAuth":                    {"without AllowCookie"},
		"RequirePermission checks a scope":               {"RequirePermission"},
		"RequireOrganization checks a role":              {"RequireOrganization"},
		"Require checks nothing":                         {"Has role", "Has permission", "Has feature", "Has plan", "Has reverification", "NotImpersonated", "Has of nothing"},
		"a cookie hides the Authorization header":        {"the Authorization header counts"},
		"requests share the identity of the last one":    {"Has role with org:"},
	}
	cookieFirst := mutant{
		name: "a cookie hides the Authorization header",
		run: changingRequest(func(r adapter.Request) adapter.Request {
			return changedRequest{Request: r, header: func(name string, i int) (string, bool) {
				if _, ok := r.Header("Cookie", 0); ok && name == "Authorization" {
					return "", false
				}
				return r.Header(name, i)
			}}
		}),
	}
	instance, other := authtest.NewClerk(t), authtest.NewClerk(t)
	run := 0
	for _, m := range append(allMutants(), cookieFirst) {
		parts, ok := foundBy[m.name]
		if !ok {
			continue
		}
		run++
		t.Run(m.name, func(t *testing.T) {
			s := newClerkSuite(t, instance, other, clerk.New)
			s.finds(t, m.serve()(t, s.app()), parts)
		})
	}
	if run != len(foundBy) {
		t.Errorf("got %d mutants, want %d", run, len(foundBy))
	}
}
