package echoauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/echoauth"
)

// request has Echo serve one request.
func request(e *echo.Echo, method, path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

func TestErrorHandlerSeesTheRefusal(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	down := authtest.NewIssuer(t)
	down.Down()
	e := echo.New()
	var seen error
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		seen = err
		if err := c.HTML(http.StatusTeapot, "<h1>sorry</h1>"); err != nil {
			t.Error(err)
		}
	}
	ok := func(c echo.Context) error { return c.NoContent(200) }
	e.GET("/me", ok, echoauth.RequireAuth(auth))
	e.GET("/admin", ok, echoauth.RequireAuth(auth), echoauth.RequireRole("admin"))
	e.GET("/away", ok, echoauth.RequireAuth(authtest.NewAuthenticator(t, down)))
	for _, row := range []struct {
		path, token string
		code        int
		body        string
		class       error
		header      string
	}{
		{"/me", "", 401, "unauthorized", core.ErrNoToken, "WWW-Authenticate"},
		{"/me", "not-a-token", 401, "invalid_token", core.ErrMalformed, "WWW-Authenticate"},
		{"/me", issuer.Token(devissuer.Claims{"aud": "another"}), 401, "invalid_token", core.ErrAudience, "WWW-Authenticate"},
		{"/admin", issuer.Token(nil), 403, "insufficient_scope", core.ErrDenied, "WWW-Authenticate"},
		{"/away", down.Token(nil), 503, "temporarily_unavailable", core.ErrUnavailable, "Retry-After"},
	} {
		seen = nil
		w := request(e, "GET", row.path, row.token)
		var he *echo.HTTPError
		if !errors.As(seen, &he) {
			t.Errorf("%s: the error handler got %v, want an *echo.HTTPError", row.path, seen)
			continue
		}
		if he.Code != row.code {
			t.Errorf("%s: got code %d, want %d", row.path, he.Code, row.code)
		}
		if body, ok := he.Message.(core.Body); !ok || fmt.Sprint(he.Message) != row.body || body.Error != row.body {
			t.Errorf("%s: got message %#v, want a core.Body that prints as %s", row.path, he.Message, row.body)
		}
		if !errors.Is(he.Internal, row.class) || !errors.Is(seen, row.class) {
			t.Errorf("%s: got internal error %v, want %v", row.path, he.Internal, row.class)
		}
		// The application's answer, with the headers of the refusal.
		if w.Code != http.StatusTeapot || w.Body.String() != "<h1>sorry</h1>" || w.Header().Get("Content-Type") != echo.MIMETextHTMLCharsetUTF8 {
			t.Errorf("%s: got %d %s %q, want the error handler's answer", row.path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get(row.header) == "" {
			t.Errorf("%s: got header %v, want Cache-Control and %s", row.path, w.Header(), row.header)
		}
	}
}

func TestDefaultErrorHandlerSendsTheBodyEvenInDebugMode(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	const want = `{"error":"invalid_token","error_description":"the token is not accepted"}`
	for _, debug := range []bool{false, true} {
		e := echo.New()
		e.Debug = debug
		e.GET("/me", func(c echo.Context) error { return c.NoContent(200) }, echoauth.RequireAuth(auth))
		w := request(e, "GET", "/me", "not-a-token")
		var got bytes.Buffer // debug mode indents
		if err := json.Compact(&got, w.Body.Bytes()); err != nil || w.Code != 401 || got.String() != want {
			t.Errorf("debug %v: got %d %s (%v), want 401 %s", debug, w.Code, w.Body, err, want)
		}
	}
}

func TestAnEchoErrorInsideAPolicyIsAnOutage(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	e := echo.New()
	policy := func(context.Context, *core.Identity) error { return echo.NewHTTPError(http.StatusOK, "granted?") }
	e.GET("/me", func(c echo.Context) error { return c.NoContent(200) },
		echoauth.RequireAuth(authtest.NewAuthenticator(t, issuer)), echoauth.Require(policy))
	if w := request(e, "GET", "/me", issuer.Token(nil)); w.Code != 503 {
		t.Errorf("got %d %s, want 503", w.Code, w.Body)
	}
}

func TestMiddlewareBeforeSeesTheError(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e := echo.New()
	var seen error
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			seen = next(c)
			return seen
		}
	})
	e.GET("/me", func(c echo.Context) error { return c.NoContent(200) }, echoauth.RequireAuth(auth))
	request(e, "GET", "/me", "")
	if !errors.Is(seen, core.ErrNoToken) {
		t.Errorf("got %v, want %v", seen, core.ErrNoToken)
	}
}

func TestGroupsAndWholeServer(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	ok := func(c echo.Context) error { return c.String(200, c.Param("id")) }
	groups := echo.New()
	groups.GET("/open", ok)
	api := groups.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/users/:id", ok)
	api.Group("/admin", echoauth.RequireRole("admin")).GET("/users/:id", ok)
	whole := echo.New()
	whole.Use(echoauth.RequireAuth(auth))
	whole.GET("/users/:id", ok)
	user, root := issuer.Token(nil), issuer.Token(devissuer.Claims{"roles": "admin"})
	for _, row := range []struct {
		e           *echo.Echo
		path, token string
		want        int
	}{
		{groups, "/open", "", 200},
		{groups, "/api/users/42", "", 401}, {groups, "/api/users/42", user, 200},
		{groups, "/api/admin/users/42", "", 401}, {groups, "/api/admin/users/42", user, 403}, {groups, "/api/admin/users/42", root, 200},
		{whole, "/users/42", "", 401}, {whole, "/users/42", user, 200},
		{whole, "/nothing", "", 401}, {whole, "/nothing", user, 404},
	} {
		w := request(row.e, "GET", row.path, row.token)
		if w.Code != row.want {
			t.Errorf("GET %s with %.10q: got %d, want %d", row.path, row.token, w.Code, row.want)
		}
		if w.Code == 200 && row.path != "/open" && w.Body.String() != "42" {
			t.Errorf("GET %s: got parameter %q, want 42", row.path, w.Body)
		}
	}
}
