package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/webhook"
)

// serveSettings makes the test program a replica.
const serveSettings = "AUTHKEEL_TEST_REPLICA"

func TestMain(m *testing.M) {
	if text := os.Getenv(serveSettings); text != "" {
		if err := serve(text); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// quiet keeps what go-redis writes about each connection out of the log.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// serve runs a replica until its input ends, which happens also when the process
// of the test is killed.
func serve(text string) error {
	gin.SetMode(gin.ReleaseMode)
	redis.SetLogger(quiet{})
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	api, err := newService(s, func(ctx context.Context, e *webhook.Event) error {
		fmt.Println("began", e.ID)
		if e.Type == "slow" {
			<-ctx.Done()
			return ctx.Err()
		}
		fmt.Println("handled", e.ID)
		return nil
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return (&http.Server{Handler: api.router, ReadHeaderTimeout: time.Second}).Serve(l)
}

// replica is a process of its own.
type replica struct {
	url string
	cmd *exec.Cmd
	end func()

	mu    sync.Mutex
	lines []string
}

func startReplica(t *testing.T, s settings) *replica {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{cmd: exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])} //nolint:gosec // this program
	r.cmd.Env = append(os.Environ(), serveSettings+"="+string(text))
	in, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Stderr = r.cmd.Stdout
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if a, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
				addr <- a
				continue
			}
			r.mu.Lock()
			r.lines = append(r.lines, lines.Text())
			r.mu.Unlock()
		}
	}()
	r.end = sync.OnceFunc(func() {
		_ = in.Close()
		_ = r.cmd.Process.Kill()
		<-read
		_ = r.cmd.Wait() // it was killed
	})
	t.Cleanup(func() {
		r.end()
		if t.Failed() {
			t.Logf("%s said:\n%s", r.url, strings.Join(r.said(""), "\n"))
		}
	})
	select {
	case a := <-addr:
		r.url = "http://" + a
	case <-read:
		t.Fatalf("a replica did not start: %q", r.said(""))
	}
	return r
}

// said returns the lines of the log that contain text.
func (r *replica) said(text string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.lines), func(line string) bool { return !strings.Contains(line, text) })
}

// group is several replicas behind a load balancer, which takes them in turn and
// goes on with the next one when nobody listens.
type group struct {
	url      string
	replicas []*replica
	next     atomic.Int64
}

func startGroup(t *testing.T, n int, s settings) *group {
	t.Helper()
	g := &group{}
	for range n {
		g.replicas = append(g.replicas, startReplica(t, s))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.url = "http://" + l.Addr().String()
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) {},
		Transport:    g,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return g
}

// RoundTrip sends a request to the next replica.
func (g *group) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	for range g.replicas {
		to := g.replicas[int(g.next.Add(1))%len(g.replicas)]
		var conn net.Conn
		if conn, err = net.Dial("tcp", strings.TrimPrefix(to.url, "http://")); err != nil {
			continue // nothing was sent
		}
		once := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(to.url, "http://")
		return once.RoundTrip(r)
	}
	return nil, err
}

// handled counts how often a webhook was.
func (g *group) handled(id string) (n int) {
	for _, r := range g.replicas {
		n += len(r.said("handled " + id))
	}
	return n
}

// client sends requests as a user.
type client struct {
	t      *testing.T
	issuer *devissuer.Issuer
	http   *http.Client
}

// token is one of a session of its own.
func (c *client) token(sub string) string {
	return c.issuer.Token(devissuer.Claims{"sub": sub, "sid": "sess_" + sub})
}

// send returns the status of the answer.
func (c *client) send(method, url, token string) int {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, url, http.NoBody)
	if err != nil {
		c.t.Error(err)
		return 0
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return c.do(r)
}

func (c *client) do(r *http.Request) int {
	c.t.Helper()
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Error(err)
		return 0
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if (answer.StatusCode == 503 || answer.StatusCode == 429) && answer.Header.Get("Retry-After") == "" {
		c.t.Errorf("%s %s: %d without Retry-After", r.Method, r.URL, answer.StatusCode)
	}
	return answer.StatusCode
}
