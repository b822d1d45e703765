// Package graph is the API of package notes in GraphQL, for generated clients
// to be tried against.
package graph

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

//go:generate go run github.com/99designs/gqlgen@v0.17.98 generate

// Handler serves the schema to whomever the middleware in front has let
// through. A WebSocket says who is there in connection_init, where it stands for
// an Authorization header that browsers cannot send.
func Handler(auth *core.Authenticator, book *Book) http.Handler {
	server := handler.New(NewExecutableSchema(Config{
		Resolvers:  &resolver{book},
		Directives: DirectiveRoot{SignedIn: signedIn, Role: role, Scope: scope},
	}))
	server.AddTransport(transport.Websocket{InitFunc: connect(auth), KeepAlivePingInterval: 10 * time.Second})
	server.AddTransport(transport.POST{})
	server.Use(extension.Introspection{})
	server.SetErrorPresenter(present(auth))
	return server
}

// connect authenticates a WebSocket. The connection ends with the token; a
// client comes back with another one.
func connect(auth *core.Authenticator) transport.WebsocketInitFunc {
	return func(ctx context.Context, init transport.InitPayload) (context.Context, *transport.InitPayload, error) {
		token, bearer := strings.CutPrefix(init.Authorization(), "Bearer ")
		if !bearer {
			return transport.WithWebsocketCloseCode(ctx, 4401), nil, errors.New("unauthorized")
		}
		id, err := auth.Verify(ctx, token)
		if err != nil {
			return transport.WithWebsocketCloseCode(ctx, 4403), nil, errors.New("the token is not accepted")
		}
		ctx = core.WithIdentity(ctx, id)
		ctx, cancel := context.WithDeadline(ctx, id.ExpiresAt())
		context.AfterFunc(ctx, cancel) // at the deadline, or when the connection is gone
		return ctx, nil, nil
	}
}

// Lenient authenticates in place of an adapter and refuses nothing by itself:
// what is wrong with the token is said inside a 200, by the first field that
// wants somebody signed in. Many GraphQL servers are built so.
func Lenient(auth *core.Authenticator, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		id, err := auth.Authenticate(ctx, adapter.FromHTTP(r))
		if err != nil {
			ctx = context.WithValue(ctx, refusedKey{}, err)
		} else {
			ctx = core.WithIdentity(ctx, id)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

type refusedKey struct{}

func authorize(ctx context.Context, p core.Policy) error {
	if err, refused := ctx.Value(refusedKey{}).(error); refused {
		return err
	}
	return core.Authorize(ctx, p)
}

func signedIn(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	if err := authorize(ctx, func(context.Context, *core.Identity) error { return nil }); err != nil {
		return nil, err
	}
	return next(ctx)
}

func role(ctx context.Context, _ any, next graphql.Resolver, name string) (any, error) {
	if err := authorize(ctx, core.Role(name)); err != nil {
		return nil, err
	}
	return next(ctx)
}

func scope(ctx context.Context, _ any, next graphql.Resolver, name string) (any, error) {
	if err := authorize(ctx, core.Scope(name)); err != nil {
		return nil, err
	}
	return next(ctx)
}

// present gives core's refusals a code; of other errors, the client reads those
// of the query's own.
func present(auth *core.Authenticator) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error { return shownError(ctx, auth, err) }
}

func shownError(ctx context.Context, auth *core.Authenticator, err error) *gqlerror.Error {
	shown := graphql.DefaultErrorPresenter(ctx, err)
	var refused *core.Error
	if !errors.As(err, &refused) {
		return shown
	}
	refusal := auth.Refusal(ctx, refused)
	shown.Message = refusal.Body.Description
	shown.Extensions = map[string]any{"code": strings.ToUpper(refusal.Body.Error)}
	switch refusal.Status {
	case http.StatusUnauthorized, http.StatusBadRequest:
		shown.Extensions["code"] = "UNAUTHENTICATED"
	case http.StatusForbidden:
		shown.Extensions["code"] = "FORBIDDEN"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		for _, field := range refusal.Header {
			if seconds, err := strconv.Atoi(field[1]); err == nil && field[0] == "Retry-After" {
				shown.Extensions["retryAfter"] = seconds
			}
		}
	}
	var denied *core.DeniedError
	if errors.As(refused, &denied) && len(denied.Scopes) > 0 {
		shown.Extensions["scope"] = strings.Join(denied.Scopes, " ")
	}
	return shown
}
