package main

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/graphqlauth"
)

// How long a client may take for its first message, and how often it is asked whether
// it is still there.
const (
	initTimeout  = 10 * time.Second
	pingInterval = 25 * time.Second
)

// websockets serves GraphQL over WebSockets that authenticate at connection_init and
// end with their token.
type websockets struct {
	auth    *core.Authenticator
	closing context.Context //nolint:containedctx // of the server's own life
}

func (t websockets) Supports(r *http.Request) bool { return transport.Websocket{}.Supports(r) }

func (t websockets) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	// The deadlines of a server are for requests, and this is none any more.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})  // where there are none, there is
	_ = control.SetWriteDeadline(time.Time{}) // nothing to remove

	limit := int64(maxBody)
	c := &connection{auth: t.auth}
	socket := transport.Websocket{
		Implementation: c, InitFunc: c.init, InitTimeout: initTimeout,
		PingPongInterval: pingInterval, KeepAlivePingInterval: pingInterval, PayloadReadLimit: &limit,
	}
	graphqlauth.Handshake(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(t.closing, cancel)()
		socket.Do(w, r.WithContext(ctx), exec)
	})).ServeHTTP(w, r)
}

// connection is one WebSocket. It makes gqlgen close it for the right reason.
type connection struct {
	transport.WebsocketConn
	auth          *core.Authenticator
	authenticated context.Context //nolint:containedctx // of the connection's own life; nil before its connection_init
}

// Accept answers the handshake. Pages of other origins are refused.
func (c *connection) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	var err error
	c.WebsocketConn, err = transport.CoderWebsocketImplementation{}.Accept(w, r, o)
	return c, err
}

// init authenticates the connection. gqlgen closes it after an error, and when the
// context that it gets has ended.
func (c *connection) init(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	authenticated, err := graphqlauth.Connect(ctx, c.auth, payload)
	if err != nil {
		code, reason := graphqlauth.CloseReason(err)
		return transport.AppendCloseReason(transport.WithWebsocketCloseCode(ctx, code), reason), nil, err
	}
	c.authenticated = authenticated
	return authenticated, nil, nil
}

// WriteClose says why the connection ends, when it is its token or the server.
func (c *connection) WriteClose(code int, reason string) error {
	if c.authenticated != nil && c.authenticated.Err() != nil {
		code, reason = graphqlauth.CloseReason(context.Cause(c.authenticated))
	}
	return c.WebsocketConn.WriteClose(code, reason)
}

// SetReadLimit and SetReadDeadline hand on what gqlgen looks for beside
// WebsocketConn.
func (c *connection) SetReadLimit(limit int64) {
	if conn, ok := c.WebsocketConn.(transport.WebsocketReadLimiter); ok {
		conn.SetReadLimit(limit)
	}
}

// SetReadDeadline ends a connection whose client answers no more.
func (c *connection) SetReadDeadline(deadline time.Time) error {
	if conn, ok := c.WebsocketConn.(transport.WebsocketReadDeadliner); ok {
		return conn.SetReadDeadline(deadline)
	}
	return nil
}
