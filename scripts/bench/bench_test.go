package main

import (
	"context"
	"flag"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

func openFixture(tb testing.TB) *fixture {
	tb.Helper()
	f, err := newFixture()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}

// badTokens are tokens that everything measured has to refuse: a verifier that
// verifies nothing is fast.
func badTokens(f *fixture, alg string) map[string]string {
	good := f.token(alg, nil)
	dot := strings.LastIndexByte(good, '.')
	other := f.token(alg, devissuer.Claims{"sub": "user_2"})
	return map[string]string{
		"signature of another token": good[:dot] + other[strings.LastIndexByte(other, '.'):],
		"expired":                    f.token(alg, devissuer.Claims{"exp": time.Now().Add(-time.Hour).Unix()}),
	}
}

func TestLibrariesVerify(t *testing.T) {
	f := openFixture(t)
	checkIssuer := map[string]bool{nameCached: true, nameUncached: true, "golang-jwt with keyfunc": true, "jwtauth": true, "clerk-sdk-go": true}
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		for _, l := range libraries {
			if l.rsaOnly && alg != "RS256" {
				continue
			}
			t.Run(alg+" "+l.name, func(t *testing.T) {
				prepare, err := l.open(t.Context(), f, alg)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // the second time from a cache
					if err := prepare(f.token(alg, nil))(); err != nil {
						t.Fatalf("got %v for a good token", err)
					}
				}
				bad := badTokens(f, alg)
				if checkIssuer[l.name] {
					bad["another issuer"] = f.token(alg, devissuer.Claims{"iss": "https://evil.example"})
				}
				for name, token := range bad {
					if err := prepare(token)(); err == nil {
						t.Errorf("%s: accepted", name)
					}
				}
			})
		}
		raw, err := rawCheck(f.issuer.Key(alg), f.token(alg, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := raw(); err != nil {
			t.Errorf("%s: got %v from the raw check", alg, err)
		}
		raw, err = rawCheck(f.issuer.Key(alg), badTokens(f, alg)["signature of another token"])
		if err != nil {
			t.Fatal(err)
		}
		if raw() == nil {
			t.Errorf("%s: the raw check accepts the signature of another token", alg)
		}
	}
}

func TestMiddlewareVerifies(t *testing.T) {
	f := openFixture(t)
	all, err := mounts(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		t.Run(m.framework+" "+m.name, func(t *testing.T) {
			op := m.prepare(f.token("RS256", nil))
			for range 3 {
				if err := op(); err != nil {
					t.Fatalf("got %v for a good token", err)
				}
			}
			for name, token := range badTokens(f, "RS256") {
				if err, want := m.prepare(token)(), m.name != bare; (err != nil) != want {
					t.Errorf("%s: got %v, want refused %v", name, err, want)
				}
			}
		})
	}
}

func TestTokenSize(t *testing.T) {
	if n := len(openFixture(t).token("RS256", nil)); n < 900 || n > 1300 {
		t.Errorf("got a token of %d bytes, want about 1 KB", n)
	}
}

func TestMeasure(t *testing.T) {
	before := flag.Lookup("test.benchtime").Value.String()
	t.Cleanup(func() { _ = flag.Set("test.benchtime", before) })
	var order []string
	note := func(name string) func() error {
		return func() error {
			if n := len(order); n == 0 || order[n-1] != name {
				order = append(order, name)
			}
			return nil
		}
	}
	samples, err := measure(t.Context(), []subject{{"a", note("a")}, {"b", note("b")}}, 2, time.Microsecond)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(order, " "), "a b a"; got != want {
		t.Errorf("got the order %s, want %s", got, want)
	}
	for name, s := range samples {
		if len(s) != 2 || s[0].ns <= 0 {
			t.Errorf("%s: got the samples %v, want two", name, s)
		}
	}
	refused := func() error { return errRefused }
	if _, err := measure(t.Context(), []subject{{"a", refused}}, 1, time.Microsecond); err == nil {
		t.Error("got no error from a subject that fails")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := measure(ended, []subject{{"a", note("a")}}, 1, time.Microsecond); err == nil {
		t.Error("got no error although the context had ended")
	}
}

func TestMedian(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}, {[]float64{nan, 5, nan}, 5}} {
		if got := medianOf(len(tt.values), func(r int) float64 { return tt.values[r] }); got != tt.want {
			t.Errorf("got %v of %v, want %v", got, tt.values, tt.want)
		}
	}
	if got := median([]float64{nan}); !math.IsNaN(got) {
		t.Errorf("got %v of no known value, want NaN", got)
	}
}

func TestTableText(t *testing.T) {
	tab := &table{title: "T", head: []string{"what", "n ÷ m"}}
	tab.add("a", "1000000")
	tab.add("bcdef", "")
	for markdown, want := range map[bool]string{
		false: "T\n\nwhat     n ÷ m\na      1000000\nbcdef\n",
		true:  "**T**\n\n| what  |   n ÷ m |\n| ----- | ------: |\n| a     | 1000000 |\n| bcdef |         |\n",
	} {
		if got := tab.text(markdown); got != want {
			t.Errorf("markdown %v: got\n%s\nwant\n%s", markdown, got, want)
		}
	}
}

func TestMachine(t *testing.T) {
	got := machine(options{rounds: 3, each: time.Second}, time.Date(2026, 11, 26, 1, 0, 0, 0, time.UTC))
	if want := "2026-11-26; medians of 3 rounds of 1s each"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	versions, err := versionTable()
	if err != nil {
		t.Fatal(err)
	}
	if got := len(versions.rows); got != len(compared()) {
		t.Errorf("got %d versions, want %d", got, len(compared()))
	}
}

// TestEveryAdapterIsCompared checks that each adapter of the table is measured,
// and the bare framework beside it.
func TestEveryAdapterIsCompared(t *testing.T) {
	all, err := mounts(openFixture(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range adapters.All {
		for _, name := range []string{bare, nameCached, nameUncached} {
			if !slices.ContainsFunc(all, func(m mount) bool { return m.framework == a.Name && m.name == name }) {
				t.Errorf("%s: %s is not measured", a.Name, name)
			}
		}
	}
}
