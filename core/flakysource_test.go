package core_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/internal/forge"
	"github.com/authkeel/authkeel/core/jwks"
)

// flakySource is a source that can be made to wait or to fail.
type flakySource struct {
	*jwks.Source
	asked atomic.Int32 // calls of Keys
	wait  func(context.Context) error
}

// newFlakySource wraps a source, by default one of the EdDSA key of trusted.
func newFlakySource(t testing.TB, inner ...*jwks.Source) *flakySource {
	t.Helper()
	if len(inner) == 0 {
		inner = []*jwks.Source{static(t, trusted().ed.JWK())}
	}
	s := &flakySource{}
	s.Source = inner[0].Wrap(jwks.LookupFunc(func(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
		s.asked.Add(1)
		if s.wait != nil {
			if err := s.wait(ctx); err != nil {
				return nil, errors.Join(jwks.ErrUnavailable, err)
			}
		}
		return inner[0].Keys(ctx, kid, alg)
	}))
	return s
}

// rotation is an issuer in memory that publishes the EdDSA key of trusted, or
// another one once that was withdrawn.
type rotation struct {
	withdrawn atomic.Bool
	hours     atomic.Int64
}

func (r *rotation) source(t testing.TB) *jwks.Source {
	t.Helper()
	s, err := jwks.Remote("https://issuer.example/keys", jwks.Options{
		HTTPClient: &http.Client{Transport: r},
		Now:        func() time.Time { return epoch.Add(time.Duration(r.hours.Load()) * time.Hour) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *rotation) RoundTrip(req *http.Request) (*http.Response, error) {
	set := forge.Set(trusted().ed.JWK())
	if r.withdrawn.Load() {
		set = forge.Set(trusted().rs.JWK())
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(set)), Request: req}, nil
}

// withdraw takes the key away or brings it back, long after the last fetch, so
// that the next request waits for one.
func (r *rotation) withdraw(gone bool) {
	r.withdrawn.Store(gone)
	r.hours.Add(1)
}
