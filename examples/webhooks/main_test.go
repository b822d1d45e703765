package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// output is what a program prints, to read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// waitFor returns when the output contains the text.
func (o *output) waitFor(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(o.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("got %s, want %s", o, text)
		}
	}
}

// startProgram runs the program until the returned function ends it.
func startProgram(t *testing.T, args ...string) (address string, o *output, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	o = &output{}
	status := make(chan int, 1)
	go func() { status <- run(ctx, append(args, "-addr", "127.0.0.1:0"), o, o) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if got := <-status; got != 0 || !strings.HasSuffix(o.String(), "stopped\n") {
			t.Errorf("got status %d and %s", got, o)
		}
	})
	t.Cleanup(stop)
	o.waitFor(t, "the API is at ")
	_, after, _ := strings.Cut(o.String(), "the API is at ")
	address, _, _ = strings.Cut(after, "\n")
	return address, o, stop
}

var (
	setting = regexp.MustCompile(`(?m)^(?:export )?([A-Z_]+)=(\S+)$`)
	// command is one of the README: the person whose token it sends and the path, or
	// the arguments, and what the answer contains.
	command = regexp.MustCompile(`(?m)^(?:curl -H "Authorization: Bearer \$([A-Z]+)" http://127\.0\.0\.1:8080(\S+)|go run \./examples/webhooks (replay.*?)) +# (.*)$`)
)

// TestREADME runs the program as the README says, and then its commands.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := command.FindAllStringSubmatch(string(readme), -1)
	if n := strings.Count(string(readme), "\ncurl ") + strings.Count(string(readme), "\ngo run ./examples/webhooks replay"); len(commands) != n || n == 0 {
		t.Fatalf("got %d commands of %d", len(commands), n)
	}
	address, o, stop := startProgram(t, "-local")
	o.waitFor(t, "\nMO=")
	settings := map[string]string{}
	for _, s := range setting.FindAllStringSubmatch(o.String(), -1) {
		settings[s[1]] = s[2]
	}
	t.Setenv(clerk.EnvWebhookSecret, settings[clerk.EnvWebhookSecret])
	for _, c := range commands {
		var got string
		if c[3] != "" {
			var printed bytes.Buffer
			args := strings.Fields(c[3])
			args = append([]string{args[0], "-url", address + "/webhooks"}, args[1:]...)
			if status := run(t.Context(), args, &printed, &printed); status != 0 {
				t.Errorf("%s: got status %d", c[0], status)
			}
			got = printed.String()
		} else {
			got = request(t, address+c[2], settings[c[1]])
		}
		if !strings.Contains(got, c[4]) {
			t.Errorf("%s: got %s, want %s", c[0], got, c[4])
		}
	}
	o.waitFor(t, `mail to "ada@example.test": welcome, "Ada Lovelace"`)
	stop()
	for name, most := range map[string]int{"ada": 1, "max": 1, "mo": 1, "penny": 1, "": 4} {
		n := strings.Count(o.String(), `mail to "`+name)
		if deletedFirst := name == "penny" || name == ""; n > most || n < most && !deletedFirst {
			t.Errorf("got %d mails to %q in %s, want %d", n, name, o, most)
		}
	}
}

func request(t *testing.T, url, token string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestRealInstance runs the program as with an instance that the environment names.
func TestRealInstance(t *testing.T) {
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := instance.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, value := range instance.Env() {
		t.Setenv(name, value)
	}
	file := t.TempDir() + "/users.db"
	for _, profile := range []string{`"profile":null`, `"name":"Mo Salah"`} {
		address, _, stop := startProgram(t, "-database", file)
		token := instance.Token(devclerk.Session{ID: "sess_other", User: "user_mo"}, nil)
		if got := request(t, address+"/me", token); !strings.Contains(got, profile) {
			t.Errorf("got %s, want %s", got, profile)
		}
		var printed bytes.Buffer
		if status := run(t.Context(), []string{"replay", "-url", address + "/webhooks", "shuffled"}, &printed, &printed); status != 0 {
			t.Errorf("got status %d and %s", status, &printed)
		}
		stop()
	}
}

// TestUsage has wrong usage, and answers that replay does not expect.
func TestUsage(t *testing.T) {
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))
	t.Cleanup(broken.Close)
	used, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = used.Close() })
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := gone.Addr().String()
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	secret := devclerk.NewWebhookSecret()
	const local = "-local -addr 127.0.0.1:0"
	for _, name := range []string{"CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY", clerk.EnvOlderWebhookSecret} {
		t.Setenv(name, "")
	}
	for _, tt := range []struct {
		secret, args string
		status       int
		text         string
	}{
		{"", "-h", 0, "go run ./examples/webhooks -local"},
		{"", "replay --help", 0, "go run ./examples/webhooks replay"},
		{"", "", 2, "set CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY, or use -local"},
		{"", "-local now", 2, `unexpected argument "now"`},
		{"", "-local -wrong", 2, "-wrong"},
		{"", "-local -addr 127.0.0.1:x", 1, "unknown port"},
		{"", "-local -addr " + used.Addr().String(), 1, "address already in use"},
		{"", local + " -database /nowhere/x.db", 1, "/nowhere/x.db"},
		{"", "replay", 2, "set CLERK_WEBHOOK_SIGNING_SECRET"},
		{"short", "replay", 1, "not `whsec_` and base64"},
		{secret, "replay sideways", 2, `replay "sideways": use ordered, shuffled, repeated or forged`},
		{secret, "replay forged twice", 2, `unexpected argument "twice"`},
		{secret, "replay -url http://" + closed, 1, "connection refused"},
		{secret, "replay -url " + broken.URL, 1, "15 of 15 answers were not 200"},
		{secret, "replay -url " + broken.URL + " repeated", 1, "30 of 30 answers were not 200"},
		{secret, "replay -url " + broken.URL + " forged", 1, "15 of 15 answers were not 400"},
	} {
		t.Setenv(clerk.EnvWebhookSecret, tt.secret)
		var o bytes.Buffer
		got := run(t.Context(), strings.Fields(tt.args), &o, &o)
		if got != tt.status || !strings.Contains(o.String(), tt.text) {
			t.Errorf("%q: got status %d and %s, want %d with %q", tt.args, got, &o, tt.status, tt.text)
		}
	}
	for _, name := range []string{"CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY"} {
		t.Setenv(name, "x")
	}
	t.Setenv(clerk.EnvWebhookSecret, "")
	var o bytes.Buffer
	if got := run(t.Context(), nil, &o, &o); got != 1 || !strings.Contains(o.String(), clerk.EnvWebhookSecret) {
		t.Errorf("without a webhook secret: got status %d and %s", got, &o)
	}
}
