package devclerk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// TestSignWebhook compares with what Svix's own library signs.
func TestSignWebhook(t *testing.T) {
	const user = `{"data":{"id":"user_29w83sxmDNGwOuEthce5gg56FcC","object":"user"},"object":"event","type":"user.created","timestamp":1767225600000,"instance_id":"ins_123"}`
	tests := []struct {
		name, secret, id string
		at               int64
		body, signature  string
	}{
		{"Clerk", "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY", "msg_2abcDEF", 1767225600, user, "v1,rdtH+5JYdbJ9o7pgxaawEHDUTraGJgbVM4bHVGbvBGA="},
		{"no prefix", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY", "msg_2abcDEF", 1767225600, user, "v1,rdtH+5JYdbJ9o7pgxaawEHDUTraGJgbVM4bHVGbvBGA="},
		{"Svix", "whsec_dGhpcy1pcy1hLXRlc3Qta2V5LTMyLWJ5dGVzLWxvbmc=", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`, "v1,/PjnjE2GzYEb7eNcbm8UTMv+zmZOu+G8iAQe3ZktPC8="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, err := devclerk.SignWebhook(tt.secret, tt.id, time.Unix(tt.at, 999), []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			standard := devclerk.StandardWebhook(h)
			for _, name := range []string{"id", "timestamp", "signature"} {
				if h.Get("webhook-"+name) != "" || standard.Get("svix-"+name) != "" || h.Get("svix-"+name) != standard.Get("webhook-"+name) {
					t.Errorf("%s: got %v and %v", name, h, standard)
				}
			}
			if got := h.Get("svix-signature"); got != tt.signature {
				t.Errorf("got %s, want %s", got, tt.signature)
			}
			if h.Get("svix-id") != tt.id || h.Get("content-type") != "application/json" || standard.Get("content-type") != "application/json" {
				t.Errorf("got %v and %v", h, standard)
			}
		})
	}
	for _, secret := range []string{"", "whsec_", "whsec_*"} {
		if h, err := devclerk.SignWebhook(secret, "msg_1", time.Now(), nil); err == nil {
			t.Errorf("secret %q: got %v, want an error", secret, h)
		}
	}
}

func TestWebhookSend(t *testing.T) {
	now := time.Unix(1767225600, 0)
	c := startClerk(t, devclerk.Options{Now: func() time.Time { return now }})
	type delivery struct {
		method string
		header http.Header
		body   string
	}
	received := make(chan delivery, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		received <- delivery{r.Method, r.Header, string(body)}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(s.Close)

	w := c.NewWebhook("user.created", Claims{"id": "user_1", "object": "user"})
	standard, forged := w, w.Forged()
	standard.Standard = true
	for _, tt := range []struct {
		name, prefix string
		webhook      devclerk.Webhook
		genuine      bool
	}{{"Svix", "Svix-", w, true}, {"Standard Webhooks", "Webhook-", standard, true}, {"forged", "Svix-", forged, false}} {
		t.Run(tt.name, func(t *testing.T) {
			status, body, err := tt.webhook.Send(t.Context(), s.URL)
			if err != nil || status != http.StatusTemporaryRedirect {
				t.Fatalf("got %d %s, %v, want the redirect itself", status, body, err)
			}
			got := <-received
			if got.method != http.MethodPost || got.body != string(w.Body) {
				t.Errorf("got %s %s, want POST %s", got.method, got.body, w.Body)
			}
			want, err := devclerk.SignWebhook(c.WebhookSecret(), w.ID, now, w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if id := got.header.Get(tt.prefix + "Id"); id != w.ID {
				t.Errorf("got id %q, want %q", id, w.ID)
			}
			if is := got.header.Get(tt.prefix+"Signature") == want.Get("Svix-Signature"); is != tt.genuine {
				t.Errorf("signed with the instance's secret: got %t, want %t", is, tt.genuine)
			}
		})
	}
	var envelope struct {
		Object, Type, InstanceID string
		Timestamp                int64
		Data                     Claims
	}
	if err := json.Unmarshal([]byte(strings.Replace(string(w.Body), "instance_id", "instanceid", 1)), &envelope); err != nil {
		t.Fatal(err)
	}
	if envelope.Object != "event" || envelope.Type != "user.created" || envelope.InstanceID != c.InstanceID() ||
		envelope.Timestamp != now.UnixMilli() || envelope.Data["id"] != "user_1" {
		t.Errorf("got %+v", envelope)
	}
	w.Secret = "whsec_"
	if status, _, err := w.Send(t.Context(), s.URL); err == nil {
		t.Errorf("without a secret: got %d, want an error", status)
	}
}
