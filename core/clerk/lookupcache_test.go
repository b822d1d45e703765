package clerk

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core"
)

func newCache(change func(*lookupCache[string])) *lookupCache[string] {
	m := &lookupCache[string]{
		keep:    func(answer string) (time.Duration, bool) { return time.Minute, answer == "" },
		timeout: time.Second, max: 1000, logger: slog.New(slog.DiscardHandler), now: time.Now,
	}
	if change != nil {
		change(m)
	}
	return m
}

// TestLookupThatIgnoresItsContext: nobody waits longer than the timeout, and the
// number of lookups that hang stays bounded.
func TestLookupThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newCache(nil)
		release := make(chan struct{})
		var running atomic.Int64
		hang := func(context.Context) (string, error) {
			running.Add(1)
			defer running.Add(-1)
			<-release
			return "late", nil
		}
		for round := range 20 {
			var wg sync.WaitGroup
			begin := time.Now()
			for range 100 {
				wg.Go(func() {
					if _, err := m.get(context.Background(), "a", hang); !errors.Is(err, core.ErrUnavailable) {
						t.Errorf("round %d: got %v, want an outage", round, err)
					}
				})
			}
			wg.Wait()
			if took := time.Since(begin); took > time.Second {
				t.Errorf("round %d: waited %v, want a second at most", round, took)
			}
			time.Sleep(2 * time.Second)
		}
		if n := running.Load(); n > maxRunning {
			t.Errorf("%d lookups hang, want %d at most", n, maxRunning)
		}
		close(release)
		synctest.Wait()
		if answer, err := m.get(t.Context(), "a", func(context.Context) (string, error) { return "good", nil }); answer != "good" || err != nil {
			t.Errorf("after they returned: got %q, %v", answer, err)
		}
	})
}

// TestLookupThatHangsHasStaleAnswer: with a last answer the timeout is no outage.
func TestLookupThatHangsHasStaleAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newCache(func(m *lookupCache[string]) { m.staleFor = 10 * time.Minute })
		good := func(context.Context) (string, error) { return "good", nil }
		if _, err := m.get(t.Context(), "a", good); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		release := make(chan struct{})
		for range 5 {
			answer, err := m.get(t.Context(), "a", func(context.Context) (string, error) { <-release; return "late", nil })
			if answer != "good" || err != nil {
				t.Errorf("got %q, %v", answer, err)
			}
			time.Sleep(2 * time.Second)
		}
		close(release)
	})
}

func TestLookupThatPanics(t *testing.T) {
	m := newCache(nil)
	if _, err := m.get(t.Context(), "a", func(context.Context) (string, error) { panic("a nil name") }); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("got %v, want an outage", err)
	}
}

// TestLookupThatEndsItsGoroutine is what t.FailNow does in a test's source. More
// than maxRunning of them hold no place.
func TestLookupThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newCache(nil)
		for range maxRunning + 1 {
			begin := time.Now()
			_, err := m.get(t.Context(), "a", func(context.Context) (string, error) { runtime.Goexit(); return "", nil })
			if !errors.Is(err, core.ErrUnavailable) || time.Since(begin) > 0 {
				t.Errorf("got %v after %v, want an outage at once", err, time.Since(begin))
			}
			time.Sleep(retryAfterFailure)
		}
		if answer, err := m.get(t.Context(), "a", func(context.Context) (string, error) { return "good", nil }); answer != "good" {
			t.Errorf("got %q, %v", answer, err)
		}
	})
}

// badHandler expects a value in the context of every record.
type badHandler struct{ slog.Handler }

func (badHandler) Handle(ctx context.Context, _ slog.Record) error {
	panic("no request ID: " + ctx.Value(badHandler{}).(string))
}

// TestLogHandlerThatPanics: a panic and an outage are logged on goroutines of the
// cache.
func TestLogHandlerThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newCache(func(m *lookupCache[string]) {
			m.logger, m.staleFor = slog.New(badHandler{slog.NewTextHandler(io.Discard, nil)}), time.Hour
		})
		for _, ask := range []func(context.Context) (string, error){
			func(context.Context) (string, error) { return "good", nil },
			func(context.Context) (string, error) { return "", errors.New("down") },
			func(context.Context) (string, error) { panic("a nil name") },
		} {
			if answer, err := m.get(t.Context(), "a", ask); answer != "good" {
				t.Errorf("got %q, %v, want the last answer", answer, err)
			}
			time.Sleep(time.Minute)
		}
	})
}

// TestUnknownKeysAreLimited: a flood of made-up keys makes few calls at once, and
// does not delay a key that is known.
func TestUnknownKeysAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newCache(func(m *lookupCache[string]) { m.slots, m.timeout = make(chan struct{}, 4), 5100*time.Millisecond })
		good := func(context.Context) (string, error) { return "good", nil }
		if _, err := m.get(t.Context(), "known", good); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // its renewal is due
		var running, most, unanswered atomic.Int64
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				_, err := m.get(context.Background(), strconv.Itoa(i), func(ctx context.Context) (string, error) {
					if n := running.Add(1); n > most.Load() {
						most.Store(n)
					}
					defer running.Add(-1)
					time.Sleep(200 * time.Millisecond)
					return "", nil
				})
				if err != nil {
					unanswered.Add(1)
				}
			})
		}
		synctest.Wait()
		begin := time.Now()
		if answer, err := m.get(t.Context(), "known", good); answer != "good" || err != nil || time.Since(begin) > 0 {
			t.Errorf("the known key: got %q, %v after %v", answer, err, time.Since(begin))
		}
		wg.Wait()
		if n := most.Load(); n != 4 {
			t.Errorf("%d lookups at once, want 4", n)
		}
		if n := unanswered.Load(); n != 100 { // 4 at once, 200 ms each, within 5.1 s
			t.Errorf("%d lookups got no slot in time, want 100", n)
		}
		time.Sleep(time.Second) // the last ones return
	})
}

// TestClockThatIsSetBack: an answer does not stay fresh longer for it, and one
// that stood still while the machine was suspended is not fresh.
func TestClockThatIsSetBack(t *testing.T) {
	clock := newClock()
	m := newCache(func(m *lookupCache[string]) { m.now, m.staleFor = clock.Now, time.Hour })
	n := 0
	ask := func(context.Context) (string, error) { n++; return "good", nil }
	for _, step := range []struct {
		by    time.Duration
		calls int
	}{{0, 1}, {59 * time.Second, 1}, {-time.Hour, 2}, {time.Second, 2}, {time.Minute, 3}} {
		clock.Add(step.by)
		if _, err := m.get(t.Context(), "a", ask); err != nil || n != step.calls {
			t.Errorf("after %v: %d calls, %v, want %d", step.by, n, err, step.calls)
		}
	}
	// time.Now has a monotonic part, which stands still in a suspended machine.
	monotonic := newCache(nil)
	if at := monotonic.wall(); at != at.Round(0) {
		t.Errorf("got %v with a monotonic part", at)
	}
}
