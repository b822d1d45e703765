package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/authkeel/authkeel/core/graphqlauth"
	"github.com/authkeel/authkeel/examples/blog"
	"github.com/authkeel/authkeel/examples/graphql/graph"
)

// Limits of requests that are the same for everybody; see limits.go for the others.
const (
	maxBody   = 64 << 10 // bytes of a request, and of a message on a WebSocket
	maxTokens = 2000     // words and signs of a query
)

// newHandler returns the GraphQL endpoint. It needs OptionalAuth before it. Its
// WebSockets end with closing.
func newHandler(closing context.Context, b *backend) http.Handler {
	server := handler.New(graph.NewSchema(b.service, b.revocations))
	server.AddTransport(websockets{auth: b.auth, closing: closing})
	server.AddTransport(transport.POST{}) // no GET: a query in a URL ends up in logs, and other sites could make one
	server.SetParserTokenLimit(maxTokens)
	server.SetDisableSuggestion(true) // "did you mean" would tell of fields to those who may not introspect
	server.Use(limits{})
	server.Use(&extension.ComplexityLimit{Func: maxComplexity})
	server.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		return next(graphqlauth.NewOperation(ctx))
	})
	server.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return next(graph.WithLoader(graphqlauth.NewOperation(ctx), b.service)) // each event of a subscription comes here
	})
	server.SetErrorPresenter(present)
	server.SetRecoverFunc(func(ctx context.Context, reason any) error {
		slog.ErrorContext(ctx, "a resolver panicked", "panic", fmt.Sprint(reason), "stack", string(debug.Stack()))
		return errPanic
	})
	return http.MaxBytesHandler(server, maxBody)
}

var errPanic = errors.New("a resolver panicked")

// present says what the client sees of an error. What is not known is for the log.
func present(ctx context.Context, err error) *gqlerror.Error {
	shown := *graphql.DefaultErrorPresenter(ctx, err)
	var invalid *blog.InvalidError
	refused, isRefusal := graphqlauth.ErrorOf(err)
	switch {
	case isRefusal:
		shown.Message, shown.Extensions = refused.Error(), refused.Extensions()
	case errors.As(err, &invalid):
		shown.Message, shown.Extensions = invalid.Error(), map[string]any{"code": "BAD_USER_INPUT", "field": invalid.Field}
	case errors.Is(err, blog.ErrNotFound):
		shown.Message, shown.Extensions = "not found", map[string]any{"code": "NOT_FOUND"}
	case shown.Err != nil: // one that gqlgen or the validation of queries made has none
		if ctx.Err() == nil && !errors.Is(err, errPanic) {
			slog.ErrorContext(ctx, "a GraphQL request failed", "path", shown.Path.String(), "error", err)
		}
		shown.Message, shown.Extensions = "internal server error", map[string]any{"code": graphqlauth.CodeInternal}
	}
	shown.Err = nil
	return &shown
}

// serverTimeouts are for slow and silent clients. WebSockets have their own.
func serverTimeouts(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}
