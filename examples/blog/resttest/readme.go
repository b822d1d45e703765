package resttest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/examples/blog/rest"
)

// curl is a command of a README: the person whose token it sends, its data, the path,
// and what the answer contains.
var curl = regexp.MustCompile(`(?m)^curl (?:-H "Authorization: Bearer \$(\w+)" )?(?:--json '(.*?)' )?http://127\.0\.0\.1:8080(\S+) +# (.*)$`)

// RunREADME runs a program as its README says, and then the commands of the README.
func RunREADME(t *testing.T, newServer func(*rest.API) rest.Server) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := curl.FindAllStringSubmatch(string(readme), -1)
	if len(commands) == 0 || len(commands) != strings.Count(string(readme), "\ncurl ") {
		t.Fatalf("got %d commands", len(commands))
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	output, writer := io.Pipe()
	status := make(chan int, 1)
	go func() {
		args := []string{"-local", "-addr", "127.0.0.1:0"}
		status <- rest.Run(ctx, "a framework", "folder", newServer, args, func(string) string { return "" }, writer, writer)
		_ = writer.Close()
	}()
	address, tokens := greeting(t, output)
	remaining := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(output)
		remaining <- string(text)
	}()
	for _, c := range commands {
		method := http.MethodGet
		if c[2] != "" {
			method = http.MethodPost
		}
		request, err := http.NewRequestWithContext(ctx, method, address+c[3], strings.NewReader(c[2]))
		if err != nil {
			t.Fatal(err)
		}
		if c[2] != "" {
			request.Header.Set("Content-Type", "application/json")
		}
		if c[1] != "" {
			request.Header.Set("Authorization", "Bearer "+tokens[c[1]])
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !strings.Contains(string(body), c[4]) {
			t.Errorf("%s: got %d %s, %v, want %s", c[0], response.StatusCode, body, err, c[4])
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if got := <-status; got != 0 {
		t.Errorf("got status %d", got)
	}
	if got := <-remaining; !strings.Contains(got, "stopped") {
		t.Errorf("got %q at the end", got)
	}
	usage(t, newServer)
}

// usage checks what wrong usage is answered with.
func usage(t *testing.T, newServer func(*rest.API) rest.Server) {
	t.Helper()
	for args, want := range map[string]struct {
		status int
		text   string
	}{
		"-h":                       {0, "go run ./examples/rest/folder -local"},
		"":                         {2, "set OIDC_ISSUER and OIDC_AUDIENCE"},
		"-local now":               {2, `unexpected argument "now"`},
		"-local -wrong":            {2, "-wrong"},
		"-local -addr 127.0.0.1:x": {1, "unknown port"},
		"-local -addr 127.0.0.1:0 -database /nowhere/x.db": {1, "/nowhere/x.db"},
	} {
		var output bytes.Buffer
		got := rest.Run(t.Context(), "a framework", "folder", newServer, strings.Fields(args), func(string) string { return "" }, &output, &output)
		if got != want.status || !strings.Contains(output.String(), want.text) {
			t.Errorf("%q: got status %d and %s, want %d with %q", args, got, &output, want.status, want.text)
		}
	}
}

// greeting reads the address and the tokens that the program prints.
func greeting(t *testing.T, output io.Reader) (address string, tokens map[string]string) {
	t.Helper()
	tokens = make(map[string]string)
	var text strings.Builder
	buffer := make([]byte, 4096)
	for len(tokens) < len(rest.People) {
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
	_, after, _ := strings.Cut(text.String(), "the API is at ")
	address, _, _ = strings.Cut(after, "\n")
	return address, tokens
}
