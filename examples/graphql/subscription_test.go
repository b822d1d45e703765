package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
)

// message is one of the protocol graphql-transport-ws.
type message struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// client is a WebSocket of a test.
type client struct {
	t    *testing.T
	ctx  context.Context
	conn *websocket.Conn
}

// dial opens a WebSocket and sends connection_init with the token, if there is one.
func (r *running) dial(t *testing.T, token string, options *websocket.DialOptions) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	if options == nil {
		options = &websocket.DialOptions{}
	}
	options.Subprotocols = []string{"graphql-transport-ws"}
	conn, response, err := websocket.Dial(ctx, "ws://"+r.addr+"/graphql", options)
	if err != nil {
		t.Fatal(err)
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	c := &client{t, ctx, conn}
	payload := json.RawMessage("{}")
	if token != "" {
		payload = json.RawMessage(`{"Authorization": "Bearer ` + token + `"}`)
	}
	c.send(message{Type: "connection_init", Payload: payload})
	return c
}

// connect is dial for a token that is accepted.
func (r *running) connect(t *testing.T, token string) *client {
	t.Helper()
	c := r.dial(t, token, nil)
	c.expect("connection_ack", "")
	return c
}

func (c *client) send(m message) {
	c.t.Helper()
	if err := wsjson.Write(c.ctx, c.conn, m); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) subscribe(id, query string) {
	c.t.Helper()
	payload, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(message{Type: "subscribe", ID: id, Payload: payload})
}

// expect reads messages until one is no ping, and checks it.
func (c *client) expect(kind, payload string) {
	c.t.Helper()
	for {
		var got message
		if err := wsjson.Read(c.ctx, c.conn, &got); err != nil {
			c.t.Fatalf("got %v, want a message %s with %s", err, kind, payload)
		}
		if got.Type == "ping" {
			continue
		}
		if got.Type != kind || !strings.Contains(string(got.Payload), payload) {
			c.t.Fatalf("got %s %s, want %s with %s", got.Type, got.Payload, kind, payload)
		}
		return
	}
}

// closed reads until the connection ends and checks why.
func (c *client) closed(code websocket.StatusCode, reason string) {
	c.t.Helper()
	for {
		_, _, err := c.conn.Read(c.ctx)
		if err == nil {
			continue
		}
		var end websocket.CloseError
		if !errors.As(err, &end) || end.Code != code || end.Reason != reason {
			c.t.Errorf("got %v, want it closed with %d %q", err, code, reason)
		}
		return
	}
}

const published = `subscription { postPublished { title mine author { name email } } }`

func TestSubscriptions(t *testing.T) {
	onEach(t, func(t *testing.T, framework string) {
		var ahead atomic.Int64 // of the Authenticator's clock
		r := start(t, framework, func(c *core.Config) {
			c.Leeway = -1
			c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		})
		ada, mo := r.token("ada", nil), r.token("mo", nil)

		// Each reader sees what they may see of the same event.
		admin, author := r.connect(t, ada), r.connect(t, mo)
		anonymous := r.connect(t, "")
		admin.subscribe("1", published)
		author.subscribe("1", published)
		anonymous.subscribe("1", published)
		anonymous.expect("next", `"UNAUTHENTICATED"`)
		anonymous.expect("complete", "")
		anonymous.subscribe("2", `{ viewer { userId } posts { title } }`)
		anonymous.expect("next", `{"viewer":null,"posts":[]}`)
		for _, c := range []*client{admin, author} { // the answer comes after the subscription has begun
			c.subscribe("2", `{ viewer { isAdmin } }`)
			c.expect("next", `"isAdmin":`)
			c.expect("complete", "")
		}
		r.create(t, ada, "News", true)
		admin.expect("next", `{"title":"News","mine":true,"author":{"name":"Ada","email":"ada@example.com"}}`)
		author.expect("next", `{"title":"News","mine":false,"author":{"name":"Ada","email":null}}`)

		// A role counts for the next operation of a connection that is open.
		author.subscribe("3", `mutation { setRole(userId: "user_ada", role: "editor") { role } }`)
		author.expect("next", `"FORBIDDEN"`)
		author.expect("complete", "")
		r.create(t, mo, "Mine", false) // mo is known from now on
		if got := r.ask(t, ada, `mutation { setRole(userId: "user_mo", role: "admin") { role } }`, nil); len(got.Errors) > 0 {
			t.Fatal(got.body)
		}
		author.subscribe("4", `{ viewer { isAdmin } }`)
		author.expect("next", `"isAdmin":true`)
		author.expect("complete", "")

		// A session that ends closes its connections and no other.
		if got := r.ask(t, mo, `mutation { signOut }`, nil); got.body != `{"data":{"signOut":true}}` {
			t.Fatal(got.body)
		}
		author.closed(4403, "sign in again")
		r.dial(t, mo, nil).closed(4403, "sign in again")
		r.create(t, ada, "More", true)
		admin.expect("next", `"title":"More"`)

		// So does a token that expires.
		ahead.Store(int64(time.Hour - 2*time.Second))
		expiring := r.connect(t, r.token("ada", devissuer.Claims{"exp": time.Now().Add(time.Hour).Unix()}))
		expiring.subscribe("1", published)
		expiring.closed(4403, "token expired")

		r.dial(t, "x.y.z", nil).closed(4403, "the token is not accepted")
		r.closeSockets()
		admin.closed(websocket.StatusGoingAway, "")
	})
}

// TestHandshake: pages of other origins cannot open a WebSocket, and a token in the
// handshake of a program counts as well.
func TestHandshake(t *testing.T) {
	onEach(t, func(t *testing.T, framework string) {
		r := start(t, framework)
		origin := map[string][]string{"Origin": {"https://evil.example"}}
		if conn, response, err := websocket.Dial(t.Context(), "ws://"+r.addr+"/graphql", &websocket.DialOptions{HTTPHeader: origin}); err == nil {
			_ = conn.CloseNow()
			t.Error("a page of another origin connected")
		} else if response == nil || response.StatusCode != 403 {
			t.Errorf("got %v, want 403", err)
		}
		c := r.dial(t, "", &websocket.DialOptions{HTTPHeader: map[string][]string{"Authorization": {"Bearer " + r.token("mo", nil)}}})
		c.expect("connection_ack", "")
		c.subscribe("1", `{ viewer { userId } }`)
		c.expect("next", `"user_mo"`)
	})
}
