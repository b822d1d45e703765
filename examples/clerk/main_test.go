package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// output is what a running program prints.
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

var (
	address = regexp.MustCompile(`the API is at (http://\S+)`)
	setting = regexp.MustCompile(`(?m)^([A-Z]+)=(\S+)$`)
	call    = regexp.MustCompile(`(?m)^curl (-X [A-Z]+ )?(?:-d '([^']*)' )?(?:-H "Authorization: Bearer \$([A-Z]+)" )?http://127\.0\.0\.1:8080(\S+) +# (.*)$`)
)

// TestREADME runs the program and the commands of the README.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	calls := call.FindAllStringSubmatch(string(readme), -1)
	if n := strings.Count(string(readme), "\ncurl "); len(calls) != n || n == 0 {
		t.Fatalf("got %d commands of %d", len(calls), n)
	}
	ctx, stop := context.WithCancel(t.Context())
	var out output
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, &out, &out) }()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(out.String(), "\nGRACE="); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("got %s", &out)
		}
	}
	settings := map[string]string{}
	for _, s := range setting.FindAllStringSubmatch(out.String(), -1) {
		settings[s[1]] = s[2]
	}
	base := address.FindStringSubmatch(out.String())[1]
	s := &suite{t: t, base: base}
	for _, c := range calls {
		method := strings.TrimSpace(strings.TrimPrefix(c[1], "-X "))
		switch {
		case method != "":
		case c[2] != "":
			method = "POST"
		default:
			method = "GET"
		}
		status, body := s.send(method, strings.ReplaceAll(c[4], "$ORG", settings["ORG"]), settings[c[3]], c[2])
		if got := strings.TrimSpace(body); !strings.Contains(got, c[5]) && c[5] != strconv.Itoa(status) {
			t.Errorf("%s: got %d %s", c[0], status, got)
		}
	}
	stop()
	if status := <-ended; status != 0 || !strings.HasSuffix(out.String(), "stopped\n") {
		t.Errorf("got status %d and %s", status, &out)
	}
}

func TestUsage(t *testing.T) {
	for _, row := range []struct {
		name        string
		args        []string
		public, key string // of the environment
		status      int
		contains    string
	}{
		{"help", []string{"-h"}, "", "", 0, "seed [-yes] [-live]"},
		{"help of seed", []string{"seed", "-help"}, "", "", 0, "seed [-yes] [-live]"},
		{"an unknown option", []string{"-x"}, "", "", 2, "not defined: -x"},
		{"an argument", []string{"now"}, "", "", 2, `unexpected argument "now"`},
		{"one key alone", nil, "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", "", 2, "or neither for the stand-in"},
		{"the other key alone", []string{"seed"}, "", "sk_test_x", 2, "or neither for the stand-in"},
		{"seed without keys", []string{"seed", "-yes"}, "", "", 2, "the stand-in is seeded when it starts"},
		{"seed without -yes", []string{"seed"}, "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", "sk_test_x", 0, "add -yes to do it"},
		{"seed of production", []string{"seed", "-yes"}, "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k", "sk_live_x", 1, "add -live"},
		{"a key that is none", []string{"seed", "-yes"}, "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", "pk_test_x", 1, "SecretKey"},
		{"an address that is taken", []string{"-addr", "256.0.0.1:1"}, "", "", 1, "256.0.0.1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("CLERK_PUBLISHABLE_KEY", row.public)
			t.Setenv("CLERK_SECRET_KEY", row.key)
			var out bytes.Buffer
			if status := run(t.Context(), row.args, &out, &out); status != row.status || !strings.Contains(out.String(), row.contains) {
				t.Errorf("got %d %s, want %d with %q", status, &out, row.status, row.contains)
			}
		})
	}
}

// TestSeed: it creates what is missing, and repairs what was changed, however often it
// runs.
func TestSeed(t *testing.T) {
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = instance.Close() })
	for name, value := range instance.Env() {
		t.Setenv(name, value)
	}
	t.Setenv("CLERK_API_URL", instance.APIURL())
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: instance.SecretKey(), APIURL: instance.APIURL()})
	if err != nil {
		t.Fatal(err)
	}
	seedNow := func() string {
		t.Helper()
		var out bytes.Buffer
		if status := run(t.Context(), []string{"seed", "-yes"}, &out, &out); status != 0 {
			t.Fatalf("got %d %s", status, &out)
		}
		return out.String()
	}
	first := seedNow()
	u, err := backend.UserByExternalID(t.Context(), people[1].externalID())
	if err != nil {
		t.Fatal(err)
	}
	o, err := backend.Organization(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(first, "Mo is "+u.ID) || !strings.Contains(first, "organization "+o.ID) {
		t.Errorf("got %s", first)
	}
	if again := seedNow(); again != first {
		t.Errorf("the second time: got\n%s\nthe first time\n%s", again, first)
	}
	if _, err := backend.UpdateMembership(t.Context(), o.ID, u.ID, "org:admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := backend.UpdateUserMetadata(t.Context(), u.ID, clerkapi.Metadata{Public: map[string]any{"role": "admin"}}); err != nil {
		t.Fatal(err)
	}
	instance.DeleteMembership(u.ID, o.ID+"x")
	seedNow()
	list, err := backend.Memberships(t.Context(), u.ID)
	if err != nil || len(list) != 1 || list[0].Role != "org:member" {
		t.Errorf("got %+v, %v", list, err)
	}
	if u, err = backend.User(t.Context(), u.ID); err != nil || string(u.PublicMetadata) != `{"role":"member"}` {
		t.Errorf("got %s, %v", u.PublicMetadata, err)
	}
}
