package rest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/examples/blog"
)

// Response is an answer that no framework has written yet.
type Response struct {
	Status      int
	Header      [][2]string
	ContentType string // "" without a body
	Body        []byte
}

// Write writes the answer, for frameworks on net/http.
func (r Response) Write(w http.ResponseWriter) {
	for _, h := range r.Header {
		w.Header().Set(h[0], h[1])
	}
	if r.ContentType != "" {
		w.Header().Set("Content-Type", r.ContentType)
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body) // a client that is gone needs no answer
}

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
)

func ok(status int, v any) Response {
	body, err := json.Marshal(v)
	if err != nil {
		slog.Error("an answer is not JSON", "error", err)
		return problem(http.StatusInternalServerError, "server_error", "the request failed", "")
	}
	return Response{Status: status, ContentType: jsonType, Body: body}
}

func noContent() Response { return Response{Status: http.StatusNoContent} }

// problem is an answer in the format of core.ProblemJSON (RFC 9457), which is that of
// refusals.
func problem(status int, code, detail, field string) Response {
	members := map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail, "error": code}
	if field != "" {
		members["field"] = field
	}
	r := ok(status, members)
	r.ContentType = problemType
	return r
}

// failed is the answer for an error of the service. What the client should not know
// is in the log.
func (a *API) failed(ctx context.Context, err error) Response {
	var invalid *blog.InvalidError
	var refused *core.Error
	switch {
	case errors.As(err, &refused):
		refusal := a.Auth.Refusal(ctx, err)
		contentType, body := refusal.Payload()
		return Response{refusal.Status, refusal.Header, contentType, body}
	case errors.As(err, &invalid):
		return problem(http.StatusUnprocessableEntity, "invalid_data", invalid.Error(), invalid.Field)
	case errors.Is(err, blog.ErrNotFound):
		return NotFound()
	case errors.Is(err, errTooLarge):
		return tooLarge()
	case errors.Is(err, errNotJSON):
		return problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "the body must be "+jsonType, "")
	}
	return ServerError(ctx, err)
}

// NotFound is the answer for a path that is not there.
func NotFound() Response {
	return problem(http.StatusNotFound, "not_found", "there is nothing here", "")
}

// MethodNotAllowed is the answer for a path that exists with other methods. The
// framework sets the header field Allow, which lists them (RFC 9110, section 15.5.6).
func MethodNotAllowed() Response {
	return problem(http.StatusMethodNotAllowed, "method_not_allowed", "this path has other methods", "")
}

// ServerError is the answer to a request whose handler panicked. The reason goes to
// the log and not to the client.
func ServerError(ctx context.Context, reason any) Response {
	slog.ErrorContext(ctx, "a request failed", "error", reason)
	return problem(http.StatusInternalServerError, "server_error", "the request failed", "")
}

// FrameworkError is the answer for an error that a framework made by itself, with the
// status code that the framework has for it.
func FrameworkError(ctx context.Context, status int, err error) Response {
	switch {
	case status == http.StatusNotFound:
		return NotFound()
	case status == http.StatusMethodNotAllowed:
		return MethodNotAllowed()
	case status == http.StatusRequestEntityTooLarge:
		return tooLarge()
	case status >= 400 && status < 500:
		return problem(status, "invalid_request", "the request cannot be read", "")
	}
	return ServerError(ctx, err)
}

func tooLarge() Response {
	return problem(http.StatusRequestEntityTooLarge, "too_large", "the body has more than "+strconv.Itoa(MaxBody)+" bytes", "")
}
