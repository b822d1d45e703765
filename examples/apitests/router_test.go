package apitests

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// api sends a request to a router in process.
type api func(*http.Request) (*http.Response, error)

// serve is for Gin, Echo and Chi, whose routers are an http.Handler.
func serve(router http.Handler) api {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

var frameworks = map[string]func(*core.Authenticator) api{
	"gin":   func(auth *core.Authenticator) api { return serve(newGin(auth)) },
	"echo4": func(auth *core.Authenticator) api { return serve(newEcho4(auth)) },
	"echo5": func(auth *core.Authenticator) api { return serve(newEcho(auth)) },
	"chi":   func(auth *core.Authenticator) api { return serve(newChi(auth)) },
	"fiber2": func(auth *core.Authenticator) api {
		app := newFiber2(auth)
		return func(r *http.Request) (*http.Response, error) { return app.Test(r) }
	},
	"fiber3": func(auth *core.Authenticator) api {
		app := newFiber(auth)
		return func(r *http.Request) (*http.Response, error) { return app.Test(r) }
	},
}

// send returns the answer to a request with a token, or without one when it is "".
func (call api) send(t *testing.T, method, path, token string) (status int, header http.Header) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := call(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, res.Header
}

func TestRoles(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	admin := issuer.Token(devissuer.Claims{"sub": "user_ada", "roles": []string{"admin"}})
	member := issuer.Token(devissuer.Claims{"sub": "user_mo", "roles": []string{"member"}})
	for name, newAPI := range frameworks {
		for _, tt := range []struct {
			method, path, token string
			want                int
		}{
			{"GET", "/api/me", "", http.StatusUnauthorized},
			{"GET", "/api/me", member, http.StatusOK},
			{"DELETE", "/api/users/1", member, http.StatusForbidden},
			{"DELETE", "/api/users/1", admin, http.StatusNoContent},
		} {
			if got, _ := newAPI(auth).send(t, tt.method, tt.path, tt.token); got != tt.want {
				t.Errorf("%s: %s %s: got %d, want %d", name, tt.method, tt.path, got, tt.want)
			}
		}
	}
}

func TestExpired(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	expired := issuer.Token(devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()})
	for name, newAPI := range frameworks {
		status, header := newAPI(auth).send(t, "GET", "/api/me", expired)
		if challenge := header.Get("WWW-Authenticate"); status != http.StatusUnauthorized || !strings.Contains(challenge, "invalid_token") {
			t.Errorf("%s: got %d with %q", name, status, challenge)
		}
	}
}

// TestOutage: the issuer's keys cannot be fetched, so nobody can know whether the
// token is good. That is not the client's fault: 503, and it may come again.
func TestOutage(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	issuer.Down()
	auth := authtest.NewAuthenticator(t, issuer)
	for name, newAPI := range frameworks {
		status, header := newAPI(auth).send(t, "GET", "/api/me", issuer.Token(nil))
		if again := header.Get("Retry-After"); status != http.StatusServiceUnavailable || again == "" {
			t.Errorf("%s: got %d, Retry-After %q", name, status, again)
		}
	}
}

// TestOutageLater: an issuer that goes away later disturbs nobody whose key is known.
func TestOutageLater(t *testing.T) {
	for name, newAPI := range frameworks {
		issuer := authtest.NewIssuer(t)
		call := newAPI(authtest.NewAuthenticator(t, issuer))
		call.send(t, "GET", "/api/me", issuer.Token(nil))
		issuer.Down()
		if status, _ := call.send(t, "GET", "/api/me", issuer.Token(nil)); status != http.StatusOK {
			t.Errorf("%s: got %d, want 200", name, status)
		}
	}
}

// TestREADME: the code that the page shows is the code that runs here.
func TestREADME(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range []string{"apis.go", "handler_test.go", "router_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 8 {
		t.Errorf("the page has %d blocks of code", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(code.String(), strings.TrimSuffix(block[1], "\n")) {
			t.Errorf("the page shows code that is not here:\n%s", block[1])
		}
	}
}
