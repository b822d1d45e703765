package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// blogPeople are who can sign in, with the claims of their access tokens.
var blogPeople = map[string]devissuer.Claims{
	"ada": {"sub": "user_ada", "name": "Ada", "email": "ada@example.com", "roles": []string{"admin"}, "permissions": []string{"content:write"}},
	"max": {"sub": "user_max", "name": "Max", "email": "max@example.com", "roles": []string{"manager"}},
	"mo":  {"sub": "user_mo", "name": "Mo", "email": "mo@example.com", "permissions": []string{"content:write"}, "org_id": "org_1", "org_slug": "first"},
}

// blog is examples/rest/chi as a process and its issuer, with hooks that stop and
// start them for the script in the browser.
type blog struct {
	issuer         *devissuer.Issuer
	address, hooks string

	start  func() (*process, error)
	server *http.Server
	served chan error
	down   bool // the issuer; the script calls one hook at a time

	mu     sync.Mutex // guards the following, and is held by a hook while it works
	api    *process   // nil while it is stopped
	absent []string   // people whom the issuer no longer knows
}

// startBlog starts the issuer, the API with the posts of examples/web, and the hooks.
// origin is that of the page.
func (t *suite) startBlog(ctx context.Context, origin string) (_ *blog, err error) {
	b := &blog{served: make(chan error, 1)}
	b.issuer, err = devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, SignIn: &devissuer.SignIn{
		Users: b.users, Origins: []string{origin}, Lifetime: 5 * time.Minute,
	}})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	program := filepath.Join(t.work, "blog-api")
	if _, err := t.command(ctx, t.root, "go", "build", "-o", program, "./examples/rest/chi"); err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp(t.work, "blog-") // empty also where an earlier run left its folder
	if err != nil {
		return nil, err
	}
	environment := append(os.Environ(), "OIDC_ISSUER="+b.issuer.URL(), "OIDC_AUDIENCE="+b.issuer.Audience())
	listen := "127.0.0.1:0"
	b.start = func() (*process, error) {
		return startProgram(ctx, t.work, environment, "the API is at ", program, "-addr", listen, "-origins", origin, "-database", filepath.Join(data, "blog.db"))
	}
	if b.api, err = b.start(); err != nil {
		return nil, err
	}
	b.address = b.api.says
	listen = strings.TrimPrefix(b.address, "http://")
	if err := b.publish(ctx, filepath.Join(t.root, "examples", "web", "posts.json")); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.hooks = "http://" + listener.Addr().String()
	b.server = &http.Server{Handler: http.HandlerFunc(b.hook), ReadHeaderTimeout: time.Minute}
	go func() { b.served <- b.server.Serve(listener) }()
	return b, nil
}

func (b *blog) users() []devissuer.User {
	b.mu.Lock()
	defer b.mu.Unlock()
	var users []devissuer.User
	for _, name := range []string{"ada", "max", "mo"} {
		claims := blogPeople[name]
		if slices.Contains(b.absent, name) {
			continue
		}
		shown, _ := claims["name"].(string)
		subject, _ := claims["sub"].(string)
		users = append(users, devissuer.User{Name: shown, Subject: subject, Claims: devissuer.Claims{"name": shown, "email": claims["email"]}, AccessClaims: claims})
	}
	return users
}

// publish writes posts as their authors.
func (b *blog) publish(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var posts []struct{ Author, Title, Body string }
	if err := json.Unmarshal(text, &posts); err != nil {
		return err
	}
	for _, post := range posts {
		body, err := json.Marshal(map[string]any{"title": post.Title, "body": post.Body, "published": true})
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address+"/posts", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+b.issuer.Token(blogPeople[post.Author]))
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if response.StatusCode != http.StatusCreated {
			return fmt.Errorf("publishing %q: the API answered %s", post.Title, response.Status)
		}
	}
	return nil
}

// hook does what its path says. What is stopped may be stopped again.
func (b *blog) hook(w http.ResponseWriter, r *http.Request) {
	if err := b.do(r.URL.Path); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (b *blog) do(path string) (err error) {
	switch path {
	case "/issuer/down": // waits for requests, which ask for the users
		b.issuer.Down()
		b.down = true
		return nil
	case "/issuer/up":
		return b.up()
	case "/all/up":
		return errors.Join(b.up(), b.do("/api/start"), b.do("/people/all"))
	case "/keys/replace":
		old := b.issuer.Key("ES256").ID
		b.issuer.Rotate("ES256")
		b.issuer.Retire(old)
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch path {
	case "/api/stop":
		if b.api != nil {
			err, b.api = b.api.stop(), nil
		}
	case "/api/start":
		if b.api == nil {
			b.api, err = b.start()
		}
	case "/people/remove-mo":
		b.absent = []string{"mo"}
	case "/people/all":
		b.absent = nil
	default:
		err = fmt.Errorf("there is no hook %q", path)
	}
	return err
}

func (b *blog) up() error {
	if !b.down {
		return nil
	}
	b.down = false
	return b.issuer.Up()
}

func (b *blog) close() (err error) {
	if b.server != nil {
		err = errors.Join(b.server.Close(), ended(<-b.served))
	}
	return errors.Join(err, b.do("/api/stop"), b.issuer.Close())
}
