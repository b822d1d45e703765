package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"text/template"
	"time"

	"github.com/authkeel/authkeel/scripts/e2e/notes"
)

// pages serves a page for each kind of client and framework, and the files of
// the clients that the page loads.
type pages struct {
	origin string
	fixture  *notes.Fixture // set before the first request
	page   *template.Template
	server *http.Server
	served chan error
}

func servePages(t *suite) (*pages, error) {
	page, err := template.ParseFS(js, "js/page.html")
	if err != nil {
		return nil, err
	}
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &pages{origin: "http://" + ln.Addr().String(), page: page, served: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", p.serve)
	mux.HandleFunc("GET /favicon.ico", http.NotFound)
	mux.Handle("GET /", moduleType(http.FileServer(http.Dir(t.work))))
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { p.served <- p.server.Serve(ln) }()
	return p, nil
}

// moduleType gives scripts the type that browsers insist on, whatever the
// machine's table of types says.
func moduleType(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ext := r.URL.Path[max(0, len(r.URL.Path)-3):]; ext == ".js" || ext == "mjs" {
			w.Header().Set("Content-Type", "text/javascript")
		}
		h.ServeHTTP(w, r)
	})
}

func (p *pages) address(k kind, framework string) string {
	return p.origin + "/page?" + url.Values{"kind": {k.name}, "framework": {framework}}.Encode()
}

func (p *pages) serve(w http.ResponseWriter, r *http.Request) {
	name, framework := r.URL.Query().Get("kind"), r.URL.Query().Get("framework")
	i := slices.Index(kindNames(), name)
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	imports := make(map[string]string)
	for module, file := range kinds[i].imports {
		imports[module] = "/" + name + "/node_modules/" + file
	}
	env := map[string]any{"api": p.fixture.APIs[framework], "hooks": p.fixture.Hooks, "elsewhere": p.fixture.Elsewhere, "browser": true}
	importsJSON, importsErr := json.Marshal(imports)
	envJSON, envErr := json.Marshal(env)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	err := errors.Join(importsErr, envErr)
	if err == nil {
		err = p.page.Execute(w, map[string]string{"Kind": name, "Imports": string(importsJSON), "Env": string(envJSON)})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (p *pages) close() error {
	err := p.server.Close()
	return errors.Join(err, ended(<-p.served))
}

func ended(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
