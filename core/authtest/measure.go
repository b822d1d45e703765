package authtest

import (
	"context"
	"net/http"
	"runtime"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// InProcess mounts GET path behind the guards, with a handler that does nothing
// but answer 200 or 204, and returns a function that has the router serve one
// request with this Authorization header and returns the status. Request and
// response writer are the same each time, so that what is measured is the router
// and the guards.
type InProcess func(path string, guards []Guard, authorization string) func() (status int)

// InProcessHTTP is the second half of an [InProcess] for a router on net/http.
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

// measured are the stacks of guards that are compared, and a token they accept.
func measured(t testing.TB) (stacks []stack, authorization string) {
	issuer := NewIssuer(t)
	token := issuer.Token(devissuer.Claims{"roles": []string{"role-reader", "role-editor"}})
	auth := requireAuth(NewAuthenticator(t, issuer))
	uncached := requireAuth(NewAuthenticator(t, issuer, func(cfg *core.Config) { cfg.CacheSize = -1 }))
	return []stack{
		{"bare", nil},
		{"cached", []Guard{auth}},
		{"check", []Guard{auth, requireRole("role-editor")}},
		{"uncached", []Guard{uncached}},
	}, "Bearer " + token
}

type stack struct {
	name   string
	guards []Guard
}

// Benchmark measures the router alone (bare), with RequireAuth on a token that
// was verified before (cached), with a check behind it (check), and with
// RequireAuth on a token that is verified each time (uncached, ES256).
func Benchmark(b *testing.B, mount InProcess) {
	stacks, authorization := measured(b)
	for _, s := range stacks {
		serve := mount("/api/me", s.guards, authorization)
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

// Allocations holds what RequireAuth on a token that was verified before may
// allocate more than the router alone, and what each check behind it may add.
func Allocations(t *testing.T, mount InProcess, auth, check int) {
	stacks, authorization := measured(t)
	count := func(guards ...Guard) float64 {
		serve := mount("/api/me", guards, authorization)
		return average(func() {
			if status := serve(); status >= 300 {
				t.Fatalf("got status %d behind %v", status, guards)
			}
		})
	}
	guard, role := stacks[2].guards[0], stacks[2].guards[1]
	bare, one := count(), count(guard)
	four := count(guard, role, requireAnyRole("role-admin", "role-reader"), require(core.Not(core.Role("role-admin"))))
	// Frameworks reuse memory by sync.Pool, which forgets some of it now and then.
	const noise = 0.5
	if got := one - bare; got > float64(auth)+noise {
		t.Errorf("RequireAuth allocates %.2f times, want at most %d", got, auth)
	}
	if got := (four - one) / 3; got > float64(check)+noise/3 {
		t.Errorf("each check allocates %.2f times, want at most %d", got, check)
	}
}

// average is testing.AllocsPerRun without rounding down.
func average(f func()) float64 {
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
