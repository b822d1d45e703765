// Package rest is the REST API of the blog without a framework: it turns the values of
// a request into answers. The applications in examples/rest add the routes, the
// middleware and the server of their framework, and nothing else.
package rest

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/ratelimit"
	"github.com/authkeel/authkeel/examples/blog"
)

// Options say how an API is set up.
type Options struct {
	Issuer, Audience string
	Database         string        // a file of SQLite's, or ":memory:"
	Store            blog.Store    // instead of the Database, such as one for tests; the API closes it
	Origins          []string      // of the web pages that may call the API, for CORS
	Observer         core.Observer // nil: refusals go to the log
}

// API is what the routes of every framework call.
type API struct {
	Auth    *core.Authenticator
	Origins []string

	// Limits for addresses, before authentication, and for users, after it.
	ByAddress, ByUser *ratelimit.Limiter

	service *blog.Service
	store   blog.Store
}

// New opens the database and trusts the issuer. Close the API when it ends.
func New(ctx context.Context, o Options) (_ *API, err error) {
	store := o.Store
	if store == nil {
		if store, err = blog.OpenSQLite(ctx, o.Database); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, store.Close())
		}
	}()
	service := blog.NewService(store)
	auth, err := core.New(core.Config{
		Issuers:        []core.Issuer{{URL: o.Issuer, Audiences: []string{o.Audience}, LookupRights: service.Rights}},
		RewriteRefusal: core.ProblemJSON,
		Observer:       o.Observer,
	})
	if err != nil {
		return nil, err
	}
	limiter := func(name string, key ratelimit.Key, limit ratelimit.Limit) *ratelimit.Limiter {
		l, limitErr := ratelimit.New(ratelimit.Config{Authenticator: auth, Limits: []ratelimit.Limit{limit}, Key: key, Name: name})
		err = errors.Join(err, limitErr)
		return l
	}
	a := &API{
		Auth: auth, Origins: o.Origins, service: service, store: store,
		ByAddress: limiter("address", ratelimit.ByAddress(), ratelimit.Limit{Requests: 1200, Per: time.Minute}),
		ByUser:    limiter("user", ratelimit.ByUser(), ratelimit.Limit{Requests: 300, Per: time.Minute}),
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Close closes the database.
func (a *API) Close() error { return a.store.Close() }

// Health says that the process runs.
func (a *API) Health() Response { return noContent() }

// Ready says whether requests can be answered: keys are there and the database
// answers. It waits for keys for up to 3 seconds.
func (a *API) Ready(ctx context.Context) Response {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := errors.Join(a.Auth.Ready(ctx), a.service.Ping(ctx)); err != nil {
		slog.WarnContext(ctx, "not ready", "error", err)
		return problem(http.StatusServiceUnavailable, "temporarily_unavailable", "the API is not ready", "")
	}
	return noContent()
}

//go:embed openapi.json
var openAPI []byte

// OpenAPI is the description of the API.
func (a *API) OpenAPI() Response { return Response{http.StatusOK, nil, jsonType, openAPI} }

// user is a user as admins see them.
type user struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

// page reads the query parameters first and after.
func page(first, after string) (blog.Page, error) {
	p := blog.Page{First: 20, After: after}
	if first == "" {
		return p, nil
	}
	var err error
	if p.First, err = strconv.Atoi(first); err != nil {
		return p, &blog.InvalidError{Field: "first", Problem: "must be a number"}
	}
	return p, nil
}

// Profile says who is calling.
func (a *API) Profile(ctx context.Context) Response {
	roles, err := a.service.Roles(ctx)
	if err != nil {
		return a.failed(ctx, err)
	}
	id, _ := core.IdentityFrom(ctx)
	return ok(http.StatusOK, map[string]any{
		"userId": id.Subject(), "roles": list(roles), "permissions": list(id.Permissions()), "organizationId": id.Organization().ID,
	})
}

// Users answers with all users, for admins.
func (a *API) Users(ctx context.Context, first, after string) Response {
	p, err := page(first, after)
	if err != nil {
		return a.failed(ctx, err)
	}
	found, err := a.service.Users(ctx, p)
	if err != nil {
		return a.failed(ctx, err)
	}
	users := make([]user, len(found))
	for i, u := range found {
		users[i] = user(u)
	}
	return ok(http.StatusOK, map[string]any{"users": users})
}

// SetRole gives a user a role, for admins.
func (a *API) SetRole(ctx context.Context, userID string, body Body) Response {
	var role struct {
		Role string `json:"role"`
	}
	if err := body.decode(&role); err != nil {
		return a.failed(ctx, err)
	}
	u, err := a.service.SetRole(ctx, userID, role.Role)
	if err != nil {
		return a.failed(ctx, err)
	}
	return ok(http.StatusOK, user(u))
}

// Organization answers with the organization that the caller acts in. The route
// checks that it is the one of its path.
func (a *API) Organization(ctx context.Context) Response {
	id, _ := core.IdentityFrom(ctx)
	o := id.Organization()
	return ok(http.StatusOK, map[string]any{"id": o.ID, "slug": o.Slug, "role": o.Role})
}

// Report answers with numbers about the blog, for admins and managers.
func (a *API) Report(ctx context.Context) Response {
	r, err := a.service.Report(ctx)
	if err != nil {
		return a.failed(ctx, err)
	}
	return ok(http.StatusOK, map[string]any{"posts": r.Posts, "published": r.Published, "users": r.Users})
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
