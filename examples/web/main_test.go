package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMain goes to the root of the repository, where the program runs.
func TestMain(m *testing.M) {
	if err := os.Chdir(filepath.Join("..", "..")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestUse(t *testing.T) {
	for _, row := range []struct {
		args     string
		status   int
		out, err string // contained
	}{
		{"-h", 0, "Serves a web page", ""},
		{"more", 2, "", `unexpected argument "more"`},
		{"-issuer https://issuer.example", 2, "", "set -issuer and -api together"},
		{"-issuer issuer.example -api https://api.example", 2, "", `-issuer is "issuer.example": use an address that begins with https://`},
		{"-issuer https://issuer.example -api ftp://api.example", 2, "", "-api is"},
		{"-dev -dist x", 2, "", "set one of them"},
		{"-lifetime 1ms", 2, "", "-lifetime is 1ms: use a second at least"},
		{"-addr nowhere:x", 1, "", "web: listen tcp"},
	} {
		var out, stderr bytes.Buffer
		status := run(t.Context(), strings.Fields(row.args), &out, &stderr)
		if status != row.status || !strings.Contains(out.String(), row.out) || !strings.Contains(stderr.String(), row.err) {
			t.Errorf("%s: got %d, %q and %q, want %d, %q and %q", row.args, status, out.String(), stderr.String(), row.status, row.out, row.err)
		}
	}
}

// command is a command of the README that runs this program.
var command = regexp.MustCompile(`(?m)^go run \./examples/web(.*?)(?:#.*)?$`)

// TestREADME runs the program as the README says: everything on this machine, for the
// page of "npm run dev", and with an issuer and an API that run elsewhere. scripts/e2e
// builds the page and opens it in a browser.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("examples", "web", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dist := t.TempDir()
	if err := os.WriteFile(filepath.Join(dist, "index.html"), []byte("the page"), 0o600); err != nil {
		t.Fatal(err)
	}
	var tested []string
	for _, found := range command.FindAllStringSubmatch(string(readme), -1) {
		args := strings.Fields(found[1])
		tested = append(tested, strings.Join(args, " "))
		if !slices.Contains(args, "-dev") {
			args = append(args, "-dist", dist)
		}
		t.Run(strings.Join(args, " "), func(t *testing.T) { serves(t, args) })
	}
	want := []string{"", "-dev", "-issuer https://issuer.example -client your-client-id -api https://api.example"}
	if !slices.Equal(tested, want) {
		t.Errorf("got the commands %q, want %q", tested, want)
	}
}

// serves starts the program and looks at what the page gets.
func serves(t *testing.T, args []string) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	output, writer := io.Pipe()
	var stderr bytes.Buffer
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, append(args, "-addr", "127.0.0.1:0"), writer, &stderr)
		_ = writer.Close()
	}()
	var address string
	remaining := bufio.NewReader(output)
	for address == "" {
		line, err := remaining.ReadString('\n')
		if err != nil {
			t.Fatalf("the program ended with %d: %s", <-status, stderr.String())
		}
		if slices.Contains(args, "-dev") && strings.Contains(line, devServer) {
			address = "-"
		}
		if _, found, ok := strings.Cut(line, "the page is at "); ok {
			address = strings.TrimSpace(found)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, remaining) }()
	if address != "-" {
		var s settings
		if err := json.Unmarshal(get(t, address+"/settings.json"), &s); err != nil {
			t.Fatal(err)
		}
		if got := string(get(t, address+"/posts/1")); got != "the page" {
			t.Errorf("got %q, want the page", got)
		}
		if strings.HasPrefix(s.API, "http://127.0.0.1:") {
			if got := string(get(t, s.API+"/posts")); strings.Count(got, `"authorName":"Mo"`) != 2 || strings.Count(got, `"authorName":"Ada"`) != 2 {
				t.Errorf("the API has the posts %s", got)
			}
		} else if want := (settings{"https://issuer.example", "your-client-id", "https://api.example"}); s != want {
			t.Errorf("got the settings %+v, want %+v", s, want)
		}
	}
	stop()
	if got := <-status; got != 0 || stderr.Len() > 0 {
		t.Errorf("the program ended with %d: %s", got, stderr.String())
	}
}

func get(t *testing.T, address string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %s, %v", address, response.Status, err)
	}
	return body
}
