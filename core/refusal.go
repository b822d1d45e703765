package core

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Refusal is the answer to a request that may not go on. An adapter writes it
// as it stands; [Config.RewriteRefusal] can change it for all frameworks at once.
type Refusal struct {
	Status int
	Header [][2]string
	Body   Body  // not sent in answer to HEAD
	Err    error // for the log, never for the client
}

// Body is what the client reads, as `application/json`. It names the class of
// the refusal, and nothing else unless a policy gave a hint (DeniedError.Hint).
type Body struct {
	Error       string // one of the codes in the package documentation
	Description string
	More        map[string]any // further members; "error" and "error_description" in it do not count
}

// MarshalJSON writes the members of RFC 6750 section 3, and those of More. Where
// More cannot be marshalled it is left out.
func (b Body) MarshalJSON() ([]byte, error) {
	if len(b.More) > 0 {
		members := maps.Clone(b.More)
		// Some readers take a name in another case for the same.
		maps.DeleteFunc(members, func(name string, _ any) bool {
			return strings.EqualFold(name, "error") || strings.EqualFold(name, "error_description")
		})
		members["error"] = b.Error
		if b.Description != "" {
			members["error_description"] = b.Description
		}
		if text, err := json.Marshal(members); err == nil {
			return text, nil
		}
	}
	return json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{b.Error, b.Description})
}

// String returns the error code.
func (b Body) String() string { return b.Error }

// JSON returns the body as bytes, for an adapter to write.
func (b Body) JSON() []byte {
	text, err := b.MarshalJSON()
	if err != nil { // two strings always marshal
		return []byte(`{"error":"server_error"}`)
	}
	return text
}

// WriteTo answers a net/http request with the refusal. The headers of the
// [Outcome] are to be written before.
func (r *Refusal) WriteTo(w http.ResponseWriter) {
	w.Header().Set("Content-Type", ContentType)
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body.JSON()) // a client that is gone needs no answer; net/http drops it for HEAD
}

// ContentType is the media type of every [Body].
const ContentType = "application/json"

// AsRefusal returns the answer that middleware would give for err, an error of
// [Authorize], [Authenticator.Authenticate] or [Authenticator.Verify]: for
// handlers that call these themselves. An error that is none of ours is an
// outage.
func AsRefusal(ctx context.Context, err error) *Refusal {
	var a *Authenticator
	if c := carried(ctx); c != nil && c.id != nil {
		a = c.id.auth
	}
	return a.refusal(ctx, err)
}

// answer is a row of the table in the package documentation: what a client
// gets to see.
type answer struct {
	status      int
	code        string // `error` in the body
	description string
	challenge   bool // send WWW-Authenticate ...
	named       bool // ... with the code in it
	retry       time.Duration
}

var (
	unauthorized           = &answer{http.StatusUnauthorized, "unauthorized", "authentication is required", true, false, 0}
	invalidRequest         = &answer{http.StatusBadRequest, "invalid_request", "the request must carry one bearer token, in one place", true, true, 0}
	invalidToken           = &answer{http.StatusUnauthorized, "invalid_token", "the token is not accepted", true, true, 0}
	insufficientScope      = &answer{http.StatusForbidden, "insufficient_scope", "the caller lacks a right that the request needs", true, true, 0}
	crossSite              = &answer{http.StatusForbidden, "cross_site_request", "the request comes from another site", false, false, 0}
	rateLimited            = &answer{http.StatusTooManyRequests, "rate_limited", "too many requests", false, false, time.Second}
	temporarilyUnavailable = &answer{http.StatusServiceUnavailable, "temporarily_unavailable", "the request cannot be checked at the moment", false, false, 5 * time.Second}
	serverError            = &answer{http.StatusInternalServerError, "server_error", "the server is not set up to answer this request", false, false, 0}
)

// refusal is the one place where an error becomes an answer. The receiver may
// be nil: then there is no configuration to respect.
func (a *Authenticator) refusal(ctx context.Context, err error) *Refusal {
	var e *Error
	if !errors.As(err, &e) {
		e = unavailable("unknown_error", err)
	}
	answer := e.answer()
	r := &Refusal{
		Status: answer.status,
		Header: [][2]string{{"Cache-Control", "no-store"}},
		Body:   Body{Error: answer.code, Description: answer.description},
		Err:    err,
	}
	var denied *DeniedError
	if answer == insufficientScope && errors.As(e, &denied) {
		r.Body.More = maps.Clone(denied.Hint) // RewriteRefusal may add to it
	}
	if answer.challenge {
		r.Header = append(r.Header, [2]string{"WWW-Authenticate", a.challenge(answer, e)})
	}
	if wait := max(answer.retry, e.retry); wait > 0 {
		seconds := int64((wait + time.Second - 1) / time.Second)
		r.Header = append(r.Header, [2]string{"Retry-After", strconv.FormatInt(seconds, 10)})
	}
	if a != nil {
		r.Header = append(r.Header, a.vary...)
		if a.cfg.RewriteRefusal != nil {
			*r = a.cfg.RewriteRefusal(ctx, *r)
		}
	}
	return r
}

// challenge writes WWW-Authenticate (RFC 6750 section 3, RFC 9728 section 5.1).
func (a *Authenticator) challenge(answer *answer, e *Error) string {
	var parameters []string
	if a != nil {
		parameters = append(parameters, a.challengeStart...)
	}
	if answer.named {
		parameters = append(parameters, `error="`+answer.code+`"`)
	}
	// The one hint: by now issuer, signature and audience hold, so it tells the
	// client only what it could have read in its own token.
	if errors.Is(e, ErrExpired) {
		parameters = append(parameters, `error_description="token expired"`)
	}
	var denied *DeniedError
	if errors.Is(e.class, ErrDenied) && errors.As(e, &denied) {
		// A policy of yours may have put anything there.
		scopes := slices.DeleteFunc(slices.Clone(denied.Scopes), func(scope string) bool {
			return scope == "" || strings.ContainsFunc(scope, notInScope)
		})
		if len(scopes) > 0 {
			parameters = append(parameters, `scope="`+strings.Join(scopes, " ")+`"`)
		}
	}
	if len(parameters) == 0 {
		return "Bearer"
	}
	return "Bearer " + strings.Join(parameters, ", ")
}

// logNotMounted tells the developer, who alone can mend it, what is missing.
func logNotMounted(ctx context.Context) {
	slog.ErrorContext(ctx, "authkeel: a check runs without authentication before it; "+
		"mount RequireAuth or OptionalAuth on the same router or group, before the check")
}
