package main

import (
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/ratelimit"
)

// TestRoutes fails when a route asks for less than auth.routes says. No handler
// runs, so it needs no Redis.
func TestRoutes(t *testing.T) {
	gin.SetMode(gin.TestMode)
	auth := authtest.NewAuthenticator(t, authtest.NewIssuer(t))
	limit, err := ratelimit.New(ratelimit.Config{
		Authenticator: auth, Key: ratelimit.ByUser(), Limits: []ratelimit.Limit{{Requests: 1, Per: time.Hour}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := &api{auth: auth, limit: limit}
	authtest.Audit(t, a.routes())
}
