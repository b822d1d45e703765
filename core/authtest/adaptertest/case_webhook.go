package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/webhook"
)

// WebhookApp is what a [ServeWebhook] function mounts at POST /webhooks.
type WebhookApp struct {
	Hooks *webhook.Handler

	// Parse asks for middleware before the webhook that parses the body as JSON,
	// as the framework does it.
	Parse bool

	// Keep asks for middleware with Hooks.BufferBody before all other.
	Keep bool
}

// ServeWebhook serves the app on a listener on loopback until t ends, and
// returns the base URL.
type ServeWebhook func(t testing.TB, app WebhookApp) string

const webhookSecret = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"

// RunWebhook checks that a framework gives a webhook the body and the header
// lines as they were sent, and sends its answers. keepsBody says that parsing the
// body leaves it readable in this framework, so that Keep is not needed.
func RunWebhook(t *testing.T, serve ServeWebhook, keepsBody bool) {
	for name, app := range map[string]WebhookApp{
		"deliveries are processed":                                          {},
		"deliveries are processed with BufferBody":                          {Keep: true},
		"deliveries are processed when the body is parsed after BufferBody": {Keep: true, Parse: true},
	} {
		t.Run(name, func(t *testing.T) { newReceiver(t, serve, app).deliveries() })
	}
	t.Run("wrong deliveries are refused", func(t *testing.T) { newReceiver(t, serve, WebhookApp{}).refusals() })
	t.Run("events may be used after their requests", func(t *testing.T) { newReceiver(t, serve, WebhookApp{}).keptEvents() })
	t.Run("a parsed body is readable, or the log names BufferBody", func(t *testing.T) {
		r := newReceiver(t, serve, WebhookApp{Parse: true})
		if keepsBody {
			r.deliveries()
			return
		}
		r.want(r.signed("msg_1", webhookBody), 500, `{"error":"server_error"`)
		if log := r.log.String(); !strings.Contains(log, "BufferBody") {
			t.Errorf("log %q, want it to name BufferBody", log)
		}
		if len(r.seen) != 0 {
			t.Errorf("%d events, want none", len(r.seen))
		}
	})
}

// webhookBody has other bytes when it is parsed and encoded again.
const webhookBody = `{ "type" : "user.created",
	"data":{"object":"user","id":"user_1","first_name":"Zo\u00eb ☃","n":1.0}, "object":"event" }` + "\r\n"

// receiver is a webhook that a framework serves, with a client that delivers to
// it.
type receiver struct {
	t      *testing.T
	url    string
	client *http.Client

	mu       sync.Mutex
	log      bytes.Buffer
	seen     []*webhook.Event
	failNext bool // the handler fails for the next event
}

func newReceiver(t *testing.T, serve ServeWebhook, app WebhookApp) *receiver {
	r := &receiver{t: t, client: &http.Client{Transport: &http.Transport{}, Timeout: defaultPatience}}
	t.Cleanup(r.client.CloseIdleConnections)
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{webhookSecret}})
	if err != nil {
		t.Fatal(err)
	}
	app.Hooks, err = webhook.New(webhook.Config{
		Verifier: verifier,
		Handlers: webhook.Handlers{clerk.UserCreated: r.take},
		Logger:   slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.url = serve(t, app) + "/webhooks"
	return r
}

func (r *receiver) take(_ context.Context, e *webhook.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failNext {
		r.failNext = false
		return errors.New("the database is not reachable")
	}
	r.seen = append(r.seen, e)
	return nil
}

// signed returns a delivery with a valid signature.
func (r *receiver) signed(id, body string) *http.Request {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = authtest.WebhookHeader(r.t, webhookSecret, id, time.Now(), []byte(body))
	return req
}

// want sends the request and compares the answer.
func (r *receiver) want(req *http.Request, status int, body string) {
	r.t.Helper()
	r.wantIn(r.t, req, status, body)
}

// wantIn sends the request and compares the answer, for a subtest.
func (r *receiver) wantIn(t *testing.T, req *http.Request, status int, body string) {
	t.Helper()
	res, err := r.client.Do(req)
	if err != nil {
		t.Errorf("no answer: %v", err)
		return
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || !strings.HasPrefix(string(got), body) {
		t.Errorf("%d %s, %v, want %d %s", res.StatusCode, got, err, status, body)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"} {
		if lines := res.Header[name]; len(lines) != 1 || lines[0] != want {
			t.Errorf("%d %s: %q, want %q", res.StatusCode, name, lines, want)
		}
	}
}

func (r *receiver) deliveries() {
	r.failNext = true
	r.want(r.signed("msg_1", webhookBody), 500, `{"error":"handler_failed"`)
	r.want(r.signed("msg_1", webhookBody), 200, `{"status":"processed"}`)
	r.want(r.signed("msg_1", webhookBody), 200, `{"status":"already_processed"}`)

	standard := r.signed("msg_2", webhookBody)
	for _, name := range []string{"Id", "Timestamp", "Signature"} {
		standard.Header["Webhook-"+name] = standard.Header["Svix-"+name]
		standard.Header.Del("Svix-" + name)
	}
	r.want(standard, 200, `{"status":"processed"}`)

	chunked := r.signed("msg_3", webhookBody)
	chunked.ContentLength = -1
	r.want(chunked, 200, `{"status":"processed"}`)

	large := webhookBody + strings.Repeat(" ", webhook.DefaultMaxBody-len(webhookBody))
	r.want(r.signed("msg_4", large), 200, `{"status":"processed"}`)
	r.want(r.signed("msg_5", `{"type":"email.created"}`), 200, `{"status":"ignored"}`)

	want := map[string]string{"msg_1": webhookBody, "msg_2": webhookBody, "msg_3": webhookBody, "msg_4": large}
	if len(r.seen) != len(want) {
		r.t.Errorf("%d events, want %d", len(r.seen), len(want))
	}
	for _, e := range r.seen {
		if string(e.Body) != want[e.ID] {
			r.t.Errorf("%s arrived as %.200q, want %.200q", e.ID, e.Body, want[e.ID])
		}
	}
}

func (r *receiver) refusals() {
	const invalid = `{"error":"invalid_webhook"`
	for name, change := range map[string]func(http.Header){
		"another ID":                      func(h http.Header) { h.Set("Svix-Id", "msg_2") },
		"two IDs":                         func(h http.Header) { h["Svix-Id"] = []string{"msg_1", "msg_1"} },
		"a wrong ID before the right one": func(h http.Header) { h["Svix-Id"] = []string{"msg_0", "msg_1"} },
		"two signatures":                  func(h http.Header) { h.Add("Svix-Signature", "v1,AAAA") },
		"both families":                   func(h http.Header) { h.Set("Webhook-Id", "msg_1") },
		"no timestamp":                    func(h http.Header) { h.Del("Svix-Timestamp") },
	} {
		r.t.Run(name, func(t *testing.T) {
			req := r.signed("msg_1", webhookBody)
			change(req.Header)
			r.wantIn(t, req, 400, invalid)
		})
	}
	r.want(r.signed("msg_1", strings.Repeat(" ", webhook.DefaultMaxBody+1)), 413, `{"error":"body_too_large"`)
	r.want(r.signed("msg_1", ""), 400, invalid)
	if len(r.seen) != 0 {
		r.t.Errorf("%d events, want none", len(r.seen))
	}
}

// keptEvents compares events after other requests have used the same memory: a
// handler may give an event to a goroutine that runs longer than the request.
func (r *receiver) keptEvents() {
	body := func(i int) string {
		return fmt.Sprintf(`{"type":"user.created","data":{"id":"user_%03d"},"timestamp":%d}`, i, i)
	}
	const n = 100
	for i := range n {
		r.want(r.signed(fmt.Sprintf("msg_%03d", i), body(i)), 200, `{"status":"processed"}`)
	}
	if len(r.seen) != n {
		r.t.Fatalf("%d events, want %d", len(r.seen), n)
	}
	for i, e := range r.seen {
		if e.ID != fmt.Sprintf("msg_%03d", i) || string(e.Body) != body(i) || string(e.Timestamp) != fmt.Sprint(i) || e.Type != clerk.UserCreated {
			r.t.Errorf("event %d became %q %q %q %q", i, e.ID, e.Type, e.Timestamp, e.Body)
		}
	}
}
