package graphqlauth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// Handshake is net/http middleware that keeps the request of a WebSocket for
// [Connect], and ends its context when the handler returns. Put it directly around
// the GraphQL handler, behind OptionalAuth. Other requests pass unchanged.
func Handshake(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, handshakeKey{}, newHandshake(r))))
	})
}

// Connect authenticates a WebSocket when its connection_init comes. payload is that
// message's; its member Authorization, in any case, is read as the header of this
// name would be. Without it the connection is who the handshake was, such as the
// browser's user by cookie, or nobody.
//
// The context that it returns carries the identity. It ends when the connection does,
// when the token has expired, and within a second of its revocation: close the
// connection then, with what [CloseReason] says. See [core.Watch].
//
// ctx is the context of the request, behind OptionalAuth or RequireAuth of an adapter
// and [Handshake]. Errors are of type [*Error]; close the connection then too.
func Connect(ctx context.Context, a *core.Authenticator, payload map[string]any) (context.Context, error) {
	request, ok := ctx.Value(handshakeKey{}).(*handshake)
	if !ok {
		slog.ErrorContext(ctx, "authkeel: graphqlauth.Connect is called without graphqlauth.Handshake before it; wrap the GraphQL handler in it")
		return nil, misconfigured(errors.New("no handshake in the context"))
	}
	if values := authorizations(payload); len(values) > 0 {
		id, err := a.Authenticate(ctx, &initialized{request, values})
		if err != nil {
			return nil, refusal(err)
		}
		ctx = a.WithIdentity(ctx, id)
	}
	watched, _ := core.Watch(ctx) // Handshake ends ctx, and so the watch
	if err := context.Cause(watched); errors.Is(err, core.ErrNoAuthentication) {
		return nil, refusal(err)
	}
	return watched, nil
}

// CloseReason returns the close code and the reason with which to close a connection
// for err: what [Connect] returned, or the [context.Cause] of its context. The codes
// are those of the protocol graphql-transport-ws and of RFC 6455. After 4403 a client
// comes back with a new token, after 1013 later, and after 4500 not at all. For an end
// that is no refusal the code is 1001.
func CloseReason(err error) (code int, reason string) {
	refused, ok := ErrorOf(err)
	switch {
	case !ok:
		return 1001, ""
	case errors.Is(err, core.ErrExpired):
		return 4403, "token expired"
	case errors.Is(err, core.ErrRevoked):
		return 4403, "sign in again"
	case refused.code == CodeServiceUnavailable, refused.code == CodeRateLimited:
		return 1013, "try again later"
	case refused.code == CodeInternal:
		return 4500, refused.message
	}
	return 4403, refused.message
}

type handshakeKey struct{}

// handshake is the request that became a WebSocket, in memory of its own: the
// connection outlives what a framework lends.
type handshake struct {
	header                      http.Header
	host, method, url, peerAddr string
}

// credentials are headers of the handshake that hold no credential of the connection
// any more when connection_init brings one.
var credentials = []string{"Authorization", "Cookie", "Sec-Websocket-Protocol"}

func newHandshake(r *http.Request) *handshake {
	h := &handshake{
		header: make(http.Header, len(r.Header)),
		host:   strings.Clone(r.Host), method: strings.Clone(r.Method),
		url: strings.Clone(r.RequestURI), peerAddr: strings.Clone(r.RemoteAddr),
	}
	for name, values := range r.Header {
		if slices.Contains(credentials, name) {
			continue
		}
		for _, v := range values {
			h.header.Add(strings.Clone(name), strings.Clone(v))
		}
	}
	return h
}

// initialized is a handshake with the Authorization of a connection_init, so that the
// token counts as one of a request does: for Config.Extractors, the failure limit of
// the client's address, and events.
type initialized struct {
	*handshake
	authorization []string
}

var _ adapter.Request = (*initialized)(nil)

func (r *initialized) Header(name string, i int) (string, bool) {
	values := r.header[name]
	switch name {
	case "Authorization":
		values = r.authorization
	case adapter.Host:
		values = []string{r.host}
	}
	if i >= len(values) {
		return "", false
	}
	return values[i], true
}

func (r *initialized) Method() string              { return r.method }
func (r *initialized) URL() string                 { return r.url }
func (r *initialized) RemoteAddr() string          { return r.peerAddr }
func (r *initialized) Param(string) (string, bool) { return "", false }

// ResponseHeader returns "": the response of the handshake was sent before.
func (r *initialized) ResponseHeader(string) string { return "" }

// authorizations returns the values of Authorization in a payload. A value that is no
// string cannot be a token, and is one that is empty.
func authorizations(payload map[string]any) (values []string) {
	for name, value := range payload {
		if strings.EqualFold(name, "Authorization") {
			text, _ := value.(string)
			values = append(values, text)
		}
	}
	return values
}
