package websocket

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v3"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/core/store"
)

// patience is how long anything may take. Only a failure waits for its end.
const patience = 20 * time.Second

// serveHTTP serves on loopback and returns the address of the WebSocket.
func serveHTTP(h func(*core.Authenticator) http.Handler) func(*testing.T, *core.Authenticator) string {
	return func(t *testing.T, auth *core.Authenticator) string {
		server := httptest.NewServer(h(auth))
		t.Cleanup(server.Close)
		return "ws" + strings.TrimPrefix(server.URL, "http") + "/echo"
	}
}

// serveFiber is serveHTTP for an app of Fiber's.
func serveFiber(t *testing.T, listen func(net.Listener) error, shutdown func() error) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- listen(l) }()
	t.Cleanup(func() {
		if err := shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "ws://" + l.Addr().String() + "/echo"
}

var frameworks = map[string]func(*testing.T, *core.Authenticator) string{
	"gin": serveHTTP(Gin), "echo4": serveHTTP(Echo4), "echo5": serveHTTP(Echo5), "chi": serveHTTP(Chi),
	"fiber2": func(t *testing.T, auth *core.Authenticator) string {
		app := Fiber2(auth)
		return serveFiber(t, app.Listener, app.Shutdown)
	},
	"fiber3": func(t *testing.T, auth *core.Authenticator) string {
		app := Fiber3(auth)
		listen := func(l net.Listener) error {
			return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
		}
		return serveFiber(t, listen, app.Shutdown)
	},
}

func dial(ctx context.Context, t *testing.T, url, token string) *websocket.Conn {
	t.Helper()
	conn, response, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{Protocol, token}})
	if err != nil {
		t.Fatal(err)
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	if got := conn.Subprotocol(); got != Protocol {
		t.Errorf("got subprotocol %q, want %q", got, Protocol)
	}
	return conn
}

// echoes checks that the connection is open.
func echoes(ctx context.Context, t *testing.T, conn *websocket.Conn) {
	t.Helper()
	if err := conn.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, message, err := conn.Read(ctx); err != nil || string(message) != "hello" {
		t.Fatalf("got %q, %v", message, err)
	}
}

// closed waits for the end of the connection and checks its code and reason.
func closed(ctx context.Context, t *testing.T, conn *websocket.Conn, code websocket.StatusCode, reason string) {
	t.Helper()
	_, _, err := conn.Read(ctx)
	if got := websocket.CloseStatus(err); got != code || !strings.Contains(err.Error(), reason) {
		t.Errorf("got %v, want it closed with %v and %q", err, code, reason)
	}
}

func TestWebSockets(t *testing.T) {
	gin.SetMode(gin.TestMode)
	for name, start := range frameworks {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			issuer := authtest.NewIssuer(t)
			shared := store.NewMemory(store.MemoryOptions{})
			var lists [2]*revocation.List // of two replicas
			for i := range lists {
				var err error
				if lists[i], err = revocation.New(revocation.Config{Store: shared}); err != nil {
					t.Fatal(err)
				}
			}
			var ahead atomic.Int64 // of the Authenticator's clock
			auth := authtest.NewAuthenticator(t, issuer, func(c *core.Config) {
				c.Extractors = []core.Extractor{core.FromBearer(), core.FromWebSocketProtocol()}
				c.Revocations, c.Leeway = lists[0], -1
				c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			})
			url := start(t, auth)

			if _, response, err := websocket.Dial(ctx, url, nil); err == nil || response == nil || response.StatusCode != http.StatusUnauthorized {
				t.Errorf("without a token: got %v, %v, want 401", response, err)
			} else {
				_, _ = io.Copy(io.Discard, response.Body)
			}

			revoked := dial(ctx, t, url, issuer.Token(devissuer.Claims{"sid": "sess_1"}))
			other := dial(ctx, t, url, issuer.Token(devissuer.Claims{"sid": "sess_2"}))
			echoes(ctx, t, revoked)
			if err := lists[1].RevokeSession(ctx, issuer.URL(), "sess_1"); err != nil {
				t.Fatal(err)
			}
			closed(ctx, t, revoked, websocket.StatusPolicyViolation, "sign in again")
			echoes(ctx, t, other)

			ahead.Store(int64(time.Hour - 3*time.Second))
			expiring := dial(ctx, t, url, issuer.Token(devissuer.Claims{"exp": time.Now().Add(time.Hour).Unix()}))
			echoes(ctx, t, expiring)
			closed(ctx, t, expiring, websocket.StatusPolicyViolation, "token expired")
			echoes(ctx, t, other) // its time was measured when it began
			if err := other.Close(websocket.StatusNormalClosure, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNewAuth(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	auth, err := NewAuth(core.Issuer{URL: issuer.URL(), Audiences: []string{issuer.Audience()}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn := dial(ctx, t, serveHTTP(Chi)(t, auth), issuer.Token(nil))
	echoes(ctx, t, conn)
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
}
