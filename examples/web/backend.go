package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/examples/blog/rest"
)

// startBackend starts an issuer at which people sign in, and the API in a process of
// its own, and sets the options that name them. ended gets a value when the API ends.
func (o *options) startBackend(ctx context.Context, origin string, ended chan<- error, stdout io.Writer) (stop func() error, err error) {
	people := users(rest.People)
	slices.SortFunc(people, func(a, b devissuer.User) int { return strings.Compare(a.Name, b.Name) })
	issuer, err := devissuer.Start(devissuer.Options{Algorithms: []string{"ES256"}, SignIn: &devissuer.SignIn{
		Users: func() []devissuer.User { return people }, Origins: []string{origin}, Lifetime: o.lifetime,
	}})
	if err != nil {
		return nil, err
	}
	api, err := startAPI(ctx, issuer, origin, ended)
	if err != nil {
		return nil, errors.Join(err, issuer.Close())
	}
	o.issuer, o.api = issuer.URL(), api.address
	stop = func() error { return errors.Join(api.stop(), issuer.Close()) }
	if err := publish(ctx, issuer, api.address); err != nil {
		return nil, errors.Join(err, stop())
	}
	fmt.Fprintf(stdout, "the issuer is at %s, and the API at %s\n", o.issuer, o.api)
	return stop, nil
}

// api is examples/rest/chi as a process.
type api struct {
	address string
	stop    func() error
}

func startAPI(ctx context.Context, issuer *devissuer.Issuer, origin string, ended chan<- error) (*api, error) {
	folder, err := os.MkdirTemp("", "authkeel-web-")
	if err != nil {
		return nil, err
	}
	program := filepath.Join(folder, "api.exe") // the ending is for Windows
	if output, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./examples/rest/chi").CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("building the API: %w\n%s", err, output), os.RemoveAll(folder))
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "-addr", "127.0.0.1:0", "-origins", origin) // stop ends it
	cmd.Env = append(os.Environ(), "OIDC_ISSUER="+issuer.URL(), "OIDC_AUDIENCE="+issuer.Audience())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	lines := bufio.NewScanner(out)
	a := &api{}
	for a.address == "" && lines.Scan() {
		_, a.address, _ = strings.Cut(lines.Text(), "the API is at ")
	}
	waited := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		waited <- cmd.Wait()
		ended <- errors.New("the API ended")
	}()
	a.stop = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
			_ = cmd.Process.Kill() // Windows has no other way
		}
		return errors.Join(<-waited, os.RemoveAll(folder))
	}
	if a.address == "" {
		return nil, errors.Join(errors.New("the API did not start"), a.stop())
	}
	return a, nil
}

//go:embed posts.json
var posts []byte

// publish writes the first posts, as their authors.
func publish(ctx context.Context, issuer *devissuer.Issuer, api string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var list []struct{ Author, Title, Body string }
	if err := json.Unmarshal(posts, &list); err != nil {
		return err
	}
	for _, post := range list {
		body, err := json.Marshal(map[string]any{"title": post.Title, "body": post.Body, "published": true})
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, api+"/posts", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+issuer.Token(rest.People[post.Author]))
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if response.StatusCode != http.StatusCreated {
			return fmt.Errorf("publishing %q: the API answered %s: %s", post.Title, response.Status, text)
		}
	}
	return nil
}
