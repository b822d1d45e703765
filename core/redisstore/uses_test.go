package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/redisstore"
	"github.com/authkeel/authkeel/core/webhook"
)

const webhookSecret = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"

// replicas of a webhook endpoint, each with a client of its own.
func webhookReplicas(t *testing.T, n int, o redisstore.Options, run webhook.HandlerFunc) []*webhook.Handler {
	t.Helper()
	list := make([]*webhook.Handler, n)
	for i := range list {
		v, err := webhook.NewVerifier(webhook.VerifierConfig{Secrets: []string{webhookSecret}})
		if err != nil {
			t.Fatal(err)
		}
		list[i], err = webhook.New(webhook.Config{Verifier: v, Default: run, Store: open(t, o), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func deliver(t *testing.T, h http.Handler, id string) *httptest.ResponseRecorder {
	t.Helper()
	const body = `{"data":{"id":"user_1"},"object":"event","type":"user.created"}`
	r := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body))
	r.Header = authtest.WebhookHeader(t, webhookSecret, id, time.Now(), []byte(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestWebhookOnce delivers each message to all replicas at once.
func TestWebhookOnce(t *testing.T) {
	const messages = 20
	var ran atomic.Int64
	o := redisstore.Options{URL: shared(t).url(), Prefix: prefix(t), Timeout: patient}
	replicas := webhookReplicas(t, 3, o, func(context.Context, *webhook.Event) error { ran.Add(1); return nil })
	for i := range messages {
		var deliveries sync.WaitGroup
		for _, h := range replicas {
			deliveries.Go(func() {
				if w := deliver(t, h, fmt.Sprint("msg_", i)); w.Code != 200 && w.Code != http.StatusConflict {
					t.Errorf("message %d: %d %s", i, w.Code, w.Body)
				}
			})
		}
		deliveries.Wait()
	}
	if n := ran.Load(); n != messages {
		t.Errorf("the handler ran %d times for %d messages", n, messages)
	}
	if w := deliver(t, replicas[0], "msg_0"); w.Code != 200 || !strings.Contains(w.Body.String(), "already_processed") {
		t.Errorf("a message that was processed: %d %s", w.Code, w.Body)
	}
}

// TestWebhookWithoutRedis: what cannot be claimed is not run, and the sender is
// told to come again.
func TestWebhookWithoutRedis(t *testing.T) {
	server := startServer(t)
	var ran atomic.Int64
	h := webhookReplicas(t, 1, redisstore.Options{URL: server.url()}, func(context.Context, *webhook.Event) error { ran.Add(1); return nil })[0]
	server.kill()
	start := time.Now()
	if w := deliver(t, h, "msg_1"); w.Code != http.StatusServiceUnavailable || ran.Load() != 0 {
		t.Errorf("without Redis: %d %s, and the handler ran %d times; want 503 and 0", w.Code, w.Body, ran.Load())
	}
	if took := time.Since(start); took > 3*timeout+late {
		t.Errorf("the answer took %v", took)
	}
	if err := server.start(); err != nil {
		t.Fatal(err)
	}
	if err := within(recovery, func() error {
		if w := deliver(t, h, "msg_1"); w.Code != 200 {
			return fmt.Errorf("with Redis: %d %s", w.Code, w.Body)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if n := ran.Load(); n != 1 {
		t.Errorf("the handler ran %d times, want once", n)
	}
}

// users is a Backend API with one user.
type users struct{ name atomic.Value }

func (u *users) User(_ context.Context, id string) (*clerkapi.User, error) {
	return &clerkapi.User{ID: id, Username: u.name.Load().(string)}, nil
}

// TestDirectoryForgetsOnAllReplicas: a change that one replica is told of counts
// on the others within a second.
func TestDirectoryForgetsOnAllReplicas(t *testing.T) {
	u := &users{}
	o := redisstore.Options{URL: shared(t).url(), Prefix: prefix(t), Timeout: patient}
	replicas := make([]*clerk.Directory, 2)
	for i := range replicas {
		var err error
		replicas[i], err = clerk.NewDirectory(clerk.DirectoryConfig{
			Users: u, MaxAge: time.Hour, Store: open(t, o), Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	named := func(d *clerk.Directory, want string) error {
		user, err := d.User(t.Context(), "user_ada")
		if err == nil && user.Username != want {
			err = fmt.Errorf("the user is called %s, want %s", user.Username, want)
		}
		return err
	}
	for round := range 2 { // the first time the journal is empty
		before, after := fmt.Sprint("ada", round), fmt.Sprint("ada", round+1)
		u.name.Store(before)
		for i, d := range replicas {
			if err := within(recovery, func() error { return named(d, before) }); err != nil {
				t.Fatalf("replica %d before the change: %v", i, err)
			}
		}
		u.name.Store(after)
		if err := replicas[0].Invalidate(t.Context(), &webhook.Event{Type: clerk.UserUpdated, Data: []byte(`{"id":"user_ada"}`)}); err != nil {
			t.Fatal(err)
		}
		for i, d := range replicas {
			if err := within(time.Second+late, func() error { return named(d, after) }); err != nil {
				t.Errorf("replica %d after the change: %v", i, err)
			}
		}
	}
}
