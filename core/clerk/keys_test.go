package clerk

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
	"github.com/authkeel/authkeel/core/jwks"
)

// asked is what a key server was asked for.
type asked struct{ path, authorization string }

// keyServer serves the tests' key set wherever answer does not say otherwise.
type keyServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests []asked
}

func startKeys(t *testing.T, answer func(http.ResponseWriter, *http.Request) bool) *keyServer {
	t.Helper()
	s := &keyServer{}
	set := forge.Set(signing().JWK())
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, asked{r.URL.Path, r.Header.Get("Authorization")})
		s.mu.Unlock()
		if answer == nil || !answer(w, r) {
			_, _ = w.Write(set)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *keyServer) asked() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked(nil), s.requests...)
}

// redirected is a client whose requests for Clerk's hosts end up at a server of
// the test's.
func redirected(t *testing.T, s *keyServer) *http.Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		clone := r.Clone(r.Context())
		clone.Header.Set("X-Wanted", r.URL.Scheme+"://"+r.URL.Host)
		clone.URL.Scheme, clone.URL.Host = "http", s.Listener.Addr().String()
		return transport.RoundTrip(clone)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func atEpoch() core.Config { return core.Config{Now: func() time.Time { return epoch }} }

// The order of sources: PEM, Frontend API, Backend API.
func TestKeySources(t *testing.T) {
	var mu sync.Mutex
	var wanted string
	s := startKeys(t, func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		wanted = r.Header.Get("X-Wanted") + r.URL.Path
		return false
	})
	const proxy = "https://app.example.com/__clerk"
	pem := string(signing().PEM())
	for _, tt := range []struct {
		name          string
		config        Config
		issuer        string
		want          string // where keys were fetched
		authorization string
	}{
		{"PEM before all", Config{PublishableKey: liveKey, SecretKey: secret, JWTKey: pem}, "https://clerk.example.com", "", ""},
		{"Frontend API", Config{PublishableKey: liveKey}, "https://clerk.example.com", "https://clerk.example.com/.well-known/jwks.json", ""},
		{"Frontend API before Backend API", Config{PublishableKey: liveKey, SecretKey: secret}, "https://clerk.example.com", "https://clerk.example.com/.well-known/jwks.json", ""},
		{"Frontend API behind a proxy", Config{PublishableKey: liveKey, ProxyURL: proxy + "/"}, proxy, proxy + "/.well-known/jwks.json", ""},
		{"Backend API", Config{SecretKey: secret, ProxyURL: proxy}, proxy, "https://api.clerk.com/v1/jwks", "Bearer " + secret},
		{"Backend API elsewhere", Config{SecretKey: secret, ProxyURL: proxy, APIURL: "https://api.clerk.example/"}, proxy, "https://api.clerk.example/v1/jwks", "Bearer " + secret},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mu.Lock()
			wanted = ""
			mu.Unlock()
			before := len(s.asked())
			cfg := tt.config
			cfg.Core, cfg.JWKS.HTTPClient = atEpoch(), redirected(t, s)
			_, err := mustNew(t, cfg).Verify(t.Context(), sign(t, nil, object{"iss": tt.issuer}))
			if err != nil {
				t.Fatalf("%v (%v)", err, errors.Unwrap(err))
			}
			mu.Lock()
			defer mu.Unlock()
			if wanted != tt.want {
				t.Errorf("got keys from %q, want %q", wanted, tt.want)
			}
			for _, r := range s.asked()[before:] {
				if r.authorization != tt.authorization {
					t.Errorf("got Authorization %q, want %q", r.authorization, tt.authorization)
				}
			}
		})
	}
}

// The secret key goes to the Backend API and not where that redirects to.
func TestSecretKeyOnRedirect(t *testing.T) {
	other := startKeys(t, nil)
	var s *keyServer
	target := ""
	s = startKeys(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/jwks" {
			http.Redirect(w, r, target, http.StatusFound)
			return true
		}
		return false
	})
	for name, to := range map[string]string{"the same origin": s.URL + "/elsewhere", "another origin": other.URL + "/elsewhere"} {
		target = to
		cfg := Config{SecretKey: secret, ProxyURL: "https://app.example.com", APIURL: s.URL, Core: atEpoch()}
		_, err := mustNew(t, cfg).Verify(t.Context(), sign(t, nil, object{"iss": "https://app.example.com"}))
		if sameOrigin := name == "the same origin"; (err == nil) != sameOrigin {
			t.Errorf("%s: got %v, want keys: %v", name, err, sameOrigin)
		}
	}
	for _, r := range append(s.asked(), other.asked()...) {
		if (r.authorization != "") != (r.path == "/v1/jwks") {
			t.Errorf("%s: got Authorization %q", r.path, r.authorization)
		}
	}
	if n := len(other.asked()); n != 0 {
		t.Errorf("got %d requests at another origin, want none", n)
	}
}

// A client that follows redirects anywhere still keeps the secret at home.
func TestSecretTransport(t *testing.T) {
	other := startKeys(t, nil)
	s := startKeys(t, func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL+"/x", http.StatusFound)
		return true
	})
	client := withSecret(&http.Client{}, s.URL, secret)
	for _, address := range []string{s.URL + "/v1/jwks", other.URL + "/v1/jwks"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if r.Header.Get("Authorization") != "" {
			t.Error("got the secret key in the caller's request")
		}
	}
	client.CloseIdleConnections()
	if got := s.asked(); len(got) != 1 || got[0].authorization != "Bearer "+secret {
		t.Errorf("got %+v, want one request with the secret key", got)
	}
	for _, r := range other.asked() {
		if r.authorization != "" {
			t.Errorf("got the secret key at another origin: %+v", r)
		}
	}
}

// An outage of Clerk's is an outage, and a secret key that is not accepted too.
func TestKeysUnavailable(t *testing.T) {
	s := startKeys(t, func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	cfg := Config{SecretKey: secret, ProxyURL: "https://app.example.com", APIURL: s.URL, Core: atEpoch()}
	a := mustNew(t, cfg)
	_, err := a.Verify(t.Context(), sign(t, nil, object{"iss": "https://app.example.com"}))
	if !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if h := a.Health(); h.Ready || h.Issuers[0].Keys.LastError != "status" {
		t.Errorf("got %+v, want it to say what failed", h)
	}
}

// The clock of Core is the clock of the keys, unless JWKS has its own.
func TestKeysFollowTheClock(t *testing.T) {
	s := startKeys(t, nil)
	var mu sync.Mutex
	at := epoch
	cfg := Config{PublishableKey: testKey, ProxyURL: s.URL, JWKS: jwks.Options{RefreshEvery: time.Minute}}
	cfg.Core.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	a := mustNew(t, cfg)
	token := func(now time.Time) string {
		return sign(t, nil, object{"iss": s.URL, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Unix() + 60})
	}
	for range 2 {
		if _, err := a.Verify(t.Context(), token(at)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.asked()); n != 1 {
		t.Errorf("got %d fetches within the interval, want 1", n)
	}
	mu.Lock()
	at = at.Add(time.Hour) // idle for so long that the next one waits for fresh keys
	mu.Unlock()
	if _, err := a.Verify(t.Context(), token(at)); err != nil {
		t.Fatal(err)
	}
	if n := len(s.asked()); n != 2 {
		t.Errorf("got %d fetches after it, want 2", n)
	}
}

// Another issuer beside Clerk keeps its own rules, and neither's keys verify for
// the other.
func TestBesideAnotherIssuer(t *testing.T) {
	key := devissuer.NewKey("es", "ES256")
	source, err := jwks.Static(forge.Set(key.JWK()))
	if err != nil {
		t.Fatal(err)
	}
	cfg := pemConfig()
	cfg.Core.Issuers = []core.Issuer{{URL: "https://issuer.example", Audiences: []string{"api"}, Keys: source}}
	a := mustNew(t, cfg)
	claims := object{"iss": "https://issuer.example", "aud": "api", "sub": "u", "exp": epoch.Unix() + 60}
	foreign := devissuer.SignRaw(key, "ES256", []byte(`{"alg":"ES256","kid":"es"}`), mustJSON(t, claims))
	id, err := a.Verify(t.Context(), foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := SessionFrom(id); ok {
		t.Error("got a Clerk session from another issuer")
	}
	if _, err := a.Verify(t.Context(), sign(t, nil, nil)); err != nil {
		t.Errorf("Clerk: %v", err)
	}
	if _, err := a.Verify(t.Context(), signClaims(t, nil, claims)); !errors.Is(err, core.ErrAlgorithm) && !errors.Is(err, core.ErrUnknownKey) {
		t.Errorf("got %v, want Clerk's key refused for the other issuer", err)
	}
	if len(cfg.Core.Issuers) != 1 {
		t.Error("the caller's list of issuers was changed")
	}
}

// Issuer is for those who put issuers together themselves.
func TestIssuer(t *testing.T) {
	is, err := Issuer(pemConfig())
	if err != nil {
		t.Fatal(err)
	}
	is.LookupRights = nil
	is.Claims = core.ClaimNames{Roles: "app_roles"}
	a, err := core.New(core.Config{Issuers: []core.Issuer{is}, Now: func() time.Time { return epoch }})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Verify(t.Context(), sign(t, nil, object{"app_roles": "editor"}))
	if err != nil || !id.HasRole("editor") {
		t.Errorf("got %q, %v; want editor", id.Roles(), err)
	}
	if _, err := a.Verify(t.Context(), sign(t, nil, object{"sid": nil})); !errors.Is(err, ErrNotSession) {
		t.Errorf("got %v, want ErrNotSession", err)
	}
}
