// Package websocket shows WebSockets that end with the token that opened them, on
// each framework: a browser sends the token in the handshake, and [core.Watch] says
// when it has expired or was revoked.
package websocket

import (
	"context"
	"errors"
	"net/http"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	echo4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"

	"github.com/authkeel/authkeel/chiauth"
	"github.com/authkeel/authkeel/core"
	echoauth4 "github.com/authkeel/authkeel/echoauth"
	"github.com/authkeel/authkeel/echoauth/v5"
	"github.com/authkeel/authkeel/ginauth"
)

// Protocol is the subprotocol with which a browser sends its token:
//
//	new WebSocket("wss://api.example.com/echo", ["authkeel.bearer", token])
const Protocol = "authkeel.bearer"

// NewAuth accepts tokens of the issuer in the handshake, from browsers and from
// programs that can set a header.
func NewAuth(issuer core.Issuer, revocations core.RevocationList) (*core.Authenticator, error) {
	return core.New(core.Config{
		Issuers:     []core.Issuer{issuer},
		Extractors:  []core.Extractor{core.FromBearer(), core.FromWebSocketProtocol()},
		Revocations: revocations,
	})
}

// Gin returns the API on Gin.
func Gin(auth *core.Authenticator) http.Handler {
	r := gin.New()
	r.GET("/echo", ginauth.RequireAuth(auth), gin.WrapF(serve))
	return r
}

// Echo4 returns the API on Echo v4.
func Echo4(auth *core.Authenticator) http.Handler {
	e := echo4.New()
	addEcho4Routes(e, auth)
	return e
}

// addEcho4Routes is a function of its own, so that the audit in the test sees the
// routes when they are added: Echo makes one function of middleware and handler.
func addEcho4Routes(e *echo4.Echo, auth *core.Authenticator) {
	e.GET("/echo", echo4.WrapHandler(http.HandlerFunc(serve)), echoauth4.RequireAuth(auth))
}

// Echo5 returns the API on Echo v5.
func Echo5(auth *core.Authenticator) http.Handler {
	e := echo.New()
	addEcho5Routes(e, auth)
	return e
}

// addEcho5Routes is addEcho4Routes for Echo v5.
func addEcho5Routes(e *echo.Echo, auth *core.Authenticator) {
	e.GET("/echo", echo.WrapHandler(http.HandlerFunc(serve)), echoauth.RequireAuth(auth))
}

// Chi returns the API on chi.
func Chi(auth *core.Authenticator) http.Handler {
	r := chi.NewRouter()
	r.With(chiauth.RequireAuth(auth)).Get("/echo", serve)
	return r
}

// serve sends back every message until the client leaves or its token counts no
// longer.
func serve(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{Protocol}})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow() //nolint:errcheck // closed already, or nobody is there to tell

	ctx, stop := core.Watch(r.Context())
	defer stop()
	// Not Read(ctx): that would cut the connection without saying why.
	defer context.AfterFunc(ctx, func() {
		code, reason := whyClosed(context.Cause(ctx))
		_ = conn.Close(websocket.StatusCode(code), reason) // a client that is gone needs no reason
	})()
	for {
		kind, message, err := conn.Read(context.WithoutCancel(ctx))
		if err != nil || conn.Write(ctx, kind, message) != nil {
			return
		}
	}
}

// whyClosed is the close code for the end of a watch (RFC 6455 section 7.4), and
// what the client is told.
func whyClosed(cause error) (code int, reason string) {
	switch {
	case errors.Is(cause, core.ErrExpired):
		return int(websocket.StatusPolicyViolation), "token expired"
	case errors.Is(cause, core.ErrUnavailable):
		return int(websocket.StatusTryAgainLater), "try again later"
	case errors.Is(cause, core.ErrRevoked):
		return int(websocket.StatusPolicyViolation), "sign in again"
	}
	return int(websocket.StatusGoingAway), "" // the server or the client ends the request
}
