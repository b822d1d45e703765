package jwks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// A Source that nobody made answers every method, and says what is wrong.
func TestEmptySource(t *testing.T) {
	var none *jwks.Source
	for name, s := range map[string]*jwks.Source{
		"nil": none, "zero": {}, "wrapped nil": none.Wrap(none), "wrapped by nil": fromPEM(t).Wrap(nil),
		"wrapped by a nil function": fromPEM(t).Wrap(jwks.LookupFunc(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.Validate(); err == nil || !strings.HasPrefix(err.Error(), "jwks: ") {
				t.Errorf("Validate: got %v", err)
			}
			for _, call := range []func() error{
				func() error { _, err := s.Keys(t.Context(), "a", "ES256"); return err },
				func() error { return s.Ready(t.Context()) },
				func() error { return s.WaitReady(t.Context()) },
			} {
				if err := call(); !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), s.Validate().Error()) {
					t.Errorf("got %v, want ErrUnavailable and the reason", err)
				}
			}
			if s.Has(testKey()) || s.HasAt(testKey(), time.Now()) || s.SoleKey() != nil || s.Health() != (jwks.Health{}) {
				t.Error("an empty source has keys")
			}
			if got := s.Refetch(t.Context(), "a", "ES256", nil); got != nil {
				t.Errorf("Refetch: got %v", got)
			}
			s.Subscribe(func(jwks.Refresh) {})()
		})
	}
}

func fromPEM(t *testing.T) *jwks.Source {
	t.Helper()
	s, err := jwks.PEM([]byte(spki(testRSA().Public())))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// counted adds a metric in each of the ways in which Go programs wrap things.
type counted struct {
	*jwks.Source
	n *atomic.Int32
}

func (c counted) Keys(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
	c.n.Add(1)
	return c.Source.Keys(ctx, kid, alg)
}

var wrappers = map[string]func(t *testing.T, s *jwks.Source, n *atomic.Int32) *jwks.Source{
	"a function": func(_ *testing.T, s *jwks.Source, n *atomic.Int32) *jwks.Source {
		return s.Wrap(jwks.LookupFunc(func(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
			n.Add(1)
			return s.Keys(ctx, kid, alg)
		}))
	},
	"a type that embeds the source": func(_ *testing.T, s *jwks.Source, n *atomic.Int32) *jwks.Source {
		return s.Wrap(counted{s, n})
	},
	"such a type given to Custom": func(t *testing.T, s *jwks.Source, n *atomic.Int32) *jwks.Source {
		s, err := jwks.Custom(counted{s, n})
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
	"twice": func(_ *testing.T, s *jwks.Source, n *atomic.Int32) *jwks.Source {
		once := s.Wrap(counted{s, n})
		return once.Wrap(once)
	},
}

// A wrapped source loses nothing: readiness, health, events, the one key of a PEM.
func TestWrap(t *testing.T) {
	for name, wrap := range wrappers {
		t.Run(name, func(t *testing.T) {
			scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, inner *jwks.Source) {
				var n atomic.Int32
				s := wrap(t, inner, &n)
				var events []jwks.Refresh
				s.Subscribe(func(e jwks.Refresh) { events = append(events, e) })
				f.fail()
				if err := s.Ready(t.Context()); !errors.Is(err, jwks.ErrUnavailable) || s.Health().Ready {
					t.Errorf("Ready: got %v and %+v while the issuer is down", err, s.Health())
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				if err := s.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "status 500") {
					t.Errorf("WaitReady: got %v", err)
				}
				f.publish("a")
				if err := s.WaitReady(t.Context()); err != nil || !s.Health().Ready {
					t.Errorf("WaitReady: got %v and %+v", err, s.Health())
				}
				if n.Load() != 0 {
					t.Errorf("got %d questions, want none for readiness", n.Load())
				}
				k := key(t, s, "a")
				if n.Load() != 1 || !s.Has(k) || !s.HasAt(k, time.Now()) {
					t.Errorf("got %d questions, want 1; Has %v", n.Load(), s.Has(k))
				}
				synctest.Wait()
				if len(events) < 3 || events[0].Err != "status" || events[len(events)-1].Keys != 1 {
					t.Errorf("got events %+v", events)
				}
			})
			var n atomic.Int32
			if s := wrap(t, fromPEM(t), &n); s.SoleKey() == nil || !s.SoleKey().Fits("RS256") {
				t.Error("the one key of a PEM is lost")
			}
		})
	}
}

// What wraps a source decides about Refetch as well.
func TestWrapWithholds(t *testing.T) {
	scene(t, jwks.Options{AllowKeyReuse: true}, func(t *testing.T, f *fakeIssuer, inner *jwks.Source) {
		k := key(t, inner, "a")
		f.answer(reply{body: setOf(jwkOf(otherEC().Public(), "a"))})
		time.Sleep(time.Minute)
		none := inner.Wrap(jwks.LookupFunc(func(context.Context, string, string) ([]*jwks.Key, error) { return nil, nil }))
		if got := none.Refetch(t.Context(), "a", "ES256", []*jwks.Key{k}); len(got) != 0 {
			t.Errorf("got %v, want the key withheld", got)
		}
		all := inner.Wrap(inner)
		if got := all.Refetch(t.Context(), "a", "ES256", []*jwks.Key{k}); len(got) != 1 || got[0] == k {
			t.Errorf("got %v, want the new key", got)
		}
	})
}

// The answer of a Lookup is held to what Keys promises.
func TestLookupAnswers(t *testing.T) {
	ec := func(id string) *jwks.Key { return must(jwks.NewKey(id, "", newEC256().Public())) }
	rsaKey := must(jwks.NewKey("r", "", testRSA().Public()))
	keys := []*jwks.Key{ec("1"), ec("2"), ec("3"), ec("4"), ec("5")}
	broken := errors.New("database is away")
	for _, tt := range []struct {
		name string
		keys []*jwks.Key
		err  error
		want int
		is   error
	}{
		{"nothing", nil, nil, 0, nil},
		{"one key", keys[:1], nil, 1, nil},
		{"five keys", keys, nil, 4, nil},
		{"a key of another type", []*jwks.Key{rsaKey, keys[0]}, nil, 1, nil},
		{"nil among them", []*jwks.Key{nil, keys[0], nil}, nil, 1, nil},
		{"an error", keys[:1], broken, 0, broken},
		{"an error that says so itself", nil, fmt.Errorf("%w: away", jwks.ErrUnavailable), 0, jwks.ErrUnavailable},
	} {
		lookup := jwks.LookupFunc(func(context.Context, string, string) ([]*jwks.Key, error) { return tt.keys, tt.err })
		for kind, s := range map[string]*jwks.Source{"custom": must(jwks.Custom(lookup)), "wrapped": fromPEM(t).Wrap(lookup)} {
			got, err := s.Keys(t.Context(), "a", "ES256")
			if len(got) != tt.want || !errors.Is(err, tt.is) || err != nil && !errors.Is(err, jwks.ErrUnavailable) {
				t.Errorf("%s, %s: got %d keys, %v; want %d, %v", tt.name, kind, len(got), err, tt.want, tt.is)
			}
		}
	}
}

// Events come one after the other and in order, also to a subscriber that is slow;
// requests do not wait for it.
func TestEventsInOrder(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Second}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		var got []int
		busy := false
		s.Subscribe(func(e jwks.Refresh) {
			if busy {
				t.Error("two events at once")
			}
			busy = true
			time.Sleep(10 * time.Second)
			busy = false
			got = append(got, e.Keys)
		})
		for n := 1; n <= 5; n++ {
			f.publish([]string{"a", "b", "c", "d", "e"}[:n]...)
			expect(t, s, "a", found, 0)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.IsSorted(got) || len(got) < 4 {
			t.Errorf("got events of %v keys", got)
		}
	})
}

func TestUnsubscribe(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		before := jwks.Listeners(s)
		var one, two int
		count := func(n *int) func(jwks.Refresh) { return func(jwks.Refresh) { *n++ } }
		stopOne, stopTwo := s.Subscribe(count(&one)), s.Subscribe(count(&two))
		key(t, s, "a")
		synctest.Wait()
		stopOne()
		stopOne() // a second call changes nothing
		if err := jwks.Fetch(s); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if one != 1 || two != 2 {
			t.Errorf("got %d and %d events, want 1 and 2", one, two)
		}
		stopTwo()
		// An Authenticator that is made again and again leaves nothing behind.
		for range 1000 {
			s.Wrap(s).Subscribe(func(jwks.Refresh) {})()
		}
		s.Subscribe(nil)()
		if got := jwks.Listeners(s); got != before {
			t.Errorf("got %d listeners, want %d", got, before)
		}
	})
}

// TestAuthenticatorsAreReleased: a source that outlives its Authenticators, as in a
// program that makes one for each change of its configuration, keeps none of them.
func TestAuthenticatorsAreReleased(t *testing.T) {
	f := &fakeIssuer{}
	s := must(jwks.Remote(testURL, jwks.Options{HTTPClient: &http.Client{Transport: f}}))
	before := jwks.Listeners(s)
	for range 100 {
		if _, err := core.New(core.Config{Issuers: []core.Issuer{{URL: "https://issuer.example", Audiences: []string{"api"}, Keys: s}}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; jwks.Listeners(s) > before; i++ {
		if i == 1000 {
			t.Fatalf("got %d listeners, want %d", jwks.Listeners(s), before)
		}
		runtime.GC() // it runs the cleanups on a goroutine of its own
		runtime.Gosched()
	}
}
