package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/webhook"
)

const userCreated = `{"data":{"id":"user_1","object":"user"},"object":"event","type":"user.created"}`

// endpoint is a handler under test, with its log and its clock.
type endpoint struct {
	*webhook.Handler
	log *bytes.Buffer
	mu  sync.Mutex
	at  time.Time
}

func (e *endpoint) now() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.at
}

func (e *endpoint) elapse(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.at = e.at.Add(d)
}

func newEndpoint(t *testing.T, cfg webhook.Config) *endpoint {
	t.Helper()
	e := &endpoint{log: new(bytes.Buffer), at: time.Unix(now, 0)}
	v, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{secret}, Now: e.now})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Verifier = v
	cfg.Logger = slog.New(slog.NewTextHandler(e.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if e.Handler, err = webhook.New(cfg); err != nil {
		t.Fatal(err)
	}
	return e
}

// request is a delivery that was signed just now.
func (e *endpoint) request(id, body string) *http.Request {
	ts := strconv.FormatInt(e.now().Unix(), 10)
	r := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body))
	r.Header = header("svix", id, ts, sign(secret, id, ts, body))
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (e *endpoint) deliver(id, body string) int { return serve(e, e.request(id, body)).Code }

// calls counts how often its function ran; err is what it returns.
type calls struct {
	n   int
	err error
}

func (c *calls) run(context.Context, *webhook.Event) error { c.n++; return c.err }

func TestAnswers(t *testing.T) {
	const private = "handler's own trouble"
	plain := func(e *endpoint) *http.Request { return e.request("msg_1", userCreated) }
	with := func(change func(*http.Request)) func(*endpoint) *http.Request {
		return func(e *endpoint) *http.Request { r := plain(e); change(r); return r }
	}
	signed := func(body string) func(*endpoint) *http.Request {
		return func(e *endpoint) *http.Request { return e.request("msg_1", body) }
	}
	down := &brokenStore{err: store.ErrUnavailable}
	full := store.NewMemory(store.MemoryOptions{MaxBytes: 1})
	tests := []struct {
		name    string
		cfg     webhook.Config
		request func(*endpoint) *http.Request
		status  int
		code    string // `error` or `status` of the body
		retry   string
		ran     int
		log     string // that must be there
	}{
		{"processed", webhook.Config{}, plain, 200, "processed", "", 1, `outcome=processed status=200 id=msg_1 type=user.created`},
		{"the other family", webhook.Config{}, with(func(r *http.Request) {
			for _, name := range []string{"id", "timestamp", "signature"} {
				r.Header.Set("webhook-"+name, r.Header.Get("svix-"+name))
				r.Header.Del("svix-" + name)
			}
		}), 200, "processed", "", 1, "outcome=processed"},
		{"a type without a handler", webhook.Config{}, signed(`{"type":"email.created","data":{}}`), 200, "ignored", "", 0, "type=email.created"},
		{"GET", webhook.Config{}, with(func(r *http.Request) { r.Method = "GET" }), 405, "method_not_allowed", "", 0, "status=405"},
		{"PUT", webhook.Config{}, with(func(r *http.Request) { r.Method = "PUT" }), 405, "method_not_allowed", "", 0, "status=405"},
		{"no signature", webhook.Config{}, with(func(r *http.Request) { r.Header.Del("svix-signature") }), 400, "invalid_webhook", "", 0, "reason=missing_header"},
		{"wrong signature", webhook.Config{}, with(func(r *http.Request) { r.Header.Set("svix-id", "msg_2") }), 400, "invalid_webhook", "", 0, "reason=bad_signature"},
		{"too old", webhook.Config{}, func(e *endpoint) *http.Request { r := plain(e); e.elapse(301 * time.Second); return r }, 400, "invalid_webhook", "", 0, "reason=too_old"},
		{"an array", webhook.Config{}, signed(`[]`), 400, "invalid_webhook", "", 0, "reason=not_an_event"},
		{"null", webhook.Config{}, signed(`null`), 400, "invalid_webhook", "", 0, "reason=not_an_event"},
		{"cut short", webhook.Config{}, signed(userCreated[:40]), 400, "invalid_webhook", "", 0, "reason=not_an_event"},
		{"no type", webhook.Config{}, signed(`{"data":{}}`), 400, "invalid_webhook", "", 0, "reason=not_an_event"},
		{"a type that is no text", webhook.Config{}, signed(`{"type":1}`), 400, "invalid_webhook", "", 0, "reason=not_an_event"},
		{"an endless type", webhook.Config{}, signed(`{"type":"` + strings.Repeat("a", 257) + `"}`), 400, "invalid_webhook", "", 0, "reason=not_an_event"},
		{"empty", webhook.Config{}, signed(""), 400, "invalid_webhook", "", 0, "reason=body_empty"},
		{"no body at all", webhook.Config{}, with(func(r *http.Request) { r.Body, r.ContentLength = nil, 0 }), 400, "invalid_webhook", "", 0, "reason=body_empty"},
		{"a connection that broke", webhook.Config{}, with(func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(r.Body, broken{})) }), 400, "invalid_webhook", "", 0, "reason=body_unreadable"},
		{"largest", webhook.Config{}, signed(large(1 << 20)), 200, "processed", "", 1, "outcome=processed"},
		{"too large", webhook.Config{}, signed(large(1<<20 + 1)), 413, "body_too_large", "", 0, "reason=body_too_large"},
		{"too large, length unknown", webhook.Config{}, func(e *endpoint) *http.Request {
			r := e.request("msg_1", large(1<<20+1))
			r.ContentLength = -1
			return r
		}, 413, "body_too_large", "", 0, "reason=body_too_large"},
		{"beyond somebody else's limit", webhook.Config{}, with(func(r *http.Request) { r.Body = http.MaxBytesReader(nil, r.Body, 5) }), 413, "body_too_large", "", 0, "reason=body_too_large"},
		{"handler fails", webhook.Config{Handlers: webhook.Handlers{"user.created": func(context.Context, *webhook.Event) error { return errors.New(private) }}},
			plain, 500, "handler_failed", "", 0, private},
		{"handler fails with an error of ours", webhook.Config{Handlers: webhook.Handlers{"user.created": func(context.Context, *webhook.Event) error {
			_, err := webhook.Message{}.Event()
			return fmt.Errorf(private+": %w", err)
		}}}, plain, 500, "handler_failed", "", 0, private},
		{"store down", webhook.Config{Store: down}, plain, 503, "temporarily_unavailable", "30", 0, "store: unavailable"},
		{"store full", webhook.Config{Store: full}, plain, 503, "temporarily_unavailable", "30", 0, "MaxEntries"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			var ran calls
			if c.cfg.Handlers == nil {
				c.cfg.Handlers = webhook.Handlers{"user.created": ran.run}
			}
			e := newEndpoint(t, c.cfg)
			r := c.request(e)
			w := serve(e, r)

			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			var body struct{ Status, Error string }
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Status+body.Error != c.code {
				t.Errorf("body %s, %v, want %q", w.Body, err, c.code)
			}
			for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Retry-After": c.retry} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if allow := w.Header().Get("Allow"); (allow == "POST") != (c.status == 405) {
				t.Errorf("Allow: %q with %d", allow, c.status)
			}
			if ran.n != c.ran {
				t.Errorf("the handler ran %d times, want %d", ran.n, c.ran)
			}
			log := e.log.String()
			if !strings.Contains(log, c.log) || strings.Count(log, "\n") != 1 {
				t.Errorf("log %q, want one line with %q", log, c.log)
			}
			signature := strings.TrimPrefix(r.Header.Get("svix-signature"), "v1,")
			for _, text := range []string{log, w.Body.String(), fmt.Sprint(w.Header())} {
				if strings.Contains(text, "AQIDBAUG") || signature != "" && strings.Contains(text, signature[:8]) {
					t.Errorf("%q has a secret or a signature in it", text)
				}
			}
			if strings.Contains(w.Body.String(), private) {
				t.Errorf("the client sees the handler's error: %s", w.Body)
			}
			if (c.status == 400 || c.status == 413) && strings.Contains(log, "msg_") {
				t.Errorf("log %q, which has an id that nobody vouches for", log)
			}
		})
	}
}

// large is an event of n bytes.
func large(n int) string {
	return userCreated + strings.Repeat(" ", n-len(userCreated))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestOneAnswerForEverythingNotAccepted(t *testing.T) {
	e := newEndpoint(t, webhook.Config{Default: new(calls).run})
	want := ""
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Header.Del("svix-id") },
		func(r *http.Request) { r.Header.Set("svix-timestamp", "1") },
		func(r *http.Request) { r.Header.Set("svix-signature", "v1,AAAA") },
		func(r *http.Request) { r.Header.Set("webhook-id", "x") },
		func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 },
	} {
		r := e.request("msg_1", userCreated)
		change(r)
		w := serve(e, r)
		got := fmt.Sprint(w.Code, w.Header(), w.Body)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("answer %s, want %s", got, want)
		}
	}
}

func TestDispatch(t *testing.T) {
	var got []string
	note := func(name string) webhook.HandlerFunc {
		return func(_ context.Context, e *webhook.Event) error {
			got = append(got, name+" "+e.Type)
			return nil
		}
	}
	handlers := webhook.Handlers{"user.created": note("users"), "waitlistEntry.created": note("waitlist")}
	e := newEndpoint(t, webhook.Config{Handlers: handlers, Default: note("default")})
	handlers["user.created"] = note("changed afterwards")
	for i, name := range []string{"user.created", "waitlistEntry.created", "user.Created", "session.ended"} {
		if status := e.deliver(strconv.Itoa(i), `{"type":"`+name+`"}`); status != 200 {
			t.Errorf("%s: %d, want 200", name, status)
		}
	}
	want := "[users user.created waitlist waitlistEntry.created default user.Created default session.ended]"
	if fmt.Sprint(got) != want {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	v := newVerifier(t, now, secret)
	run := new(calls).run
	handlers := webhook.Handlers{"a": run}
	tests := []struct {
		name, field string
		cfg         webhook.Config
	}{
		{"valid", "", webhook.Config{Verifier: v, Handlers: handlers}},
		{"default alone", "", webhook.Config{Verifier: v, Default: run}},
		{"shortest memory", "", webhook.Config{Verifier: v, Handlers: handlers, Remember: 10 * time.Minute}},
		{"no verifier", "Verifier", webhook.Config{Handlers: handlers}},
		{"nothing to run", "Handlers", webhook.Config{Verifier: v}},
		{"nil handler", `Handlers["b"]`, webhook.Config{Verifier: v, Handlers: webhook.Handlers{"b": nil}}},
		{"nil typed handler", `Handlers["b"]`, webhook.Config{Verifier: v, Handlers: webhook.Handlers{"b": webhook.Typed[order](nil)}}},
		{"no type", `Handlers[""]`, webhook.Config{Verifier: v, Handlers: webhook.Handlers{"": run}}},
		{"long name", "Name", webhook.Config{Verifier: v, Handlers: handlers, Name: strings.Repeat("n", 65)}},
		{"name with a colon", "Name", webhook.Config{Verifier: v, Handlers: handlers, Name: "a:b"}},
		{"too short a memory", "Remember", webhook.Config{Verifier: v, Handlers: handlers, Remember: 10*time.Minute - 1}},
		{"too long a memory", "Remember", webhook.Config{Verifier: v, Handlers: handlers, Remember: store.MaxDuration + 1}},
		{"negative timeout", "Timeout", webhook.Config{Verifier: v, Handlers: handlers, Timeout: -1}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			h, err := webhook.New(c.cfg)
			if (err == nil) != (c.field == "") || (h != nil) != (err == nil) {
				t.Fatalf("New: %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), c.field) {
				t.Errorf("New: %v, which does not name %s", err, c.field)
			}
		})
	}
}
