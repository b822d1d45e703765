package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const app = "../testdata/app"

// TestStopEndsChildren: a server that a shell or a package manager started ends too.
func TestStopEndsChildren(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "app")
	if err := build(t.Context(), app, ".", binary); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := Start(t.Context(), Options{Dir: t.TempDir(), Command: `"` + binary + `" & wait`, Timeout: time.Minute, Say: t.Logf,
		Env: map[string]string{"CALL": l.Addr().String(), "OIDC_ISSUER": "http://127.0.0.1:1", "OIDC_AUDIENCE": "x"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	line, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	if err := s.Ended(); err != nil {
		t.Errorf("it runs, and got %v", err)
	}
	s.Stop()
	s.Stop() // does nothing
	if _, err := line.Read(make([]byte, 1)); err == nil {
		t.Error("the server lives on")
	}
}

// TestMain is also a server, which ignores PORT.
func TestMain(m *testing.M) {
	if os.Getenv("AS_SERVER") == "" {
		m.Run()
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("ready; the issuer is on", os.Getenv("ISSUER"))
	if os.Getenv("SILENT") == "" {
		fmt.Println("listening on", l.Addr())
	}
	panic(http.Serve(l, nil)) // Stop ends it
}

// elsewhere is another program, and the options of a server whose log names its URL.
func elsewhere(t *testing.T, env ...string) (*httptest.Server, Options) {
	t.Helper()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	o := Options{Dir: t.TempDir(), Command: `"` + os.Args[0] + `"`, Timeout: 10 * time.Second, Say: t.Logf, Env: map[string]string{"AS_SERVER": "1", "ISSUER": other.URL}}
	for _, name := range env {
		o.Env[name] = "1"
	}
	return other, o
}

// TestPortOfAnotherProgram: only the server gets the requests of check, and no other
// program on this machine.
func TestPortOfAnotherProgram(t *testing.T) {
	before, beforeLog := patience, logPatience
	patience, logPatience = 0, 0
	t.Cleanup(func() { patience, logPatience = before, beforeLog })
	t.Run("named in the log", func(t *testing.T) { // where the system lists no ports
		other, o := elsewhere(t)
		o.proc = t.TempDir()
		s, err := Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Stop()
		if s.Base == other.URL || len(s.foreign) != 1 {
			t.Errorf("got %s, which is not the server's", s.Base)
		}
	})
	t.Run("the only one in the log", func(t *testing.T) {
		other, o := elsewhere(t, "SILENT")
		o.proc, o.Timeout = t.TempDir(), time.Second
		_, port, _ := strings.Cut(strings.TrimPrefix(other.URL, "http://"), ":")
		if _, err := Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another program listens on what its log names: ["+port+"]") {
			t.Errorf("got %v", err)
		}
	})
	if runtime.GOOS != "linux" {
		return
	}
	t.Run("on the given port", func(t *testing.T) {
		other, o := elsewhere(t)
		s, err := Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Stop()
		if err := s.await(t.Context(), o, other.Listener.Addr().(*net.TCPAddr).Port); err != nil || s.Base == other.URL {
			t.Errorf("got %s, %v, which is not the server's", s.Base, err)
		}
	})
}

func TestEnvironment(t *testing.T) {
	t.Setenv("CHECK_DROPPED", "1")
	t.Setenv("CHECK_KEPT", "1")
	t.Setenv("CHECK_SET", "1")
	got := environment(Options{Env: map[string]string{"CHECK_SET": "at {port}"}, Drop: func(name string) bool { return name == "CHECK_DROPPED" }},
		map[string]string{"PORT": "1234"}, strings.NewReplacer("{port}", "1234").Replace)
	for _, want := range []string{"CHECK_KEPT=1", "CHECK_SET=at 1234", "PORT=1234"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not in it", want)
		}
	}
	for _, entry := range got {
		if entry == "CHECK_SET=1" || strings.HasPrefix(entry, "CHECK_DROPPED=") {
			t.Errorf("%s is in it", entry)
		}
	}
}

// project writes files, each with its package clause alone.
func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.test/app\n\ngo 1.25.0\n"
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMainPackage(t *testing.T) {
	const program, library = "package main\n\nfunc main() {}\n", "package lib\n"
	for name, row := range map[string]struct {
		files     map[string]string
		want, err string
	}{
		"the root, whatever else": {map[string]string{"main.go": program, "cmd/migrate/main.go": program}, ".", ""},
		"the only one below cmd":  {map[string]string{"lib.go": library, "cmd/api/main.go": program, "tools/gen/main.go": program}, "./cmd/api", ""},
		"the only one":            {map[string]string{"lib.go": library, "server/main.go": program}, "./server", ""},
		"several":                 {map[string]string{"cmd/api/main.go": program, "cmd/worker/main.go": program}, "", "./cmd/api, ./cmd/worker"},
		"none":                    {map[string]string{"lib.go": library}, "", "no program"},
		"one that cannot be read": {map[string]string{"main.go": "package main\n\nimport (\n"}, "", "go list"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := mainPackage(t.Context(), project(t, row.files))
			if got != row.want || (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %q, %v, want %q, %q", got, err, row.want, row.err)
			}
		})
	}
	dir := project(t, map[string]string{"main.go": "package main\n\nfunc main() { undefined() }\n"})
	if _, err := Start(t.Context(), Options{Dir: dir, Timeout: time.Minute, Say: t.Logf}); err == nil || !strings.Contains(err.Error(), "undefined: undefined") {
		t.Errorf("got %v, want what the compiler says", err)
	}
	if _, err := Start(t.Context(), Options{Dir: t.TempDir(), Timeout: time.Minute, Say: t.Logf}); !errors.Is(err, ErrAsk) {
		t.Errorf("got %v, want ErrAsk", err)
	}
}

func TestPorts(t *testing.T) {
	const line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0000000000000000 100 0 0 10 0\n"
	if port, inode := listener(line); port != 8080 || inode != "31337" {
		t.Errorf("got %d, %s", port, inode)
	}
	if port, _ := listener(strings.Replace(line, " 0A ", " 01 ", 1)); port != 0 {
		t.Errorf("a connection counts as a listener: %d", port)
	}
	if got := groupOf("42 (a ) b (c) S 1 4242 42 0 -1"); got != 4242 {
		t.Errorf("got group %d", got)
	}
	for log, want := range map[string][]int{
		"[GIN-debug] Listening and serving HTTP on :8080\n":               {8080},
		"http server started on [::]:1323\n":                              {1323},
		" Local:   http://localhost:5173/\n":                              {5173},
		"INFO: Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C)\n": {8000},
		"Server listening on port 3000\n":                                 {3000},
		"connected to db.internal:5432\n":                                 nil,
		"2025/01/02 15:04:05 nothing of that kind\n":                      nil,
	} {
		if got := announced(log); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", log, got, want)
		}
	}
	if runtime.GOOS == "linux" {
		if _, known := listening("/proc", os.Getpid()); !known {
			t.Error("/proc is not read")
		}
	}
	if _, known := listening(t.TempDir(), 1); known {
		t.Error("a system without /proc is one with it")
	}
}

func TestTail(t *testing.T) {
	var log tail
	for range keepLog {
		log.Write([]byte("ab\n"))
	}
	if n := len(log.String()); n != keepLog {
		t.Errorf("got %d bytes", n)
	}
	if got := log.last(2); got != "ab\nab\n" {
		t.Errorf("got %q", got)
	}
}
