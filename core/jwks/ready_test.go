package jwks_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// Ready is one attempt.
func TestReady(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.fail()
		for range 2 { // each call is an attempt, whatever the back-off
			if err := r.Ready(t.Context()); !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), "status 500") {
				t.Errorf("got %v", err)
			}
		}
		expectCount(t, f, 2)
		f.publish("a")
		if err := r.Ready(t.Context()); err != nil {
			t.Errorf("got %v", err)
		}
		if err := r.Ready(t.Context()); err != nil {
			t.Errorf("got %v", err)
		}
		expectCount(t, f, 3)
		if !r.Health().Ready {
			t.Errorf("got %+v", r.Health())
		}
	})
}

// A success ends the back-off, also one that did not wait for its end.
func TestReadyEndsTheBackoff(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Second}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.fail()
		for range 8 {
			_ = r.Ready(t.Context())
		}
		f.publish("a")
		if err := r.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		expect(t, r, "a", found, 0)
		expectCount(t, f, 10)
	})
}

func TestReadyEndsWithItsContext(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.answer(reply{hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := r.Ready(ctx)
		if !errors.Is(err, jwks.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWaitReady(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		f.fail()
		time.AfterFunc(time.Minute, func() { f.publish("a") })
		start := time.Now()
		if err := r.WaitReady(t.Context()); err != nil {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took < time.Minute || took > 2*time.Minute {
			t.Errorf("ready after %v", took)
		}
		if n := f.count(); n < 6 || n > 10 {
			t.Errorf("got %d attempts", n)
		}
	})
}

func TestWaitReadyEndsWithItsContext(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reply reply
		after time.Duration
		want  string
	}{
		{"during a pause", reply{status: 500}, 12 * time.Second, "status 500"},
		{"during a pause after a timeout", reply{hang: true}, 12 * time.Second, "(timeout)"},
		{"during the second attempt", reply{hang: true}, 8 * time.Second, "(timeout)"},
		{"during the first attempt", reply{hang: true}, 3 * time.Second, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
				f.answer(tt.reply)
				ctx, cancel := context.WithTimeout(t.Context(), tt.after)
				defer cancel()
				start := time.Now()
				err := r.WaitReady(ctx)
				if !errors.Is(err, jwks.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("got %v", err)
				}
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q in it", err, tt.want)
				}
				if took := time.Since(start); took != tt.after {
					t.Errorf("ended after %v", took)
				}
			})
		})
	}
}

// An issuer that withdrew all its keys is asked no more often than strangers can.
func TestWaitReadyForAnEmptySet(t *testing.T) {
	scene(t, jwks.Options{RefreshEvery: time.Minute}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		key(t, r, "a")
		f.publish()
		for range 2 {
			time.Sleep(time.Minute)
			ask(r, "a")
			synctest.Wait()
		}
		before := f.count()
		ctx, cancel := context.WithTimeout(t.Context(), 35*time.Second)
		defer cancel()
		if err := r.WaitReady(ctx); !errors.Is(err, jwks.ErrUnavailable) || !strings.Contains(err.Error(), "no keys") {
			t.Errorf("got %v", err)
		}
		if n := f.count() - before; n > 8 {
			t.Errorf("got %d attempts in 35 s", n)
		}
	})
}

func TestEvents(t *testing.T) {
	var first []jwks.Refresh
	o := jwks.Options{OnRefresh: func(e jwks.Refresh) { first = append(first, e) }}
	scene(t, o, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		odd := with(jwkOf(testRSA().Public(), "x"), jwkMap{"use": "enc"})
		f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "a"), odd), delay: time.Second})
		if _, err := r.Keys(t.Context(), "a", "ES256"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		e := f.last()
		if e.Err != "" || e.Keys != 2 || !e.Changed || e.Duration != time.Second || e.URL != testURL || e.Issuer != "" {
			t.Errorf("got %+v", e)
		}
		if len(e.Duplicates) != 1 || e.Duplicates[0] != "a" || len(e.Dropped) != 1 || e.Dropped[0].String() != `"x" (use)` {
			t.Errorf("got duplicates %q, dropped %v", e.Duplicates, e.Dropped)
		}
		if h := r.Health(); h.Keys != 2 || h.Dropped != 1 {
			t.Errorf("got %+v", h)
		}
		time.Sleep(10 * time.Minute)
		ask(r, "a")
		time.Sleep(time.Second)
		synctest.Wait()
		if e := f.last(); e.Changed || e.Keys != 2 {
			t.Errorf("the same set again: got %+v", e)
		}
		if len(first) != 2 || first[1].Err != "" {
			t.Errorf("OnRefresh got %+v", first)
		}
	})
}

// A listener may ask the source that called it.
func TestListenerAsksBack(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, r *jwks.Source) {
		asked := make(chan string, 1)
		r.Subscribe(func(jwks.Refresh) {
			got, _ := ask(r, "a")
			asked <- got
		})
		expect(t, r, "a", found, 0)
		if got := <-asked; got != found {
			t.Errorf("got %s", got)
		}
	})
}

func TestHealthAsJSON(t *testing.T) {
	got := string(must(json.Marshal(jwks.Health{})))
	if want := `{"ready":false,"keys":0,"dropped":0,"age_ns":0,"failures":0}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
