package clerk

import (
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

const (
	liveKey = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k" // clerk.example.com
	testKey = "pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk"
	origin  = "https://app.example.com"
)

// epoch is when the tests take place.
var epoch = time.Unix(1767225600, 0)

// signing is the key of the tests' instance. It is made once, as RSA takes time.
var signing = sync.OnceValue(func() *devissuer.Key { return devissuer.NewKey("ins_test", "RS256") })

type object = map[string]any

// with is an object with changes; nil removes.
func with(o, change object) object { return devissuer.With(o, change) }

// sessionClaims are those of version 2, without an organization.
func sessionClaims(change object) object {
	return with(object{
		"iss": "https://clerk.example.com", "sub": "user_1", "sid": "sess_1", "azp": origin, "jti": "j1", "v": 2,
		"iat": epoch.Unix(), "nbf": epoch.Unix() - 10, "exp": epoch.Unix() + 60, "sts": "active",
	}, change)
}

// sign signs a session token with changes in header and claims.
func sign(t testing.TB, header, change object) string {
	t.Helper()
	return signClaims(t, header, sessionClaims(change))
}

func signClaims(t testing.TB, header, claims object) string {
	t.Helper()
	h := with(object{"alg": "RS256", "kid": "ins_test", "typ": "JWT"}, header)
	alg, _ := h["alg"].(string)
	return devissuer.SignRaw(signing(), alg, mustJSON(t, h), mustJSON(t, claims))
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// pemConfig trusts the tests' instance, without network, at epoch.
func pemConfig() Config {
	return Config{PublishableKey: liveKey, JWTKey: string(signing().PEM()), Core: core.Config{Now: func() time.Time { return epoch }}}
}

func mustNew(t testing.TB, cfg Config) *core.Authenticator {
	t.Helper()
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// verify returns what a session token with these changes says, to an instance
// with this configuration.
func verify(t testing.TB, cfg Config, change object) (*core.Identity, error) {
	t.Helper()
	return mustNew(t, cfg).Verify(t.Context(), sign(t, nil, change))
}

// sessionWith is the session of a token that must be accepted.
func sessionWith(t testing.TB, change object) Session {
	t.Helper()
	id, err := verify(t, pemConfig(), change)
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	s, ok := SessionFrom(id)
	if !ok {
		t.Fatal("no session in the identity")
	}
	return s
}

// vector reads one section of the vectors into v.
func vector(t testing.TB, section string, v any) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(text, &sections); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(sections[section], v); err != nil {
		t.Fatalf("%s: %v", section, err)
	}
}

// testClock is a clock that a test sets.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *testClock { return &testClock{now: epoch} }

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// startInstance is a stand-in Clerk with a Backend API, on the tests' clock.
func startInstance(t testing.TB, clock *testClock) *devclerk.Instance {
	t.Helper()
	c, err := devclerk.Start(devclerk.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func signRaw(key *devissuer.Key, header, claims []byte) string {
	return devissuer.SignRaw(key, "RS256", header, claims)
}
