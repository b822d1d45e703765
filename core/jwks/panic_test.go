package jwks_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// captureLog collects what goes to slog.Default until the test ends.
func captureLog(t *testing.T) (text func() string) {
	t.Helper()
	var out lockedBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return out.String
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A function of the user's that panics on a goroutine of the source is a line in
// the log, and the source goes on.
func TestPanics(t *testing.T) {
	t.Run("OnRefresh and a subscriber", func(t *testing.T) {
		logged := captureLog(t)
		scene(t, jwks.Options{OnRefresh: func(jwks.Refresh) { panic("first mistake") }}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
			s.Subscribe(func(jwks.Refresh) { panic("second mistake") })
			told := 0
			s.Subscribe(func(jwks.Refresh) { told++ })
			expect(t, s, "a", found, 0)
			synctest.Wait()
			if err := jwks.Fetch(s); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if told != 2 || f.count() != 2 {
				t.Errorf("the subscriber behind it was told of %d of %d fetches", told, f.count())
			}
		})
		if got := logged(); strings.Count(got, "first mistake") != 2 || strings.Count(got, "second mistake") != 2 {
			t.Errorf("logged %q", got)
		}
	})
	t.Run("a subscriber that ends its goroutine", func(t *testing.T) {
		scene(t, jwks.Options{}, func(t *testing.T, _ *fakeIssuer, s *jwks.Source) {
			told := 0
			s.Subscribe(func(jwks.Refresh) { told++; runtime.Goexit() })
			for range 3 {
				if err := jwks.Fetch(s); err != nil {
					t.Error(err)
				}
				synctest.Wait()
			}
			if told != 3 {
				t.Errorf("told of %d of 3 fetches", told)
			}
		})
	})
	t.Run("transport", func(t *testing.T) {
		logged := captureLog(t)
		var fault func()
		good := &fakeIssuer{}
		good.publish("a")
		synctest.Test(t, func(t *testing.T) {
			transport := roundTripper(func(r *http.Request) (*http.Response, error) {
				if fault != nil {
					fault()
				}
				return good.RoundTrip(r)
			})
			s := must(jwks.Remote(testURL, jwks.Options{HTTPClient: &http.Client{Transport: transport}}))
			for _, fault = range []func(){func() { panic("mistake") }, runtime.Goexit} {
				expect(t, s, "a", unavailable, 0)
				if h := s.Health(); h.LastError != "panic" {
					t.Errorf("got %+v", h)
				}
				time.Sleep(time.Minute)
			}
			fault = nil
			expect(t, s, "a", found, 0)
		})
		if got := logged(); !strings.Contains(got, "mistake") {
			t.Errorf("logged %q", got)
		}
	})
	t.Run("clock", func(t *testing.T) {
		logged := captureLog(t)
		calls := 0
		now := func() time.Time {
			if calls++; calls == 2 { // the first one after the fetch
				panic("mistake")
			}
			return time.Now()
		}
		scene(t, jwks.Options{Now: now}, func(t *testing.T, _ *fakeIssuer, s *jwks.Source) {
			expect(t, s, "a", found, 0)
		})
		if got := logged(); !strings.Contains(got, "Options.Now panicked") {
			t.Errorf("logged %q", got)
		}
	})
}

// badHandler expects a value in the context of every record.
type badHandler struct{ slog.Handler }

func (badHandler) Handle(ctx context.Context, _ slog.Record) error {
	panic("no request ID: " + ctx.Value(badHandler{}).(string))
}

// TestLogHandlerThatPanics: a panic is reported on a goroutine of the source, and
// so is what a handler does that panics itself.
func TestLogHandlerThatPanics(t *testing.T) {
	captureLog(t) // restores the default
	slog.SetDefault(slog.New(badHandler{slog.NewTextHandler(io.Discard, nil)}))
	scene(t, jwks.Options{OnRefresh: func(jwks.Refresh) { panic("mistake") }}, func(t *testing.T, _ *fakeIssuer, s *jwks.Source) {
		expect(t, s, "a", found, 0)
		synctest.Wait()
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
