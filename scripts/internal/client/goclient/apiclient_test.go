package apiclient

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// api accepts one token at a time and echoes bodies.
type api struct {
	*httptest.Server
	accepted atomic.Pointer[string]
	refused  atomic.Int32
	seen     sync.Map // every Authorization that came, by path
}

func newAPI(t *testing.T, accepted string) *api {
	t.Helper()
	a := &api{}
	a.accepted.Store(&accepted)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.seen.Store(r.URL.Path, r.Header.Get("Authorization"))
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return
		}
		if r.Header.Get("Authorization") != "Bearer "+*a.accepted.Load() {
			a.refused.Add(1)
			http.Error(w, "refused", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "ok %s", body)
	}))
	t.Cleanup(a.Close)
	return a
}

// source numbers its tokens: token1, token2, ...; or jwt(1), jwt(2), ...
type source struct {
	jwts   bool
	calls  atomic.Int32
	expiry time.Time
	hold   chan struct{} // nil: answers at once
	err    error
}

func (s *source) token(ctx context.Context) (Token, error) {
	n := s.calls.Add(1)
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return Token{}, ctx.Err()
		}
	}
	value := fmt.Sprintf("token%d", n)
	if s.jwts {
		value = jwt(n)
	}
	return Token{Value: value, Expiry: s.expiry}, s.err
}

// jwt is the nth token of one caller.
func jwt(n int32) string {
	return withClaims(fmt.Sprintf(`{"iss":"https://issuer.example","sub":"reports","jti":"%d"}`, n))
}

func withClaims(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x"
}

func client(t *testing.T, a *api, s *source, change ...func(*Config)) *http.Client {
	t.Helper()
	c := Config{Origin: a.URL, Source: s.token}
	for _, f := range change {
		f(&c)
	}
	made, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func send(ctx context.Context, c *http.Client, method, url string, body io.Reader, header ...string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return 0, "", err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestManyCallsOneRefresh(t *testing.T) {
	a, s := newAPI(t, jwt(2)), &source{jwts: true}
	c := client(t, a, s)
	if _, _, err := send(t.Context(), c, "GET", a.URL+"/warm", nil); err != nil {
		t.Fatal(err)
	}
	third := jwt(3) // the client holds the second; the API goes on
	a.accepted.Store(&third)
	before := s.calls.Load()
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			body := strings.Repeat(fmt.Sprint(i%10), 1000)
			status, text, err := send(t.Context(), c, "POST", a.URL+"/", strings.NewReader(body))
			if err != nil || status != http.StatusOK || text != "ok "+body {
				t.Errorf("got %d %.20q and the error %v, want 200 and the body", status, text, err)
			}
		})
	}
	calls.Wait()
	if got := s.calls.Load() - before; got != 1 {
		t.Errorf("got %d refreshes, want 1", got)
	}
}

func TestRetry(t *testing.T) {
	for _, tt := range []struct {
		name    string
		body    io.Reader
		source  *source
		status  int
		text    string
		refused int32
	}{
		{"no body", nil, &source{jwts: true}, 200, "ok ", 1},
		{"a body that can be had again", strings.NewReader("text"), &source{jwts: true}, 200, "ok text", 1},
		{"a stream", io.MultiReader(strings.NewReader("text")), &source{jwts: true}, 401, "refused\n", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAPI(t, jwt(2))
			c := client(t, a, tt.source)
			status, text, err := send(t.Context(), c, "POST", a.URL+"/", tt.body)
			if err != nil || status != tt.status || text != tt.text {
				t.Errorf("got %d %q and the error %v, want %d %q", status, text, err, tt.status, tt.text)
			}
			if got := a.refused.Load(); got != tt.refused {
				t.Errorf("the API refused %d requests, want %d", got, tt.refused)
			}
			if status, _, err := send(t.Context(), c, "POST", a.URL+"/", nil); err != nil || status != 200 {
				t.Errorf("the next request: got %d and the error %v, want 200 with a fresh token", status, err)
			}
		})
	}
	t.Run("once", func(t *testing.T) {
		a, s := newAPI(t, "never"), &source{}
		status, text, err := send(t.Context(), client(t, a, s), "GET", a.URL+"/", nil)
		if err != nil || status != 401 || text != "refused\n" || a.refused.Load() != 2 || s.calls.Load() != 2 {
			t.Errorf("got %d %q, the error %v, %d refusals and %d tokens; want the second 401 and 2 each",
				status, text, err, a.refused.Load(), s.calls.Load())
		}
	})
	t.Run("the same token again", func(t *testing.T) {
		a := newAPI(t, "never")
		c := client(t, a, nil, func(c *Config) { c.Source = func(context.Context) (Token, error) { return Token{Value: "same"}, nil } })
		if status, _, err := send(t.Context(), c, "GET", a.URL+"/", nil); err != nil || status != 401 || a.refused.Load() != 1 {
			t.Errorf("got %d, the error %v and %d refusals, want the first 401", status, err, a.refused.Load())
		}
	})
}

func TestOrigins(t *testing.T) {
	a, other := newAPI(t, "token1"), newAPI(t, "")
	c := client(t, a, &source{})
	for _, tt := range []struct{ name, url, path, want string }{
		{"the API", a.URL + "/here", "/here", "Bearer token1"},
		{"another origin", other.URL + "/there", "/there", ""},
		{"a redirect to another origin", a.URL + "/from?to=" + other.URL + "/redirected", "/redirected", ""},
		{"a redirect to itself", a.URL + "/from?to=/again", "/again", "Bearer token1"},
		{"another name of the same server", strings.Replace(other.URL, "127.0.0.1", "localhost", 1) + "/name", "/name", ""},
	} {
		if _, _, err := send(t.Context(), c, "POST", tt.url, strings.NewReader("text")); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got, ok := a.seen.Load(tt.path)
		if !ok {
			got, ok = other.seen.Load(tt.path)
		}
		if !ok || got != tt.want {
			t.Errorf("%s: got Authorization %q, want %q", tt.name, got, tt.want)
		}
	}
	if _, _, err := send(t.Context(), c, "GET", a.URL+"/own", nil, "Authorization", "Basic eDp5"); err != nil {
		t.Error(err)
	}
	if got, _ := a.seen.Load("/own"); got != "Basic eDp5" {
		t.Errorf("got Authorization %q, want the request's own", got)
	}
}

func TestExpiry(t *testing.T) {
	start := time.Unix(1_900_000_000, 0)
	for _, tt := range []struct {
		name  string
		token Token
		after time.Duration
		calls int
	}{
		{"long before", Token{"t", start.Add(time.Hour)}, 59 * time.Minute, 1},
		{"just before", Token{"t", start.Add(time.Hour)}, time.Hour - 30*time.Second, 2},
		{"short life", Token{"t", start.Add(8 * time.Second)}, 5 * time.Second, 1},
		{"short life, last quarter", Token{"t", start.Add(8 * time.Second)}, 6 * time.Second, 2},
		{"expired from the start", Token{"t", start.Add(-time.Second)}, 0, 2},
		{"of a JWT", Token{Value: withClaims(`{"exp":1900003600}`)}, 3599 * time.Second, 2},
		{"of a JWT, before", Token{Value: withClaims(`{"exp":1900003600}`)}, 3500 * time.Second, 1},
		{"of no JWT", Token{Value: "opaque"}, 1000 * time.Hour, 1},
		{"of a JWT without", Token{Value: withClaims(`{}`)}, 1000 * time.Hour, 1},
		{"of a JWT that cannot be", Token{Value: withClaims(`{"exp":1e300}`)}, 1000 * time.Hour, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now, calls := start, 0
			tr, err := NewTransport(Config{
				Origin: "https://api.example.com",
				Source: func(context.Context) (Token, error) { calls++; return tt.token, nil },
				Now:    func() time.Time { return now },
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got, err := tr.get(t.Context(), ""); err != nil || got != tt.token.Value {
					t.Fatalf("got %q and the error %v", got, err)
				}
				now = start.Add(tt.after)
			}
			if calls != tt.calls {
				t.Errorf("got %d tokens, want %d", calls, tt.calls)
			}
		})
	}
}

func TestSourceInTrouble(t *testing.T) {
	down := errors.New("the issuer is away")
	a := newAPI(t, "token1")
	s := &source{err: down}
	c := client(t, a, s)
	if _, _, err := send(t.Context(), c, "POST", a.URL+"/x", strings.NewReader("text")); !errors.Is(err, down) {
		t.Errorf("got %v, want the source's error", err)
	}
	if _, sent := a.seen.Load("/x"); sent {
		t.Error("a request was sent without a token")
	}
	none := client(t, a, nil, func(c *Config) { c.Source = func(context.Context) (Token, error) { return Token{}, nil } })
	if _, _, err := send(t.Context(), none, "GET", a.URL+"/x", nil); !errors.Is(err, ErrNoToken) {
		t.Errorf("got %v, want ErrNoToken", err)
	}

	start := time.Unix(1_900_000_000, 0)
	now := start
	s = &source{expiry: start.Add(time.Hour)}
	c = client(t, a, s, func(c *Config) { c.Now = func() time.Time { return now } })
	if status, _, err := send(t.Context(), c, "GET", a.URL+"/", nil); err != nil || status != 200 {
		t.Fatalf("got %d and the error %v", status, err)
	}
	s.err, now = down, start.Add(time.Hour-time.Second)
	if status, _, err := send(t.Context(), c, "GET", a.URL+"/", nil); err != nil || status != 200 {
		t.Errorf("with a second left: got %d and the error %v, want 200 with the old token", status, err)
	}
	now = start.Add(time.Hour)
	if _, _, err := send(t.Context(), c, "GET", a.URL+"/", nil); !errors.Is(err, down) {
		t.Errorf("with none left: got the error %v, want the source's", err)
	}
}

func TestOneCallerGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{hold: make(chan struct{})}
		tr, err := NewTransport(Config{Origin: "https://api.example.com", Source: s.token})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		type result struct {
			token string
			err   error
		}
		get := func(ctx context.Context) chan result {
			c := make(chan result, 1)
			go func() { token, err := tr.get(ctx, ""); c <- result{token, err} }()
			synctest.Wait()
			return c
		}
		first, second := get(ctx), get(t.Context()) // the first caller is the one who started the refresh
		cancel()
		if got := <-first; !errors.Is(got.err, context.Canceled) {
			t.Errorf("the caller who went: got %v, want context.Canceled", got.err)
		}
		close(s.hold)
		if got := <-second; got.err != nil || got.token != "token1" {
			t.Errorf("the caller who stayed: got %q and the error %v, want token1", got.token, got.err)
		}
		if got := s.calls.Load(); got != 1 {
			t.Errorf("got %d refreshes, want 1", got)
		}
	})
}

func TestSourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{hold: make(chan struct{})}
		tr, err := NewTransport(Config{Origin: "https://api.example.com", Source: s.token, RefreshTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := tr.get(t.Context(), ""); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("got %v after %v, want context.DeadlineExceeded after a minute", err, time.Since(start))
		}
	})
}

// TestSourceThatIgnoresItsContext: nobody waits longer than RefreshTimeout, Source
// is not called a second time meanwhile, and its late token counts.
func TestSourceThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		release := make(chan struct{})
		tr, err := NewTransport(Config{Origin: "https://api.example.com", Source: func(context.Context) (Token, error) {
			calls.Add(1)
			<-release
			return Token{Value: "late"}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []time.Duration{30 * time.Second, 0} {
			start := time.Now()
			_, err := tr.get(context.Background(), "")
			if waited := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || waited != want {
				t.Errorf("got %v after %v, want context.DeadlineExceeded after %v", err, waited, want)
			}
		}
		close(release)
		synctest.Wait()
		if token, err := tr.get(context.Background(), ""); token != "late" || calls.Load() != 1 {
			t.Errorf("got %q, %v of %d calls, want the late token of one", token, err, calls.Load())
		}
	})
}

func TestConfig(t *testing.T) {
	token := (&source{}).token
	for _, tt := range []struct {
		name string
		c    Config
		want string // in the error; "" for none
	}{
		{"https", Config{Origin: "https://api.example.com/", Source: token}, ""},
		{"http here", Config{Origin: "http://localhost:80", Source: token}, ""},
		{"http elsewhere", Config{Origin: "http://api.internal", Source: token}, "AllowHTTP"},
		{"http allowed", Config{Origin: "http://api.internal", Source: token, AllowHTTP: true}, ""},
		{"no origin", Config{Source: token}, "Config.Origin"},
		{"a path", Config{Origin: "https://api.example.com/v1", Source: token}, "Config.Origin"},
		{"a user", Config{Origin: "https://u:p@api.example.com", Source: token}, "Config.Origin"},
		{"no URL", Config{Origin: "https://%", Source: token}, "Config.Origin"},
		{"no source", Config{Origin: "https://api.example.com"}, "Config.Source"},
		{"negative", Config{Origin: "https://api.example.com", Source: token, RefreshBefore: -1}, "RefreshBefore"},
	} {
		_, err := New(tt.c)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got the error %v, want %q in it", tt.name, err, tt.want)
		}
	}
}
