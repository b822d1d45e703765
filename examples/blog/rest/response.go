package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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

// MaxBody is the largest body of a request, in bytes.
const MaxBody = 64 << 10

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
	}
	slog.ErrorContext(ctx, "a request failed", "error", err)
	return problem(http.StatusInternalServerError, "server_error", "the request failed", "")
}

// NotFound is the answer for a path that is not there.
func NotFound() Response {
	return problem(http.StatusNotFound, "not_found", "there is nothing here", "")
}

// decode reads the one JSON value of a body.
func decode(body io.Reader, v any) error {
	decoder := json.NewDecoder(io.LimitReader(body, MaxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(v)
	if err == nil {
		_, err = decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
	return &blog.InvalidError{Field: "the body", Problem: "must be one JSON object with known members and at most " + strconv.Itoa(MaxBody) + " bytes"}
}
