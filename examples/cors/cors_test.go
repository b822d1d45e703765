package cors

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	adaptor2 "github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/adaptor"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/ginauth"
)

func TestCORS(t *testing.T) {
	gin.SetMode(gin.TestMode)
	issuer := authtest.NewIssuer(t)
	auth, err := core.ForIssuer(issuer.URL(), issuer.Audience())
	if err != nil {
		t.Fatal(err)
	}
	for name, handler := range map[string]http.Handler{
		"gin":    Gin(auth),
		"echo4":  Echo4(auth),
		"echo5":  Echo5(auth),
		"fiber2": adaptor2.FiberApp(Fiber2(auth)),
		"fiber3": adaptor.FiberApp(Fiber3(auth)),
		"chi":    Chi(auth),
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			preflight := []string{"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization"}
			for _, tt := range []struct {
				name, method, origin string
				header               []string
				status               int
				allowed              bool
			}{
				{"preflight", http.MethodOptions, Origin, preflight, http.StatusNoContent, true},
				{"good token", http.MethodGet, Origin, []string{"Authorization", "Bearer " + issuer.Token(nil)}, http.StatusOK, true},
				{"no token", http.MethodGet, Origin, nil, http.StatusUnauthorized, true},
				{"bad token", http.MethodGet, Origin, []string{"Authorization", "Bearer x.y.z"}, http.StatusUnauthorized, true},
				{"OPTIONS that is no preflight", http.MethodOptions, "", nil, 0, false},
			} {
				res := send(t, server.URL+"/api/me", tt.method, tt.origin, tt.header...)
				status := res.StatusCode
				if tt.name == "preflight" && status == http.StatusOK {
					status = http.StatusNoContent // go-chi/cors answers 200
				}
				if tt.status != 0 && status != tt.status {
					t.Errorf("%s: got status %d, want %d", tt.name, status, tt.status)
				}
				if got := res.Header.Get("Access-Control-Allow-Origin") == Origin; got != tt.allowed {
					t.Errorf("%s: got Access-Control-Allow-Origin %q", tt.name, res.Header.Get("Access-Control-Allow-Origin"))
				}
				challenges := len(res.Header.Values("WWW-Authenticate"))
				if want := status == http.StatusUnauthorized; (challenges == 1) != want || challenges > 1 {
					t.Errorf("%s: got %d challenges with status %d", tt.name, challenges, status)
				}
				if exposed := res.Header.Get("Access-Control-Expose-Headers"); tt.name == "no token" && !strings.Contains(strings.ToLower(exposed), "www-authenticate") {
					t.Errorf("%s: the page may not read the challenge: exposed are %q", tt.name, exposed)
				}
			}
		})
	}
}

// TestWrongOrder shows why: behind authentication, CORS never sees the preflight.
func TestWrongOrder(t *testing.T) {
	gin.SetMode(gin.TestMode)
	issuer := authtest.NewIssuer(t)
	auth, err := core.ForIssuer(issuer.URL(), issuer.Audience())
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	r.Use(ginauth.RequireAuth(auth))
	r.Any("/*path", gin.WrapH(Gin(auth)))
	server := httptest.NewServer(r)
	defer server.Close()
	res := send(t, server.URL+"/api/me", http.MethodOptions, Origin, "Access-Control-Request-Method", "GET")
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("got %d with Access-Control-Allow-Origin %q, want a refusal without it",
			res.StatusCode, res.Header.Get("Access-Control-Allow-Origin"))
	}
}

func send(t *testing.T, url, method, origin string, header ...string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res
}
