package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	env := func(values ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(values); i += 2 {
				if values[i] == name {
					return values[i+1]
				}
			}
			return ""
		}
	}
	trusted := env("OIDC_ISSUER", "https://issuer.example", "OIDC_AUDIENCE", "https://api.example")
	for _, tt := range []struct {
		args   string
		getenv func(string) string
		status int
		output string
	}{
		{"-h", env(), 0, "-framework NAME"},
		{"", env(), 2, "set OIDC_ISSUER and OIDC_AUDIENCE"},
		{"-local -framework rails", env(), 2, "chi, echo4, echo5, fiber2, fiber3, gin"},
		{"-local now", env(), 2, `unexpected argument "now"`},
		{"-wrong", trusted, 2, "-wrong"},
		{"-addr 127.0.0.1:x", trusted, 1, "unknown port"},
		{"-addr 127.0.0.1:0", env("OIDC_ISSUER", "issuer", "OIDC_AUDIENCE", "x"), 1, "Issuers"},
		{"-addr 127.0.0.1:0 -database /nowhere/x.db", trusted, 1, "/nowhere/x.db"},
	} {
		var output bytes.Buffer
		if got := run(t.Context(), strings.Fields(tt.args), tt.getenv, &output, &output); got != tt.status || !strings.Contains(output.String(), tt.output) {
			t.Errorf("%q: got status %d and %s, want %d with %q", tt.args, got, &output, tt.status, tt.output)
		}
	}
}

// curl is a command of the README: its data, the person whose token it sends, and what
// the answer contains.
var curl = regexp.MustCompile(`(?m)^curl -d '(.*?)'(?: -H "Authorization: Bearer \$(\w+)")? .* +# (.*)$`)

// TestREADME runs the program as the README says, with each framework, and its
// commands.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := curl.FindAllStringSubmatch(string(readme), -1)
	if len(commands) != strings.Count(string(readme), "\ncurl ") || len(commands) < 5 {
		t.Fatalf("got %d commands", len(commands))
	}
	onEach(t, func(t *testing.T, framework string) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		output, writer := io.Pipe()
		status := make(chan int, 1)
		go func() {
			status <- run(ctx, []string{"-local", "-framework", framework, "-addr", "127.0.0.1:0"}, func(string) string { return "" }, writer, writer)
			_ = writer.Close()
		}()
		url, tokens := greeting(t, output)
		rest := make(chan string, 1)
		go func() {
			text, _ := io.ReadAll(output)
			rest <- string(text)
		}()
		for _, c := range commands {
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(c[1]))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			if c[2] != "" {
				request.Header.Set("Authorization", "Bearer "+tokens[c[2]])
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || !json.Valid(body) || !strings.Contains(string(body), c[3]) {
				t.Errorf("%s: got %d %s, %v, want %s", c[1], response.StatusCode, body, err, c[3])
			}
		}
		http.DefaultClient.CloseIdleConnections()
		stop()
		if got := <-status; got != 0 {
			t.Errorf("got status %d", got)
		}
		if got := <-rest; !strings.Contains(got, "stopped") {
			t.Errorf("got %q at the end", got)
		}
	})
}

// greeting reads the address and the tokens that the program prints.
func greeting(t *testing.T, output io.Reader) (url string, tokens map[string]string) {
	t.Helper()
	tokens = make(map[string]string)
	var text strings.Builder
	buffer := make([]byte, 4096)
	for len(tokens) < len(people) {
		n, err := output.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %s", err, &text)
		}
		text.Write(buffer[:n])
		for line := range strings.Lines(text.String()) {
			name, value, found := strings.Cut(strings.TrimSpace(line), "=")
			if found && strings.HasSuffix(line, "\n") {
				tokens[name] = value
			}
		}
	}
	_, after, _ := strings.Cut(text.String(), " at ")
	url, _, _ = strings.Cut(after, "\n")
	return url, tokens
}
