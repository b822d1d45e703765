package echoauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/echoauth/v5"
)

// request makes Echo serve one request.
func request(e *echo.Echo, method, path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

func noContent(c *echo.Context) error { return c.NoContent(http.StatusNoContent) }

// The application's error handler gets status, body and reason of a refusal, and
// finds its headers on the response.
func TestErrorHandlerGetsTheRefusal(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	down := authtest.NewIssuer(t)
	down.Down()
	e := echo.New()
	var seen error
	e.HTTPErrorHandler = func(c *echo.Context, err error) {
		seen = err
		if err := c.HTML(http.StatusTeapot, "<h1>sorry</h1>"); err != nil {
			t.Error(err)
		}
	}
	e.GET("/me", noContent, echoauth.RequireAuth(auth))
	e.GET("/admin", noContent, echoauth.RequireAuth(auth), echoauth.RequireRole("admin"))
	e.GET("/down", noContent, echoauth.RequireAuth(authtest.NewAuthenticator(t, down)))
	for _, row := range []struct {
		path, token string
		status      int
		code        string
		class       error
		header      string
	}{
		{"/me", "", 401, "unauthorized", core.ErrNoToken, "WWW-Authenticate"},
		{"/me", "not-a-token", 401, "invalid_token", core.ErrMalformed, "WWW-Authenticate"},
		{"/me", issuer.Token(devissuer.Claims{"aud": "another"}), 401, "invalid_token", core.ErrAudience, "WWW-Authenticate"},
		{"/admin", issuer.Token(nil), 403, "insufficient_scope", core.ErrDenied, "WWW-Authenticate"},
		{"/down", down.Token(nil), 503, "temporarily_unavailable", core.ErrUnavailable, "Retry-After"},
	} {
		seen = nil
		w := request(e, "GET", row.path, row.token)
		var coder echo.HTTPStatusCoder
		if !errors.As(seen, &coder) || coder.StatusCode() != row.status {
			t.Errorf("%s: the error handler got %v, want the status %d", row.path, seen, row.status)
		}
		var refusal *core.Refusal
		if !errors.As(seen, &refusal) || refusal.Body.Error != row.code || !errors.Is(seen, row.class) {
			t.Errorf("%s: the error handler got %v, want a refusal with %s because of %v", row.path, seen, row.code, row.class)
		}
		var body struct {
			Error string `json:"error"`
		}
		text, err := json.Marshal(seen)
		if err == nil {
			err = json.Unmarshal(text, &body)
		}
		if err != nil || body.Error != row.code {
			t.Errorf("%s: the error is %s as JSON, %v, want the code %s", row.path, text, err, row.code)
		}
		// The application's answer has the headers of the refusal.
		if w.Code != http.StatusTeapot || w.Body.String() != "<h1>sorry</h1>" || w.Header().Get("Content-Type") != echo.MIMETextHTMLCharsetUTF8 {
			t.Errorf("%s: got %d %s %q, want the error handler's answer", row.path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get(row.header) == "" {
			t.Errorf("%s: got header %v, want Cache-Control and %s", row.path, w.Header(), row.header)
		}
	}
}

// Echo's own error handler sends the body alone, also when it is to expose errors.
func TestDefaultErrorHandlerSendsTheBody(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	const want = `{"error":"invalid_token","error_description":"the token is not accepted"}` + "\n"
	for _, expose := range []bool{false, true} {
		e := echo.New()
		e.HTTPErrorHandler = echo.DefaultHTTPErrorHandler(expose)
		e.GET("/me", noContent, echoauth.RequireAuth(auth))
		if w := request(e, "GET", "/me", "not-a-token"); w.Code != 401 || w.Body.String() != want {
			t.Errorf("expose %v: got %d %q, want 401 %q", expose, w.Code, w.Body, want)
		}
	}
}

// A body that the application wrote itself is sent as it is.
func TestContentOfTheApplication(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t), func(cfg *core.Config) {
		cfg.RewriteRefusal = func(_ context.Context, r core.Refusal) core.Refusal {
			r.ContentType, r.Content = "application/problem+json", []byte(`{"status":401}`)
			return r
		}
	})
	e := echo.New()
	e.GET("/me", noContent, echoauth.RequireAuth(auth))
	w := request(e, "GET", "/me", "")
	if w.Code != 401 || w.Body.String() != `{"status":401}` || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d %s %q, want the application's body", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if got := w.Header().Get("WWW-Authenticate"); got != "Bearer" {
		t.Errorf("got WWW-Authenticate %q, want Bearer", got)
	}
}

func TestAnEchoErrorInsideAPolicyIsAnOutage(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	e := echo.New()
	policy := func(context.Context, *core.Identity) error { return echo.NewHTTPError(http.StatusOK, "granted?") }
	e.GET("/me", noContent, echoauth.RequireAuth(authtest.NewAuthenticator(t, issuer)), echoauth.Require(policy))
	if w := request(e, "GET", "/me", issuer.Token(nil)); w.Code != 503 {
		t.Errorf("got %d %s, want 503", w.Code, w.Body)
	}
}

func TestMiddlewareBeforeGetsTheError(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	e := echo.New()
	var seen error
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			seen = next(c)
			return seen
		}
	})
	e.GET("/me", noContent, echoauth.RequireAuth(auth))
	request(e, "GET", "/me", "")
	if !errors.Is(seen, core.ErrNoToken) {
		t.Errorf("got %v, want %v", seen, core.ErrNoToken)
	}
}

// The adapter replaces the request of Echo's context and nothing else in it.
func TestContextKeepsWhatItHas(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.Set("earlier", "kept")
			return next(c)
		}
	})
	e.GET("/users/:id", func(c *echo.Context) error {
		earlier, err := echo.ContextGet[string](c, "earlier")
		if got := c.Param("id") + " " + earlier + " " + c.Path() + " " + c.QueryParam("q"); err != nil || got != "42 kept /users/:id x" {
			t.Errorf("got %q, %v, want parameter, value, path and query as before", got, err)
		}
		// Services that know nothing of Echo find the identity too.
		inEcho, ok := echoauth.Identity(c)
		inRequest, same := core.IdentityFrom(c.Request().Context())
		if !ok || !same || inEcho != inRequest || inEcho.Subject() != "alice" {
			t.Errorf("got %q (%v) from Echo and %q (%v) from the request, want alice", inEcho.Subject(), ok, inRequest.Subject(), same)
		}
		return c.NoContent(http.StatusNoContent)
	}, echoauth.RequireAuth(auth))
	if w := request(e, "GET", "/users/42?q=x", issuer.Token(devissuer.Claims{"sub": "alice"})); w.Code != 204 {
		t.Errorf("got %d %s, want 204", w.Code, w.Body)
	}
}

func TestGroupsAndWholeServer(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	id := func(c *echo.Context) error { return c.String(200, c.Param("id")) }
	groups := echo.New()
	groups.GET("/open", id)
	api := groups.Group("/api", echoauth.RequireAuth(auth))
	api.GET("/users/:id", id)
	api.Group("/admin", echoauth.RequireRole("admin")).GET("/users/:id", id)
	whole := echo.New()
	whole.Use(echoauth.RequireAuth(auth))
	whole.GET("/users/:id", id)
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
