package ginauth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/ginauth"
)

// request has the engine serve one request.
func request(engine *gin.Engine, method, path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w
}

const refused = `{"error":"invalid_token","error_description":"the token is not accepted"}`

func TestErrorMiddlewareAddsNothingToARefusal(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 { // as much error middleware does
			c.JSON(http.StatusInternalServerError, gin.H{"message": c.Errors.String()})
		}
	})
	engine.GET("/me", ginauth.RequireAuth(auth), func(c *gin.Context) { c.Status(200) })
	w := request(engine, "GET", "/me", "not-a-token")
	if got := w.Body.String(); w.Code != 401 || got != refused {
		t.Errorf("got %d %s, want 401 %s", w.Code, got, refused)
	}
}

func TestARefusalAborts(t *testing.T) {
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	engine := gin.New()
	var ran []string
	aborted := false
	engine.Use(func(c *gin.Context) {
		c.Next()
		aborted = c.IsAborted()
		ran = append(ran, "outer")
	})
	engine.GET("/me", ginauth.RequireAuth(auth),
		func(c *gin.Context) { ran = append(ran, "later"); c.Next() },
		func(c *gin.Context) { ran = append(ran, "handler"); c.Status(200) })
	w := request(engine, "GET", "/me", "")
	if w.Code != 401 || !aborted || len(ran) != 1 {
		t.Errorf("got status %d, aborted %v and %q run, want 401, true and the outer middleware alone", w.Code, aborted, ran)
	}
}

func TestGinKeepsWhatItKnowsOfTheRequest(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	engine := gin.New()
	engine.ContextWithFallback = true
	copied := make(chan *gin.Context, 1)
	engine.Use(func(c *gin.Context) { c.Set("earlier", "kept") })
	engine.GET("/users/:id", ginauth.RequireAuth(auth), func(c *gin.Context) {
		if got := c.Param("id") + " " + c.GetString("earlier") + " " + c.FullPath(); got != "42 kept /users/:id" {
			t.Errorf("got %q, want parameter, key and path as before", got)
		}
		// Gin's own context stands for the request's when the application says so.
		if id, ok := core.IdentityFrom(c); !ok || id.Subject() != "alice" {
			t.Errorf("got subject %q (%v) from gin.Context, want alice", id.Subject(), ok)
		}
		copied <- c.Copy()
	})
	request(engine, "GET", "/users/42", issuer.Token(devissuer.Claims{"sub": "alice"}))
	request(engine, "GET", "/users/43", "")
	if id, ok := ginauth.Identity(<-copied); !ok || id.Subject() != "alice" {
		t.Errorf("got subject %q (%v) from a copy kept past the request, want alice", id.Subject(), ok)
	}
}

func TestGroupsInsideGroups(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth := authtest.NewAuthenticator(t, issuer)
	engine := gin.New()
	ok := func(c *gin.Context) { c.Status(200) }
	engine.GET("/open", ok)
	api := engine.Group("/api", ginauth.RequireAuth(auth))
	api.GET("/me", ok)
	admin := api.Group("/admin", ginauth.RequireRole("admin"))
	admin.GET("/users", ok)
	user, root := issuer.Token(nil), issuer.Token(devissuer.Claims{"roles": "admin"})
	for _, row := range []struct {
		path, token string
		want        int
	}{
		{"/open", "", 200},
		{"/api/me", "", 401}, {"/api/me", user, 200}, {"/api/me", root, 200},
		{"/api/admin/users", "", 401}, {"/api/admin/users", user, 403}, {"/api/admin/users", root, 200},
	} {
		if got := request(engine, "GET", row.path, row.token).Code; got != row.want {
			t.Errorf("GET %s with %.10q: got %d, want %d", row.path, row.token, got, row.want)
		}
	}
}
