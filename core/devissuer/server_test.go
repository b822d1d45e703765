package devissuer_test

import (
	"errors"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
)

// eventually waits for other goroutines to be scheduled, not for time to pass.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestDownAndUp(t *testing.T) {
	i := one(t)
	c := client(t) // keeps its connection, which Down must drop
	fetch := func() error {
		res, err := c.Get(i.JWKSURL())
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	url, token := i.URL(), i.Token(nil)
	if err := fetch(); err != nil {
		t.Fatal(err)
	}
	i.Down()
	i.Down()
	if err := fetch(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("down: got %v, want a refused connection", err)
	}
	if i.Token(nil) == "" || i.Counts().JWKS != 1 {
		t.Errorf("down: counts %+v", i.Counts())
	}
	for range 2 {
		if err := i.Up(); err != nil {
			t.Fatal(err)
		}
	}
	if err := fetch(); err != nil || i.URL() != url {
		t.Errorf("up again: %v at %s, want %s", err, i.URL(), url)
	}
	if _, err := verify(t, i, token); err != nil {
		t.Errorf("up again: %v", err)
	}
}

func TestDownDropsWaitingRequests(t *testing.T) {
	i := one(t)
	i.SetFault(devissuer.Hang())
	arrived := make(chan string, 1)
	i.OnRequest(func(path string) { arrived <- path })
	failed := make(chan error)
	go func() {
		_, _, err := get(t, i.JWKSURL())
		failed <- err
	}()
	<-arrived
	i.Down()
	if err := <-failed; err == nil {
		t.Error("a hanging request was answered")
	}
	if n := i.InFlight(); n != 0 {
		t.Errorf("in flight: got %d, want 0", n)
	}
}

func TestClose(t *testing.T) {
	before := goroutines()
	i := one(t)
	foreign := httptest.NewServer(i.Handler())
	t.Cleanup(foreign.Close)
	i.SetFault(&devissuer.Fault{Hang: true, Truncate: true})
	arrived := make(chan string, 8)
	i.OnRequest(func(path string) { arrived <- path })
	var clients sync.WaitGroup
	for n := range 8 {
		url := i.JWKSURL()
		if n%2 == 0 {
			url = foreign.URL + "/.well-known/jwks.json"
		}
		clients.Add(1)
		go func() {
			defer clients.Done()
			if _, _, err := get(t, url); err == nil {
				t.Error("a hanging request was answered")
			}
		}()
	}
	for range 8 {
		<-arrived
	}
	for range 2 {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := i.InFlight(); n != 0 {
		t.Errorf("in flight: got %d, want 0", n)
	}
	clients.Wait()
	eventually(t, "no goroutine is left", func() bool { return goroutines() <= before })
	if err := i.Up(); err == nil {
		t.Error("a closed issuer is up again")
	}
	i.Down()
	if i.Token(nil) == "" {
		t.Error("a closed issuer does not sign")
	}
}

// goroutines counts those that serve, no matter who started them.
func goroutines() int {
	buf := make([]byte, 1<<20)
	stacks := string(buf[:runtime.Stack(buf, true)])
	return strings.Count(stacks, "created by github.com/authkeel/authkeel/core/devissuer.(") + strings.Count(stacks, "net/http.(*conn).serve")
}

func TestConcurrentUse(t *testing.T) {
	i := start(t, devissuer.Options{Algorithms: []string{"ES256", "EdDSA"}})
	metadata := i.URL() + "/.well-known/openid-configuration"
	var wg sync.WaitGroup
	for _, f := range []func(){
		func() { _, _, _ = get(t, i.JWKSURL()) },
		func() { _, _, _ = get(t, metadata) },
		func() { i.Retire(i.Rotate("ES256").ID) },
		func() { i.Sign("EdDSA", nil, i.Claims(nil)); i.Token(Claims{"n": 1}) },
		func() { i.Publish(i.Key("ES256").JWK()); i.Retire(i.Key("ES256").ID) },
		func() { i.SetFault(devissuer.Fail(500)); i.SetJWKSFault(nil) },
		func() { i.SetMetadataFault(&devissuer.Fault{Times: 1, Reset: true}) },
		func() { i.ServeJWKS([]byte("{}")); i.ServeJWKS(nil); i.CacheControl("no-store") },
		func() { i.ServeMetadata(func(doc map[string]any) { doc["x"] = 1 }) },
		func() { i.Counts(); i.InFlight(); i.JWKS(); i.OnRequest(func(string) { i.Counts() }) },
		func() {
			i.Down()
			if err := i.Up(); err != nil {
				t.Error(err)
			}
		},
	} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 20 {
				f()
			}
		}()
	}
	wg.Wait()
	i.SetFault(nil)
	i.AddSigningKey(devissuer.NewKey("last", "ES256"))
	if _, err := verify(t, i, i.Token(nil)); err != nil {
		t.Errorf("after all that: %v", err)
	}
}
