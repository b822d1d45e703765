package clerkapi

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
)

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": time.Second, "0": time.Second, "-5": time.Second, "7": 7 * time.Second, "3600": time.Minute, "x": time.Second,
		epoch.Add(9 * time.Second).UTC().Format(http.TimeFormat): 9 * time.Second,
		"99999999999999999999": time.Second,
	} {
		if got := retryAfter(value, epoch); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func TestNewBackend(t *testing.T) {
	for field, cfg := range map[string]BackendConfig{
		"SecretKey (CLERK_SECRET_KEY)": {},
		"SecretKey":                    {SecretKey: "pk_test_x"},
		"SecretKey ":                   {SecretKey: "sk_test_your_key_here"},
		"APIURL":                       {SecretKey: "sk_test_x", APIURL: "http://api.example.com"},
		"Timeout":                      {SecretKey: "sk_test_x", Timeout: -1},
		"MachineSecretKey":             {MachineSecretKey: "sk_test_x"},
	} {
		if _, err := NewBackend(cfg); err == nil || !strings.HasPrefix(err.Error(), "clerkapi: BackendConfig."+strings.TrimSpace(field)) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	for _, cfg := range []BackendConfig{{SecretKey: "sk_live_x"}, {MachineSecretKey: "ak_x"}, {SecretKey: "sk_live_x", MachineSecretKey: "ak_x"}} {
		if _, err := NewBackend(cfg); err != nil {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	machine, err := NewBackend(BackendConfig{MachineSecretKey: "ak_x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := machine.User(t.Context(), "user_1"); !errors.Is(err, core.ErrUnavailable) || !strings.Contains(err.Error(), "SecretKey") {
		t.Errorf("a user with the key of a machine: got %v", err)
	}
}

// TestBackendRequest: what Clerk is sent, and in which version it is to answer.
func TestBackendRequest(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got, body = r, string(text)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"user_1","object":"user"}`)
	}))
	t.Cleanup(server.Close)
	b, err := NewBackend(BackendConfig{SecretKey: "sk_test_1", APIURL: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.client.CloseIdleConnections)
	if _, err := b.UpdateUserMetadata(t.Context(), "user_1", Metadata{Public: map[string]any{"role": nil}}); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPatch || got.RequestURI != "/v1/users/user_1/metadata" || body != `{"public_metadata":{"role":null}}` {
		t.Errorf("got %s %s %s", got.Method, got.RequestURI, body)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer sk_test_1", "Clerk-Api-Version": apiVersion, "Content-Type": "application/json", "Accept": "application/json",
	} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
