package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/ratelimit"
	"github.com/authkeel/authkeel/core/redisstore"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/webhook"
	"github.com/authkeel/authkeel/ginauth"
)

// requestsPerHour is what one user may send to all replicas together.
const requestsPerHour = 300

// settings must be the same on all replicas.
type settings struct {
	Issuer, Audience string
	RedisURL         string
	WebhookSecret    string
	// AllowStale is how long tokens are accepted by the revocations that are known
	// when Redis cannot be read; 0: not at all.
	AllowStale time.Duration
}

type service struct {
	router *gin.Engine
	shared *redisstore.Store
}

// newService makes the API. handle runs once for each webhook, on one of the
// replicas.
func newService(s settings, handle webhook.HandlerFunc) (*service, error) {
	shared, err := redisstore.New(redisstore.Options{URL: s.RedisURL})
	if err != nil {
		return nil, err
	}
	a, err := newAPI(s, shared, handle)
	if err != nil {
		return nil, errors.Join(err, shared.Close())
	}
	return &service{a.routes(), shared}, nil
}

// api has one of everything that replicas share.
type api struct {
	shared  *redisstore.Store
	auth    *core.Authenticator
	revoked *revocation.List
	limit   *ratelimit.Limiter
	hooks   *webhook.Handler
}

func newAPI(s settings, shared *redisstore.Store, handle webhook.HandlerFunc) (*api, error) {
	a := &api{shared: shared}
	var err error
	if a.revoked, err = revocation.New(revocation.Config{Store: shared, AllowStale: s.AllowStale}); err != nil {
		return nil, err
	}
	failures, err := ratelimit.NewFailureLimit(ratelimit.FailureConfig{Store: shared, Name: "logins"})
	if err != nil {
		return nil, err
	}
	if a.auth, err = core.New(core.Config{
		Issuers:      []core.Issuer{{URL: s.Issuer, Audiences: []string{s.Audience}}},
		Revocations:  a.revoked,
		FailureLimit: failures,
	}); err != nil {
		return nil, err
	}
	if a.limit, err = ratelimit.New(ratelimit.Config{
		Authenticator: a.auth, Store: shared, Name: "notes", Key: ratelimit.ByUser(),
		Limits: []ratelimit.Limit{{Requests: requestsPerHour, Per: time.Hour}},
	}); err != nil {
		return nil, err
	}
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{s.WebhookSecret}})
	if err != nil {
		return nil, err
	}
	if a.hooks, err = webhook.New(webhook.Config{Verifier: verifier, Default: handle, Store: shared}); err != nil {
		return nil, err
	}
	// A replica that cannot reach Redis starts all the same, and recovers by itself.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = a.revoked.Ready(ctx)
	return a, nil
}

func (a *api) routes() *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	// Report Redis to the monitoring, and let the load balancer ask /health alone:
	// replicas without Redis still do most of their work.
	r.GET("/health", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/health/redis", a.redis)
	r.POST("/webhooks", gin.WrapH(a.hooks))

	signedIn := r.Group("/api", ginauth.RequireAuth(a.auth))
	signedIn.GET("/me", func(c *gin.Context) {
		id, _ := ginauth.Identity(c)
		c.JSON(http.StatusOK, gin.H{"userId": id.Subject()})
	})
	signedIn.GET("/notes", ginauth.RateLimit(a.limit), func(c *gin.Context) { c.JSON(http.StatusOK, []string{}) })
	signedIn.POST("/sign-out", a.signOut)
	return r
}

func (a *api) redis(c *gin.Context) {
	if err := a.shared.Health(c.Request.Context()); err != nil {
		c.Header("Retry-After", "1")
		c.JSON(http.StatusServiceUnavailable, gin.H{"redis": err.Error()})
		return
	}
	c.JSON(http.StatusOK, gin.H{"redis": "ok"})
}

// signOut ends the session of the caller's token, on all replicas.
func (a *api) signOut(c *gin.Context) {
	id, _ := ginauth.Identity(c)
	if err := a.revoked.RevokeSession(c.Request.Context(), id.Issuer(), id.SessionID()); err != nil {
		_ = c.Error(err)
		c.Header("Retry-After", "1")
		c.JSON(http.StatusServiceUnavailable, gin.H{"error": "temporarily_unavailable"})
		return
	}
	c.Status(http.StatusNoContent)
}
