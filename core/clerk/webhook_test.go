package clerk

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
	"github.com/authkeel/authkeel/core/webhook"
)

const (
	oneSecret   = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"
	otherSecret = "whsec_dGhpcy1pcy1hLXRlc3Qta2V5LTMyLWJ5dGVzLWxvbmc="
)

func TestWebhookVerifierFromEnv(t *testing.T) {
	for _, row := range []struct {
		name, newer, older string
		accepts, refuses   []string
	}{
		{"newer name", oneSecret, "", []string{oneSecret}, []string{otherSecret}},
		{"older name", "", otherSecret, []string{otherSecret}, []string{oneSecret}},
		{"both", oneSecret, otherSecret, []string{oneSecret}, []string{otherSecret}},
		{"two in one, comma", oneSecret + "," + otherSecret, "", []string{oneSecret, otherSecret}, nil},
		{"two in one, spaces", " " + oneSecret + "  " + otherSecret + "\n", "", []string{oneSecret, otherSecret}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv(EnvWebhookSecret, row.newer)
			t.Setenv(EnvOlderWebhookSecret, row.older)
			v, err := WebhookVerifierFromEnv()
			if err != nil {
				t.Fatal(err)
			}
			verify := func(secret string) error {
				header, err := devclerk.SignWebhook(secret, "msg_1", time.Now(), []byte("{}"))
				if err != nil {
					t.Fatal(err)
				}
				_, err = v.Verify(header, []byte("{}"))
				return err
			}
			for _, secret := range row.accepts {
				if err := verify(secret); err != nil {
					t.Errorf("a secret that is set: %v", err)
				}
			}
			for _, secret := range row.refuses {
				if err := verify(secret); !errors.Is(err, webhook.ErrSignature) {
					t.Errorf("a secret that is not set: %v, want ErrSignature", err)
				}
			}
		})
	}
	t.Setenv(EnvOlderWebhookSecret, "")
	for _, value := range []string{"", " ", ",", "whsec_", "whsec_c2hvcnQ="} {
		t.Setenv(EnvWebhookSecret, value)
		if _, err := WebhookVerifierFromEnv(); err == nil || !strings.Contains(err.Error(), EnvWebhookSecret) {
			t.Errorf("with %q: %v, want an error that names the variable", value, err)
		}
	}
}

// TestNewWebhook delivers what the stand-in Clerk signs.
func TestNewWebhook(t *testing.T) {
	c := startInstance(t, &testClock{now: time.Now()})
	var got []string
	handlers := webhook.Handlers{UserCreated: webhook.Typed(func(_ context.Context, e *webhook.Event, u clerkapi.User) error {
		got = append(got, u.ID+" of "+EventSourceOf(e).InstanceID)
		return nil
	})}
	t.Setenv(EnvWebhookSecret, "")
	t.Setenv(EnvOlderWebhookSecret, "")
	if _, err := NewWebhook(handlers); err == nil {
		t.Error("without a secret: no error")
	}
	t.Setenv(EnvWebhookSecret, c.WebhookSecret())
	h, err := NewWebhook(handlers)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	message := c.NewWebhook(UserCreated, object{"id": "user_1", "object": "user"})
	for delivery, want := range []string{`{"status":"processed"}`, `{"status":"already_processed"}`} {
		if status, body, err := message.Send(t.Context(), server.URL); status != http.StatusOK || string(body) != want || err != nil {
			t.Errorf("delivery %d: %d %s, %v, want %s", delivery, status, body, err, want)
		}
	}
	if status, _, err := message.Forged().Send(t.Context(), server.URL); status != http.StatusBadRequest || err != nil {
		t.Errorf("a forged one: %d, %v", status, err)
	}
	if want := []string{"user_1 of " + c.InstanceID()}; !reflect.DeepEqual(got, want) {
		t.Errorf("ran for %q, want %q", got, want)
	}
}

func TestEventSource(t *testing.T) {
	for body, want := range map[string]EventSource{
		`{"type":"a","instance_id":"ins_1","timestamp":1654012591835,"event_attributes":{"http_request":{"client_ip":"192.0.2.1","user_agent":"Mozilla/5.0"}}}`: {
			InstanceID: "ins_1", Time: time.UnixMilli(1654012591835), ClientIP: "192.0.2.1", UserAgent: "Mozilla/5.0"},
		`{"type":"a","timestamp":1654012591}`: {Time: time.Unix(1654012591, 0)},
		`{"type":"a"}`:                        {},
		`{"type":"a","instance_id":null,"timestamp":null,"event_attributes":null}`:                                  {},
		`{"type":"a","instance_id":1,"timestamp":"2022-11-03","event_attributes":"x"}`:                              {},
		`{"type":"a","Instance_ID":"ins_1","event_attributes":{"http_request":[]}}`:                                 {},
		`{"type":"a","event_attributes":{"http_request":{"client_ip":1,"user_agent":"x"}}}`:                         {UserAgent: "x"},
		`{"type":"a","data":{"instance_id":"ins_2","event_attributes":{"http_request":{"client_ip":"192.0.2.9"}}}}`: {},
	} {
		e, err := webhook.Message{Body: []byte(body)}.Event()
		if err != nil {
			t.Fatal(err)
		}
		if got := EventSourceOf(e); !got.Time.Equal(want.Time) || got.InstanceID != want.InstanceID || got.ClientIP != want.ClientIP || got.UserAgent != want.UserAgent {
			t.Errorf("%s: got %+v, want %+v", body, got, want)
		}
	}
}
