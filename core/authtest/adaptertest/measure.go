package adaptertest

import (
	"context"
	"net/http"
	"runtime"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

// InProcess mounts GET path, which may have a parameter as in [Route], with the
// middleware in front of a handler that only answers 200 or 204. It returns a function that makes the router serve one
// request for path, as it is, with this Authorization header and returns the status.
// The value of a parameter {name} is then "{name}". Request and
// response writer must be the same each time, so that a measurement contains the
// router and the middleware alone.
type InProcess func(path string, middleware []Middleware, authorization string) func() (status int)

// InProcessHTTP returns the function that an [InProcess] returns, for a router on
// net/http.
func InProcessHTTP(router http.Handler, path, authorization string) func() int {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://api.example.test"+path, nil)
	if err != nil {
		panic(err) // a path that cannot be parsed
	}
	r.RequestURI, r.RemoteAddr = path, "127.0.0.1:40000"
	r.Header.Set("Authorization", authorization)
	w := &reusedWriter{header: make(http.Header)}
	return func() int {
		clear(w.header)
		w.status = http.StatusOK
		router.ServeHTTP(w, r)
		return w.status
	}
}

type reusedWriter struct {
	header http.Header
	status int
}

func (w *reusedWriter) Header() http.Header         { return w.header }
func (w *reusedWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *reusedWriter) WriteHeader(status int)      { w.status = status }

// stack is a list of middleware that is measured.
type stack struct {
	name       string
	middleware []Middleware
}

// measuredStacks returns what is compared, and a token that it accepts.
func measuredStacks(t testing.TB) (stacks []stack, authorization string) {
	issuer := authtest.NewIssuer(t)
	token := issuer.Token(devissuer.Claims{"sub": "{user}", "roles": []string{"role-reader", "role-editor"}})
	auth := requireAuth(authtest.NewAuthenticator(t, issuer))
	uncached := requireAuth(authtest.NewAuthenticator(t, issuer, func(cfg *core.Config) { cfg.CacheSize = -1 }))
	owner := requireParam(core.Owner("user"))
	return []stack{
		{"bare", nil},
		{"cached", []Middleware{auth}},
		{"check", []Middleware{auth, requireRole("role-editor")}},
		{"param", []Middleware{auth, owner}},
		{"uncached", []Middleware{uncached}},
	}, "Bearer " + token
}

// Benchmark measures the router alone (bare), with RequireAuth on a cached token
// (cached), with one check after it (check), with one of a parameter (param), and with RequireAuth that verifies
// an ES256 token each time (uncached).
func Benchmark(b *testing.B, mount InProcess) {
	stacks, authorization := measuredStacks(b)
	for _, s := range stacks {
		serve := mount("/api/{user}", s.middleware, authorization)
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if status := serve(); status >= 300 {
					b.Fatalf("got status %d", status)
				}
			}
		})
	}
}

// Allocations fails the test when RequireAuth on a cached token allocates more
// than auth times on top of the router, or a check after it more than check
// times.
func Allocations(t *testing.T, mount InProcess, auth, check int) {
	stacks, authorization := measuredStacks(t)
	count := func(middleware ...Middleware) float64 {
		serve := mount("/api/{user}", middleware, authorization)
		return averageAllocations(func() {
			if status := serve(); status >= 300 {
				t.Fatalf("got status %d behind %v", status, middleware)
			}
		})
	}
	authentication, role := stacks[2].middleware[0], stacks[2].middleware[1]
	bare, one := count(), count(authentication)
	four := count(authentication, role, requireAnyRole("role-admin", "role-reader"), require(core.Not(core.Role("role-admin"))))
	owner := requireParam(core.Owner("user").Or(core.Role("role-admin")))
	params := count(authentication, owner, owner, requireParam(core.RoleInParam("user", "role-admin").Or(core.Role("role-editor"))))
	// Frameworks reuse memory with sync.Pool, which drops some of it now and then.
	const noise = 0.5
	if got := one - bare; got > float64(auth)+noise {
		t.Errorf("RequireAuth allocates %.2f times, want at most %d", got, auth)
	}
	if got := (four - one) / 3; got > float64(check)+poolNoise {
		t.Errorf("each check allocates %.2f times, want at most %d", got, check)
	}
	if got := (params - one) / 3; got > float64(check)+poolNoise {
		t.Errorf("each check of a parameter allocates %.2f times, want at most %d", got, check)
	}
}

// averageAllocations is testing.AllocsPerRun without rounding down.
func averageAllocations(f func()) float64 {
	const runs = 2000
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 100 {
		f()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / runs
}
