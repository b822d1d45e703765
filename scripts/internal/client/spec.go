package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/openapi"
)

// spec is an OpenAPI document from which a client is made.
type spec struct {
	*openapi.Document
	Where string // as told to the user
	File  string // where it is, absolute; empty when it came from elsewhere

	parts map[string]*part // it and the files that it refers to, by their path from its folder
	notes []string         // what the user ought to know of it
}

// usualSpecs are the places where an API keeps its document.
var usualSpecs = []string{
	"openapi.yaml", "openapi.yml", "openapi.json",
	"api/openapi.yaml", "api/openapi.yml", "api/openapi.json",
	"docs/openapi.yaml", "docs/openapi.yml", "docs/openapi.json",
	"spec/openapi.yaml", "spec/openapi.yml", "spec/openapi.json",
	"swagger.yaml", "swagger.yml", "swagger.json",
	"api/swagger.yaml", "api/swagger.yml", "api/swagger.json",
	"docs/swagger.yaml", "docs/swagger.yml", "docs/swagger.json",
}

// loadSpec finds, reads and checks the document that --spec names. The caller has to
// close it.
func (j *Job) loadSpec(ctx context.Context) (*spec, error) {
	s := &spec{Where: j.Spec}
	var text []byte
	var err error
	switch {
	case j.Spec == "":
		if err = s.find("."); err == nil {
			fmt.Fprintf(j.Streams.Err, "the API's document is %s\n", s.Where)
		}
	case j.Spec == "-":
		s.Where = "standard input"
		if text, err = openapi.ReadAll(j.Streams.In); err == nil {
			s.Document, err = openapi.Parse(text)
		}
	case isURL(j.Spec):
		if text, err = askLocal(ctx, http.MethodGet, j.Spec, nil); err == nil {
			s.Document, err = openapi.Parse(text)
		}
	default:
		if err = s.open(j.Spec); errors.Is(err, fs.ErrNotExist) {
			return nil, usage("--spec: there is no file %s", j.Spec)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Where, err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Where, errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *spec) find(folder string) error {
	for _, name := range usualSpecs {
		err := s.open(filepath.Join(folder, filepath.FromSlash(name)))
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return usage(`there is no OpenAPI document in the usual places (openapi.yaml, api/openapi.yaml, docs/swagger.json, ...).
Three ways to get one:
  --spec FILE      a document that you have, or write by hand
  swag init        makes docs/swagger.json from comments in the code of a Gin, Echo, Fiber or Chi API
                   (go run github.com/swaggo/swag/cmd/swag@v1.16.6 init)
  --spec URL       asks an API that runs here and serves its own document, as with huma or fuego:
                   --spec http://localhost:8080/openapi.json`)
}

func (s *spec) open(name string) (err error) {
	s.Where = name
	if s.Document, err = openapi.Open(name); err != nil {
		return err
	}
	s.File, err = filepath.Abs(name)
	return err
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// askLocal asks a server on this machine, with a body of JSON where there is
// one. A document decides where the client's token may not go, so none is taken
// from the network.
func askLocal(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	if err := local(address); err != nil {
		return nil, err
	}
	client := &http.Client{
		Timeout:       15 * time.Second,
		Transport:     &http.Transport{}, // no proxy
		CheckRedirect: func(r *http.Request, _ []*http.Request) error { return local(r.URL.String()) },
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", response.Status)
	}
	return openapi.ReadAll(response.Body)
}

func local(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usage("--spec: %s is not on this machine: download the document, look at it, and give the file", address)
	}
	return nil
}

// check says why there is no client to make of a document.
func (s *spec) check() error {
	if s.OnlyWebhooks() {
		return errors.New("it has only webhooks, which the API calls: there is nothing for a client to call")
	}
	if paths := s.Plain(s.Main.Root["paths"], s.Main.Name); len(paths.Object) == 0 {
		return errors.New("it has no paths")
	}
	return nil
}
