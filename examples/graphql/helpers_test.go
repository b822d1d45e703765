package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/devissuer"
)

// patience is how long anything may take. Only a failure waits for its end.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// onEach runs a test on each framework.
func onEach(t *testing.T, test func(t *testing.T, framework string)) {
	for _, name := range slices.Sorted(maps.Keys(frameworks)) {
		t.Run(name, func(t *testing.T) { test(t, name) })
	}
}

// running is an API that listens.
type running struct {
	*backend
	issuer       *devissuer.Issuer
	addr         string
	closeSockets context.CancelFunc
}

func newTestBackend(t *testing.T, issuer *devissuer.Issuer, change ...func(*core.Config)) *backend {
	t.Helper()
	change = append(change, func(c *core.Config) { c.Observer = core.Silent })
	b, err := newBackend(t.Context(), ":memory:", issuer.URL(), issuer.Audience(), change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// start serves on loopback until the test ends.
func start(t *testing.T, framework string, change ...func(*core.Config)) *running {
	t.Helper()
	issuer := authtest.NewIssuer(t)
	b := newTestBackend(t, issuer, change...)
	closing, closeSockets := context.WithCancel(t.Context())
	server := frameworks[framework](b, newHandler(closing, b))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.serve(listener) }()
	t.Cleanup(func() {
		closeSockets()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := server.shutdown(ctx); err != nil {
			t.Error(err)
		}
		<-served
	})
	return &running{b, issuer, listener.Addr().String(), closeSockets}
}

// token returns a token of one of the people of the local issuer.
func (r *running) token(name string, change devissuer.Claims) string {
	for _, p := range people {
		if p.name == name {
			return r.issuer.Token(devissuer.With(p.claims, change))
		}
	}
	return name // a bad token, or none
}

// result is an answer of the API.
type result struct {
	status int
	body   string
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
}

// code returns the code of the only error, or "".
func (r *result) code() string {
	if len(r.Errors) != 1 {
		return ""
	}
	code, _ := r.Errors[0].Extensions["code"].(string)
	return code
}

// ask makes a request. token may be "".
func (r *running) ask(t *testing.T, token, query string, variables map[string]any) *result {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.addr+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := &result{status: response.StatusCode, body: string(text)}
	if err := json.Unmarshal(text, got); err != nil && strings.HasPrefix(string(text), `{"data"`) {
		t.Fatalf("%v in %s", err, text)
	}
	return got
}

// create writes a post and returns its ID.
func (r *running) create(t *testing.T, token, title string, published bool) string {
	t.Helper()
	got := r.ask(t, token, `mutation($input: PostInput!) { createPost(input: $input) { id } }`,
		map[string]any{"input": map[string]any{"title": title, "published": published}})
	post, _ := got.Data["createPost"].(map[string]any)
	id, _ := post["id"].(string)
	if id == "" {
		t.Fatalf("creating a post: got %d %s", got.status, got.body)
	}
	return id
}
