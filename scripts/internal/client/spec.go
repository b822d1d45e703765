package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// maxDocument bounds what is read as a document.
const maxDocument = 32 << 20

// spec is an OpenAPI document.
type spec struct {
	Where   string // as told to the user
	File    string // where it is, absolute; empty when it came from elsewhere
	Text    []byte
	Version string // "3.1.0", or "2.0" for Swagger
	Doc     map[string]any

	main  string           // the name of the document in parts
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

// loadSpec finds, reads and checks the document that --spec names.
func (j *Job) loadSpec(ctx context.Context) (*spec, error) {
	s := &spec{Where: j.Spec}
	var err error
	switch {
	case j.Spec == "":
		if err := s.find("."); err != nil {
			return nil, err
		}
		fmt.Fprintf(j.Streams.Err, "the API's document is %s\n", s.Where)
	case j.Spec == "-":
		s.Where = "standard input"
		s.Text, err = readAll(j.Streams.In)
	case isURL(j.Spec):
		s.Text, err = askLocal(ctx, http.MethodGet, j.Spec, nil)
	default:
		err = s.open(j.Spec)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usage("--spec: there is no file %s", j.Spec)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--spec %s: %w", s.Where, err)
	}
	if err := s.parse(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Where, err)
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

func (s *spec) open(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	if s.Text, err = readAll(file); err != nil {
		return err
	}
	s.Where = name
	s.File, err = filepath.Abs(name)
	return err
}

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err == nil && len(data) > maxDocument {
		return nil, fmt.Errorf("it is larger than %d MiB", maxDocument>>20)
	}
	return data, err
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
	return readAll(response.Body)
}

func local(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usage("%s is not on this machine; download the document, look at it, and give the file", address)
	}
	return nil
}

// parse reads the text and looks at what it is of.
func (s *spec) parse() error {
	var err error
	if s.Doc, err = decodeDocument(s.Text); err != nil {
		return err
	}
	for _, member := range []string{"openapi", "swagger"} {
		if v, ok := s.Doc[member]; ok {
			s.Version = fmt.Sprint(v)
		}
	}
	_, isSwagger := s.Doc["swagger"]
	switch {
	case s.Version == "":
		return errors.New("it is no OpenAPI document: it has neither openapi nor swagger at the top")
	case isSwagger && (s.Version == "2.0" || s.Version == "2"): // YAML reads an unquoted 2.0 as a number
		s.Version = "2.0"
	case !isSwagger && s.Version == "3": // and an unquoted 3.0
		s.Version = "3.0"
	case isSwagger || !knownVersion.MatchString(s.Version):
		return fmt.Errorf("it is of version %s; known are OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0", s.Version)
	}
	if paths, ok := s.Doc["paths"].(map[string]any); !ok || len(paths) == 0 {
		if webhooks, ok := s.Doc["webhooks"].(map[string]any); ok && len(webhooks) > 0 {
			return errors.New("it has only webhooks, which the API calls: there is nothing for a client to call")
		}
		return errors.New("it has no paths")
	}
	return nil
}

var knownVersion = regexp.MustCompile(`^3\.[012](\.\d+)?(-.*)?$`)

// basePath is the path of the first server, without a slash at its end.
func (s *spec) basePath() string {
	servers, _ := s.Doc["servers"].([]any)
	if len(servers) == 0 {
		return ""
	}
	server, _ := servers[0].(map[string]any)
	address, _ := server["url"].(string)
	variables, _ := server["variables"].(map[string]any)
	for name, value := range variables {
		settings, _ := value.(map[string]any)
		if usual, ok := settings["default"].(string); ok {
			address = strings.ReplaceAll(address, "{"+name+"}", usual)
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		return "" // a variable without a default is left in the host
	}
	return strings.TrimRight(u.Path, "/")
}
