package fiberauth_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/fiberauth/v3"
)

// get makes a request over a connection that is kept, and returns status and
// body.
func get(t *testing.T, client *http.Client, url string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// keepAlive is a client with one connection, so that each request lands in the
// memory of the one before.
func keepAlive(t *testing.T) *http.Client {
	transport := &http.Transport{MaxConnsPerHost: 1}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// keeper is a TokenVerifier that keeps what it is given, as a cache does.
type keeper struct {
	mu     sync.Mutex
	tokens []string
}

func (k *keeper) VerifyToken(_ context.Context, token string) (*core.Identity, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tokens = append(k.tokens, token)
	return core.NewIdentity(core.IdentityData{Subject: token}), nil
}

// Fiber uses a request's memory for the next one. What outlives the request
// must not change then.
func TestNothingKeptPastARequestChanges(t *testing.T) {
	for _, immutable := range []bool{false, true} {
		t.Run(fmt.Sprintf("immutable=%v", immutable), func(t *testing.T) {
			issuer := authtest.NewIssuer(t)
			kept := new(keeper)
			auths := map[string]*core.Authenticator{
				"/remembered": authtest.NewAuthenticator(t, issuer),
				"/forgotten":  authtest.NewAuthenticator(t, issuer, func(cfg *core.Config) { cfg.CacheSize = -1 }),
				"/opaque":     authtest.NewAuthenticator(t, issuer, func(cfg *core.Config) { cfg.TokenVerifiers = []core.TokenVerifier{kept} }),
			}
			var mu sync.Mutex
			var identities []*core.Identity
			url := listen(t, fiber.Config{Immutable: immutable}, func(app *fiber.App) {
				for path, auth := range auths {
					app.Get(path, fiberauth.RequireAuth(auth), func(c fiber.Ctx) error {
						id, _ := fiberauth.Identity(c)
						mu.Lock()
						defer mu.Unlock()
						identities = append(identities, id)
						return nil
					})
				}
			})
			client := keepAlive(t)
			var subjects, opaque []string
			for i := range 60 {
				for _, path := range []string{"/remembered", "/forgotten", "/opaque"} {
					subject := fmt.Sprintf("%s-%03d-%s", path, i, strings.Repeat("x", i))
					token := issuer.Token(devissuer.Claims{"sub": subject, "roles": []string{"role-of-" + subject}})
					if path == "/opaque" {
						token = subject
						opaque = append(opaque, token)
					}
					if status, body := get(t, client, url+path, "Authorization", "Bearer "+token); status != 200 {
						t.Fatalf("%s: got %d %s, want 200", path, status, body)
					}
					subjects = append(subjects, subject)
				}
			}
			for i, id := range identities {
				if got := id.Subject(); got != subjects[i] {
					t.Errorf("the subject of request %d is now %q, was %q", i, got, subjects[i])
				}
				if id.Issuer() != "" && !id.HasRole("role-of-"+subjects[i]) {
					t.Errorf("the roles of request %d are now %q", i, id.Roles())
				}
			}
			for i, token := range kept.tokens {
				if token != opaque[i] {
					t.Errorf("token %d is now %q, was %q", i, token, opaque[i])
				}
			}
		})
	}
}

func TestAGoroutineThatOutlivesItsRequestKeepsItsIdentity(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	release := make(chan struct{})
	type result struct{ want, got string }
	results := make(chan result, 100)
	url := listen(t, fiber.Config{}, func(app *fiber.App) {
		app.Get("/work", fiberauth.RequireAuth(auth), fiberauth.RequireRole("worker"), func(c fiber.Ctx) error {
			ctx := c.Context()
			id, _ := fiberauth.Identity(c)
			want := id.Subject()
			go func() {
				<-release
				id, _ := core.IdentityFrom(ctx)
				if err := core.Authorize(ctx, core.Role("worker")); err != nil {
					results <- result{want, err.Error()}
					return
				}
				results <- result{want, id.Subject()}
			}()
			return nil
		})
		app.Get("/other", fiberauth.OptionalAuth(auth), func(fiber.Ctx) error { return nil })
	})
	client := keepAlive(t)
	const requests = 50
	for i := range requests {
		token := issuer.Token(devissuer.Claims{"sub": fmt.Sprintf("worker-%d", i), "roles": "worker"})
		if status, body := get(t, client, url+"/work", "Authorization", "Bearer "+token); status != 200 {
			t.Fatalf("got %d %s, want 200", status, body)
		}
		get(t, client, url+"/other")
		get(t, client, url+"/other", "Authorization", "Bearer "+issuer.Token(devissuer.Claims{"sub": "somebody-else"}))
	}
	close(release)
	for range requests {
		if r := <-results; r.got != r.want {
			t.Errorf("got %q past the request, want %q", r.got, r.want)
		}
	}
}

func TestHTTPHandlerCarriesTheIdentity(t *testing.T) {
	old := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // core logs that /open has no authentication
	t.Cleanup(func() { slog.SetDefault(old) })
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	graph := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := core.IdentityFrom(r.Context())
		w.Header().Set("X-Handler", "net/http")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, "%s %v %s %v", id.Subject(), ok, r.URL.Path, core.Authorize(r.Context(), core.Role("admin")))
	})
	url := listen(t, fiber.Config{}, func(app *fiber.App) {
		app.Get("/graph", fiberauth.OptionalAuth(auth), fiberauth.HTTPHandler(graph))
		app.Get("/protected", fiberauth.RequireAuth(auth), fiberauth.HTTPHandler(graph))
		app.Get("/open", fiberauth.HTTPHandler(graph))
	})
	admin := []string{"Authorization", "Bearer " + issuer.Token(devissuer.Claims{"sub": "alice", "roles": "admin"})}
	client := keepAlive(t)
	for _, row := range []struct {
		path   string
		header []string
		status int
		body   string
	}{
		{"/graph", admin, 202, "alice true /graph <nil>"},
		{"/graph", nil, 202, " false /graph anonymous"},
		{"/protected", admin, 202, "alice true /protected <nil>"},
		{"/protected", nil, 401, `{"error":"unauthorized","error_description":"authentication is required"}`},
		{"/open", admin, 202, " false /open no_authentication_mounted"},
	} {
		if status, body := get(t, client, url+row.path, row.header...); status != row.status || body != row.body {
			t.Errorf("%s with %.30q: got %d %q, want %d %q", row.path, row.header, status, body, row.status, row.body)
		}
	}
}

// Reading a cookie has Fiber parse them all and join the lines.
func TestCookiesThatFiberParsedBefore(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer, func(cfg *core.Config) { cfg.Extractors = []core.Extractor{core.FromCookie("session")} })
	url := listen(t, fiber.Config{}, func(app *fiber.App) {
		app.Use(func(c fiber.Ctx) error {
			c.Cookies("theme")
			return c.Next()
		})
		app.Get("/me", fiberauth.RequireAuth(auth), func(c fiber.Ctx) error {
			id, _ := fiberauth.Identity(c)
			return c.SendString(id.Subject())
		})
	})
	session := "session=" + issuer.Token(devissuer.Claims{"sub": "alice"})
	client := keepAlive(t)
	for _, row := range []struct {
		name   string
		header []string
		want   int
	}{
		{"one", []string{"Cookie", "theme=dark; " + session}, 200},
		{"two lines", []string{"Cookie", "theme=dark", "Cookie", session}, 200},
		{"none", []string{"Cookie", "theme=dark"}, 401},
		{"two of the name", []string{"Cookie", session + "; " + session}, 400},
		{"two of the name in two lines", []string{"Cookie", session, "Cookie", session}, 400},
		{"a second one that is empty", []string{"Cookie", session + "; session="}, 400},
	} {
		if status, body := get(t, client, url+"/me", row.header...); status != row.want {
			t.Errorf("%s: got %d %s, want %d", row.name, status, body, row.want)
		}
	}
}

func TestGroupsInsideGroups(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	url := listen(t, fiber.Config{}, func(app *fiber.App) {
		user := func(c fiber.Ctx) error { return c.SendString(c.Params("id")) }
		app.Get("/open/:id", user)
		api := app.Group("/api", fiberauth.RequireAuth(auth))
		api.Get("/users/:id", user)
		api.Group("/admin", fiberauth.RequireRole("admin")).Get("/users/:id", user)
		mounted := fiber.New()
		mounted.Get("/users/:id", fiberauth.RequireRole("admin"), user)
		api.Use("/mounted", mounted)
	})
	user := "Bearer " + issuer.Token(nil)
	root := "Bearer " + issuer.Token(devissuer.Claims{"roles": "admin"})
	client := keepAlive(t)
	for _, row := range []struct {
		path, authorization string
		want                int
	}{
		{"/open/42", "", 200},
		{"/api/users/42", "", 401}, {"/api/users/42", user, 200},
		{"/api/admin/users/42", "", 401}, {"/api/admin/users/42", user, 403}, {"/api/admin/users/42", root, 200},
		{"/api/mounted/users/42", "", 401}, {"/api/mounted/users/42", user, 403}, {"/api/mounted/users/42", root, 200},
		{"/api/nothing", "", 401}, {"/api/nothing", user, 404},
	} {
		status, body := get(t, client, url+row.path, "Authorization", row.authorization)
		if status != row.want {
			t.Errorf("GET %s with %.17q: got %d, want %d", row.path, row.authorization, status, row.want)
		}
		if status == 200 && body != "42" {
			t.Errorf("GET %s: got parameter %q, want 42", row.path, body)
		}
	}
}

// What the README says of long tokens.
func TestLongTokensNeedAReadBuffer(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	long := "Bearer " + issuer.Token(devissuer.Claims{"padding": strings.Repeat("x", 8<<10)})
	short := "Bearer " + issuer.Token(nil)
	for _, row := range []struct{ size, short, long int }{
		{fiber.DefaultReadBufferSize, 200, 431},
		{20 << 10, 200, 200},
	} {
		url := listen(t, fiber.Config{ReadBufferSize: row.size}, func(app *fiber.App) {
			app.Get("/me", fiberauth.RequireAuth(auth), func(fiber.Ctx) error { return nil })
		})
		for authorization, want := range map[string]int{short: row.short, long: row.long} {
			if status, _ := get(t, keepAlive(t), url+"/me", "Authorization", authorization); status != want {
				t.Errorf("ReadBufferSize %d, a token of %d bytes: got %d, want %d", row.size, len(authorization)-len("Bearer "), status, want)
			}
		}
	}
}
