package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/ginauth"
)

type api struct {
	auth     *core.Authenticator
	invoices *invoices
}

// newAPI trusts the sessions of one Clerk instance. Roles in users' public metadata
// come from the Backend API and are remembered for a minute.
func newAPI(cfg clerk.Config) (*api, error) {
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: cfg.SecretKey, APIURL: cfg.APIURL})
	if err != nil {
		return nil, err
	}
	if cfg.Directory, err = clerk.NewDirectory(clerk.DirectoryConfig{Users: backend}); err != nil {
		return nil, err
	}
	auth, err := clerk.New(cfg)
	if err != nil {
		return nil, err
	}
	return &api{auth: auth, invoices: newInvoices()}, nil
}

func (a *api) routes() *gin.Engine {
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, reason any) {
		slog.ErrorContext(c.Request.Context(), "a handler panicked", "reason", reason)
		refuse(c, http.StatusInternalServerError, "server_error", "the request failed")
	}))
	r.NoRoute(func(c *gin.Context) { refuse(c, http.StatusNotFound, "not_found", "there is nothing here") })
	r.NoMethod(func(c *gin.Context) {
		refuse(c, http.StatusMethodNotAllowed, "method_not_allowed", "the method is not allowed here")
	})
	r.GET("/health", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/ready", a.ready)

	users := r.Group("/", ginauth.RequireAuth(a.auth))
	users.GET("/me", a.me)
	// The role in the public metadata, which the back end alone can write. Clerk's
	// roles of organizations begin with org: and count in their organization alone.
	users.GET("/overview", ginauth.RequireRole("admin"), a.overview)

	// The organization in the path is the one in which the caller acts.
	org := users.Group("/orgs/:org/invoices", ginauth.RequireParam(core.OrganizationParam("org")))
	org.GET("", ginauth.Require(clerk.Has(clerk.HasParams{Permission: "org:invoices:read", Feature: "o:invoices"})), a.list)
	org.POST("", ginauth.Require(clerk.Has(clerk.HasParams{Permission: "org:invoices:create"})), a.create)
	// Only an admin who has just given both factors, and nobody on the admin's behalf.
	org.DELETE("", ginauth.Require(clerk.NotImpersonated()),
		ginauth.Require(clerk.Has(clerk.HasParams{Role: "org:admin", Reverification: clerk.StrictMFA})), a.clear)
	return r
}

// ready says whether requests can be answered. It waits for keys for up to 3 seconds.
func (a *api) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 3*time.Second)
	defer cancel()
	if err := a.auth.Ready(ctx); err != nil {
		slog.WarnContext(ctx, "not ready", "error", err)
		c.Header("Retry-After", "1")
		refuse(c, http.StatusServiceUnavailable, "temporarily_unavailable", "the API is not ready")
		return
	}
	c.Status(http.StatusNoContent)
}

// me tells what the session says, and what the Backend API knows of the user.
func (a *api) me(c *gin.Context) {
	id, _ := ginauth.Identity(c)
	session, _ := clerk.SessionFrom(id)
	user, err := clerk.CurrentUser(c.Request.Context())
	switch {
	case errors.Is(err, clerkapi.ErrNotFound):
		refuse(c, http.StatusNotFound, "not_found", "the user was deleted")
		return
	case err != nil:
		slog.WarnContext(c.Request.Context(), "the user cannot be looked up", "error", err)
		refuse(c, http.StatusServiceUnavailable, "temporarily_unavailable", "try again later")
		return
	}
	email := ""
	if address, ok := user.PrimaryEmail(); ok && address.Verification.Verified() {
		email = address.EmailAddress
	}
	c.JSON(http.StatusOK, gin.H{
		"userId": id.Subject(), "sessionId": id.SessionID(), "name": user.FirstName + " " + user.LastName, "email": email,
		"organization": gin.H{"id": session.Organization.ID, "role": session.Organization.Role},
	})
}

func (a *api) overview(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"invoices": a.invoices.total()}) }

func (a *api) list(c *gin.Context) {
	id, _ := ginauth.Identity(c)
	c.JSON(http.StatusOK, gin.H{"invoices": a.invoices.of(id.Organization().ID)})
}

func (a *api) create(c *gin.Context) {
	var in struct {
		Customer string `json:"customer"`
		Cents    int64  `json:"cents"`
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 4<<10)
	if err := c.ShouldBindJSON(&in); err != nil {
		refuse(c, http.StatusBadRequest, "invalid_request", "the body must be JSON with customer and cents")
		return
	}
	if in.Customer == "" || len(in.Customer) > 200 || in.Cents <= 0 {
		refuse(c, http.StatusUnprocessableEntity, "invalid_request", "customer must have 1 to 200 bytes, and cents must be more than 0")
		return
	}
	id, _ := ginauth.Identity(c)
	added, ok := a.invoices.add(id.Organization().ID, invoice{Customer: in.Customer, Cents: in.Cents, By: id.Subject()})
	if !ok {
		refuse(c, http.StatusConflict, "too_many", "the organization has as many invoices as this example keeps")
		return
	}
	c.JSON(http.StatusCreated, added)
}

func (a *api) clear(c *gin.Context) {
	id, _ := ginauth.Identity(c)
	a.invoices.clear(id.Organization().ID)
	c.Status(http.StatusNoContent)
}

// refuse writes an error in the format of authkeel's own refusals.
func refuse(c *gin.Context, status int, code, description string) {
	c.Abort()
	c.Data(status, "application/json", core.Body{Error: code, Description: description}.JSON())
}
