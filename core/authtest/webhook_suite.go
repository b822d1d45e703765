package authtest

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

	"github.com/authkeel/authkeel/core/webhook"
)

// WebhookApp is what a [WebhookStart] mounts at POST /webhooks.
type WebhookApp struct {
	Hooks *webhook.Handler
	// Parse asks for the framework's own way of reading JSON from the body, in
	// middleware before the webhook.
	Parse bool
	// Keep asks for Hooks.KeepBody before everything else.
	Keep bool
}

// WebhookStart serves the app on a real listener on loopback and returns its
// base URL. The server ends with t.
type WebhookStart func(t testing.TB, app WebhookApp) string

const webhookSecret = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"

// RunWebhook tries how a framework serves a webhook: that the bytes, the header
// lines and the answers arrive as they were sent. keepsBody says that the
// framework keeps the body for everybody, so that parsing it does no harm and
// Keep has nothing to do.
func RunWebhook(t *testing.T, start WebhookStart, keepsBody bool) {
	t.Run("deliveries", func(t *testing.T) { newReceiver(t, start, WebhookApp{}).deliveries() })
	t.Run("refusals", func(t *testing.T) { newReceiver(t, start, WebhookApp{}).refusals() })
	t.Run("events outlive their requests", func(t *testing.T) { newReceiver(t, start, WebhookApp{}).outlive() })
	t.Run("body kept", func(t *testing.T) { newReceiver(t, start, WebhookApp{Keep: true}).deliveries() })
	t.Run("body parsed and kept", func(t *testing.T) { newReceiver(t, start, WebhookApp{Parse: true, Keep: true}).deliveries() })
	t.Run("body parsed", func(t *testing.T) {
		r := newReceiver(t, start, WebhookApp{Parse: true})
		if keepsBody {
			r.deliveries()
			return
		}
		r.want(r.signed("msg_1", webhookBody), 500, `{"error":"server_error"`)
		if log := r.log.String(); !strings.Contains(log, "KeepBody") {
			t.Errorf("log %q, want what to mount", log)
		}
		if len(r.seen) != 0 {
			t.Errorf("%d events, want none", len(r.seen))
		}
	})
}

// webhookBody does not survive being parsed and encoded again.
const webhookBody = "{ \"type\" : \"user.created\",\n\t\"data\":{\"object\":\"user\",\"id\":\"user_1\",\"first_name\":\"Zo\\u00eb ☃\",\"n\":1.0}, \"object\":\"event\" }\r\n"

// receiver is a webhook behind a framework, and a sender.
type receiver struct {
	t      *testing.T
	url    string
	client *http.Client

	mu    sync.Mutex
	log   bytes.Buffer
	seen  []*webhook.Event
	fails int // as many of the next events
}

func newReceiver(t *testing.T, start WebhookStart, app WebhookApp) *receiver {
	r := &receiver{t: t, client: &http.Client{Transport: &http.Transport{}, Timeout: defaultPatience}}
	t.Cleanup(r.client.CloseIdleConnections)
	verifier, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{webhookSecret}})
	if err != nil {
		t.Fatal(err)
	}
	app.Hooks, err = webhook.New(webhook.Config{
		Verifier: verifier,
		Handlers: webhook.Handlers{webhook.UserCreated: r.take},
		Log:      slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.url = start(t, app) + "/webhooks"
	return r
}

func (r *receiver) take(_ context.Context, e *webhook.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails > 0 {
		r.fails--
		return errors.New("not yet")
	}
	r.seen = append(r.seen, e)
	return nil
}

// signed is a delivery that is sent now.
func (r *receiver) signed(id, body string) *http.Request {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = WebhookHeader(r.t, webhookSecret, id, time.Now(), []byte(body))
	return req
}

func (r *receiver) want(req *http.Request, status int, body string) {
	r.t.Helper()
	r.wantOn(r.t, req, status, body)
}

// wantOn sends the request and compares the answer.
func (r *receiver) wantOn(t *testing.T, req *http.Request, status int, body string) {
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
	r.fails = 1
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
	const notAccepted = `{"error":"invalid_webhook"`
	for name, change := range map[string]func(http.Header){
		"another id":      func(h http.Header) { h.Set("Svix-Id", "msg_2") },
		"two ids":         func(h http.Header) { h["Svix-Id"] = []string{"msg_1", "msg_1"} },
		"a wrong id more": func(h http.Header) { h["Svix-Id"] = []string{"msg_0", "msg_1"} },
		"two signatures":  func(h http.Header) { h.Add("Svix-Signature", "v1,AAAA") },
		"both families":   func(h http.Header) { h.Set("Webhook-Id", "msg_1") },
		"no timestamp":    func(h http.Header) { h.Del("Svix-Timestamp") },
	} {
		r.t.Run(name, func(t *testing.T) {
			req := r.signed("msg_1", webhookBody)
			change(req.Header)
			r.wantOn(t, req, 400, notAccepted)
		})
	}
	r.want(r.signed("msg_1", strings.Repeat(" ", webhook.DefaultMaxBody+1)), 413, `{"error":"body_too_large"`)
	r.want(r.signed("msg_1", ""), 400, notAccepted)
	if len(r.seen) != 0 {
		r.t.Errorf("%d events, want none", len(r.seen))
	}
}

// outlive keeps events, as a handler does that gives them to a goroutine, and
// compares them after other requests had the same memory.
func (r *receiver) outlive() {
	body := func(i int) string {
		return fmt.Sprintf(`{"type":"user.created","data":{"id":"user_%03d"},"instance_id":"ins_%03d"}`, i, i)
	}
	const n = 100
	for i := range n {
		r.want(r.signed(fmt.Sprintf("msg_%03d", i), body(i)), 200, `{"status":"processed"}`)
	}
	if len(r.seen) != n {
		r.t.Fatalf("%d events, want %d", len(r.seen), n)
	}
	for i, e := range r.seen {
		if e.ID != fmt.Sprintf("msg_%03d", i) || string(e.Body) != body(i) || e.InstanceID != fmt.Sprintf("ins_%03d", i) || e.Type != webhook.UserCreated {
			r.t.Errorf("event %d became %q %q %q %q", i, e.ID, e.Type, e.InstanceID, e.Body)
		}
	}
}
