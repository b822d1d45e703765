package jwks_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// Three fetches at once, then one every cooldown.
func TestBudget(t *testing.T) {
	for _, cooldown := range []time.Duration{0, time.Second} {
		scene(t, jwks.Options{Cooldown: cooldown}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
			if cooldown == 0 {
				cooldown = 5 * time.Second
			}
			kid := 0
			flood := func(want int) {
				t.Helper()
				for range 10 {
					kid++
					expect(t, s, fmt.Sprint("made up ", kid), unknown, 0)
				}
				expectCount(t, f, want)
			}
			key(t, s, "a")
			flood(4)
			for i := range 3 {
				time.Sleep(cooldown - 1)
				flood(4 + i)
				time.Sleep(1)
				flood(5 + i)
			}
			time.Sleep(time.Minute) // it is full again, and holds no more than three
			flood(10)
			// A refresh does not use it up, nor does the attempt at the start.
			for range 3 {
				if err := jwks.Fetch(s); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(3 * cooldown)
			flood(16)
		})
	}
}

// An issuer that rotates twice within seconds loses no request.
func TestTwoRotationsInARow(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		f.publish("a", "b")
		expect(t, s, "b", found, 0)
		time.Sleep(time.Second)
		f.publish("b", "c")
		expect(t, s, "c", found, 0)
		expect(t, s, "b", found, 0)
		expectCount(t, f, 3)
	})
}

// 20 clients make up 2,000 key IDs in 2 s, the issuer answers in 50 ms: three
// fetches. A key published meanwhile is accepted within 5 s.
func TestFlood(t *testing.T) {
	for _, rotate := range []time.Duration{0, 30 * time.Millisecond, time.Second, 2 * time.Second} {
		scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
			key(t, s, "a")
			before := f.count()
			f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a")), delay: 50 * time.Millisecond})
			start := time.Now()
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					for n := 0; time.Since(start) < 9*time.Second; n++ {
						if got, _ := ask(s, fmt.Sprintf("made up %d %d", i, n)); got != unknown {
							t.Errorf("a made-up key ID: got %s", got)
						}
						expect(t, s, "a", found, 0)
						time.Sleep(20 * time.Millisecond)
					}
				})
			}
			time.Sleep(rotate)
			f.answer(reply{body: setOf(jwkOf(testEC().Public(), "a"), jwkOf(otherEC().Public(), "b")), delay: 50 * time.Millisecond})
			rotated := time.Now()
			for got := ""; got != found; got, _ = ask(s, "b") {
				time.Sleep(10 * time.Millisecond)
			}
			if took := time.Since(rotated); took > 5*time.Second {
				t.Errorf("rotation after %v: the key was accepted after %v", rotate, took)
			}
			time.Sleep(2*time.Second - time.Since(start))
			if n := f.count() - before; time.Since(start) <= 2*time.Second && n > 3 {
				t.Errorf("got %d fetches in 2 s, want at most 3", n)
			}
			wg.Wait()
			if n := f.count() - before; n > 5 {
				t.Errorf("got %d fetches in 9 s, want 3 and one every 5 s", n)
			}
			if n := len(jwks.Unknown(s)); n > jwks.MaxUnknown {
				t.Errorf("got %d remembered key IDs", n)
			}
		})
	}
}

// A stranger who makes up a key ID every 500 ms does not delay a rotation.
func TestRotationBesideAStranger(t *testing.T) {
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			for n := 0; time.Since(start) < time.Minute; n++ {
				expect(t, s, fmt.Sprint("made up ", n), unknown, 0)
				time.Sleep(500 * time.Millisecond)
			}
		})
		time.Sleep(20*time.Second + 10*time.Millisecond)
		f.publish("a", "b")
		rotated := time.Now()
		for got := ""; got != found; got, _ = ask(s, "b") {
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(rotated); took > 5*time.Second {
			t.Errorf("the key was accepted after %v", took)
		}
		wg.Wait()
		if n := f.count(); n > 1+3+12 {
			t.Errorf("got %d fetches in a minute", n)
		}
	})
}

// A clock that was set back does not lock the budget.
func TestBudgetAndAClockSetBack(t *testing.T) {
	now := time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	scene(t, jwks.Options{Now: func() time.Time { return now }}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		key(t, s, "a")
		for i := range 4 {
			expect(t, s, fmt.Sprint(i), unknown, 0)
		}
		expectCount(t, f, 4)
		now = now.Add(-30 * time.Second) // less than what counts as a clock that was set
		f.publish("a", "b")
		expect(t, s, "b", found, 0)
	})
}
