package clerk_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
	"github.com/authkeel/authkeel/core/authtest"
	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/clerk/clerkapi"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// metadataAPI is an API whose roles live in public metadata, over a real
// listener, and the sessions of its users.
func metadataAPI(tb testing.TB, users int) (c *devclerk.Instance, url string, tokens []string) {
	tb.Helper()
	c = authtest.NewClerk(tb)
	backend, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: c.SecretKey(), APIURL: c.APIURL()})
	if err != nil {
		tb.Fatal(err)
	}
	directory, err := clerk.NewDirectory(clerk.DirectoryConfig{Users: backend})
	if err != nil {
		tb.Fatal(err)
	}
	auth := authtest.NewClerkAuthenticator(tb, c, func(cfg *clerk.Config) { cfg.Directory = directory })
	require, admin := auth.RequireAuth(), core.Require(core.Role("admin"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := require(r.Context(), adapter.FromHTTP(r))
		if out.Refusal == nil {
			out = admin(out.Context, adapter.FromHTTP(r))
		}
		if out.Refusal != nil {
			w.WriteHeader(out.Refusal.Status)
		}
	}))
	tb.Cleanup(server.Close)
	for i := range users {
		id := fmt.Sprintf("user_%d", i)
		c.PutUser(devclerk.User{ID: id, Public: devissuer.Claims{"role": "admin"}})
		tokens = append(tokens, c.Token(devclerk.Session{User: id}, nil))
	}
	return c, server.URL, tokens
}

func get(client *http.Client, url, token string) (status int, err error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// TestOneCallForEachUser: however many requests come, at once and later.
func TestOneCallForEachUser(t *testing.T) {
	const users = 50
	c, url, tokens := metadataAPI(t, users)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	defer client.CloseIdleConnections()
	var failed atomic.Int64
	done := make(chan struct{})
	for worker := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range 10 * users {
				if status, err := get(client, url, tokens[(i+worker)%users]); err != nil || status != http.StatusOK {
					failed.Add(1)
				}
			}
		}()
	}
	for range 8 {
		<-done
	}
	if n := failed.Load(); n != 0 {
		t.Errorf("%d of %d requests failed", n, 8*10*users)
	}
	if n := c.APICount(); n != users {
		t.Errorf("got %d calls for %d users", n, users)
	}
}

// BenchmarkMetadataRoles answers requests of 1,000 users, each of whom is asked
// for once in a minute. Client, server and Clerk share the processors.
func BenchmarkMetadataRoles(b *testing.B) {
	const users = 1000
	c, url, tokens := metadataAPI(b, users)
	var n atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
		defer client.CloseIdleConnections()
		for pb.Next() {
			if status, err := get(client, url, tokens[n.Add(1)%users]); err != nil || status != http.StatusOK {
				b.Errorf("got %d, %v", status, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/float64(runtime.GOMAXPROCS(0)), "requests/s/processor")
	b.ReportMetric(float64(c.APICount())/users, "calls/user")
}
