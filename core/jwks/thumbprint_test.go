package jwks_test

import (
	"context"
	"crypto/sha1" //nolint:gosec // x5t is one
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/jwks"
)

// thumbprintsOf returns the x5t and the x5t#S256 of a certificate as x5c has it.
func thumbprintsOf(x5c string) (x5t, x5tS256 string) {
	der := must(base64.StdEncoding.DecodeString(x5c))
	one, two := sha1.Sum(der), sha256.Sum256(der) //nolint:gosec // see above
	return base64.RawURLEncoding.EncodeToString(one[:]), base64.RawURLEncoding.EncodeToString(two[:])
}

func TestKeysByThumbprint(t *testing.T) {
	certs := jwks.TestCerts()
	x5t, x5tS256 := thumbprintsOf(certs[0])
	otherX5t, _ := thumbprintsOf(certs[1])
	ec := func(id string, members jwkMap) jwkMap { return with(jwkOf(newEC256().Public(), id), members) }
	right := with(jwkOf(testEC().Public(), "right"), jwkMap{"x5t": x5t})
	five := make([]jwkMap, 0, 6)
	for i := range 5 {
		five = append(five, ec(fmt.Sprint(i), jwkMap{"x5t": otherX5t}))
	}
	for _, tt := range []struct {
		name string
		keys []jwkMap
		x5t  string
		want []string // IDs
	}{
		{"x5t", []jwkMap{ec("0", jwkMap{"x5t": otherX5t}), right}, x5t, []string{"right"}},
		{"x5t, with padding", []jwkMap{ec("0", jwkMap{"x5t": otherX5t + "="}), with(right, jwkMap{"x5t": x5t + "="})}, x5t, []string{"right"}},
		{"x5t#S256", []jwkMap{ec("0", jwkMap{"x5t": otherX5t}), with(right, jwkMap{"x5t": nil, "x5t#S256": x5tS256})}, x5tS256, []string{"right"}},
		{"x5c alone", []jwkMap{ec("0", jwkMap{"x5c": []string{certs[1]}}), with(right, jwkMap{"x5t": nil, "x5c": []string{certs[0]}})}, x5t, []string{"right"}},
		{"x5c alone, x5t#S256", []jwkMap{ec("0", jwkMap{"x5c": []string{certs[1]}}), with(right, jwkMap{"x5t": nil, "x5c": []string{certs[0]}})}, x5tS256, []string{"right"}},
		{"the member before x5c", []jwkMap{ec("0", jwkMap{"x5t": x5t, "x5c": []string{certs[1]}})}, otherX5t, nil},
		{"behind five others", append(five, right), x5t, []string{"right"}},
		{"of a key for another algorithm", []jwkMap{with(jwkOf(testRSA().Public(), "rs"), jwkMap{"x5t": x5t}), ec("0", nil)}, x5t, nil},
		{"unknown", []jwkMap{right, ec("0", jwkMap{"x5t": otherX5t})}, strings.Repeat("A", 27), nil},
		{"unknown, beside a key without certificate", []jwkMap{right, ec("0", nil)}, strings.Repeat("A", 27), []string{"0"}},
		{"no certificates", []jwkMap{ec("0", nil), ec("1", nil)}, x5t, []string{"0", "1"}},
		{"no thumbprint", []jwkMap{ec("0", nil), right}, "!!", []string{"0", "right"}},
		{"empty", []jwkMap{ec("0", nil), right}, "", []string{"0", "right"}},
		{"nothing named, five keys", append([]jwkMap{right}, five...), "", []string{"right", "0", "1", "2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			static := must(jwks.Static([]byte(setOf(tt.keys...))))
			var n atomic.Int32
			for kind, src := range map[string]*jwks.Source{"static": static, "wrapped": static.Wrap(counted{static, &n})} {
				keys, err := src.KeysByThumbprint(t.Context(), tt.x5t, "ES256")
				var got []string
				for _, k := range keys {
					got = append(got, k.ID())
				}
				if err != nil || strings.Join(got, " ") != strings.Join(tt.want, " ") {
					t.Errorf("%s: got %q, %v; want %q", kind, got, err, tt.want)
				}
			}
			if n.Load() != 1 {
				t.Errorf("what wraps the source was asked %d times, want once", n.Load())
			}
		})
	}
}

// A certificate that is replaced is followed like a key ID that is.
func TestThumbprintRotation(t *testing.T) {
	certs := jwks.TestCerts()
	x5t, _ := thumbprintsOf(certs[0])
	next, _ := thumbprintsOf(certs[1])
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		ask := func(x5t string) int {
			t.Helper()
			keys, err := s.KeysByThumbprint(t.Context(), x5t, "ES256")
			if err != nil {
				t.Error(err)
			}
			return len(keys)
		}
		old := with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": []string{certs[0]}})
		f.answer(reply{body: setOf(old)})
		if got := ask(x5t); got != 1 {
			t.Errorf("got %d keys", got)
		}
		f.answer(reply{body: setOf(old, with(jwkOf(otherEC().Public(), "b"), jwkMap{"x5c": []string{certs[1]}}))})
		if got := ask(next); got != 1 {
			t.Errorf("the next certificate: got %d keys", got)
		}
		expectCount(t, f, 2)
		for range 3 { // one fetch, then it is remembered
			if got := ask(strings.Repeat("A", 27)); got != 0 {
				t.Errorf("a made-up one: got %d keys", got)
			}
		}
		expectCount(t, f, 3)
		time.Sleep(time.Minute)
		f.fail()
		if _, err := s.KeysByThumbprint(t.Context(), strings.Repeat("Q", 27), "ES256"); err == nil {
			t.Error("a made-up one during an outage: got no error")
		}
	})
}

// RequireKeyID refuses tokens that name a certificate alone.
func TestThumbprintAndRequireKeyID(t *testing.T) {
	x5t, _ := thumbprintsOf(jwks.TestCerts()[0])
	scene(t, jwks.Options{RequireKeyID: true}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		f.answer(reply{body: setOf(with(jwkOf(testEC().Public(), "a"), jwkMap{"x5t": x5t}))})
		key(t, s, "a")
		if keys, err := s.KeysByThumbprint(t.Context(), x5t, "ES256"); err != nil || len(keys) != 0 {
			t.Errorf("got %v, %v", keys, err)
		}
	})
}

// A Lookup that asks a source of this package hands the thumbprint on.
func TestThumbprintThroughCustom(t *testing.T) {
	certs := jwks.TestCerts()
	x5t, _ := thumbprintsOf(certs[0])
	inner := must(jwks.Static([]byte(setOf(
		with(jwkOf(otherEC().Public(), "other"), jwkMap{"x5c": []string{certs[1]}}),
		with(jwkOf(testEC().Public(), "a"), jwkMap{"x5c": []string{certs[0]}}),
	))))
	s := must(jwks.Custom(jwks.LookupFunc(func(ctx context.Context, kid, alg string) ([]*jwks.Key, error) {
		return inner.Keys(ctx, kid, alg)
	})))
	for range 2 {
		if keys, err := s.KeysByThumbprint(t.Context(), x5t, "ES256"); err != nil || len(keys) != 1 || keys[0].ID() != "a" {
			t.Errorf("got %v, %v", keys, err)
		}
		if keys, err := s.Keys(t.Context(), "", "ES256"); err != nil || len(keys) != 2 {
			t.Errorf("without it: got %v, %v", keys, err)
		}
	}
}

// The issuer member of a key, as Microsoft Entra ID has it.
func TestKeyIssuer(t *testing.T) {
	const template = "https://login.microsoftonline.com/{tenantid}/v2.0"
	scene(t, jwks.Options{}, func(t *testing.T, f *fakeIssuer, s *jwks.Source) {
		for _, tt := range []struct {
			member any
			want   string
		}{{nil, ""}, {template, template}, {"https://i.example", "https://i.example"}, {7, "7"}, {[]string{"x"}, `["x"]`}} {
			f.answer(reply{body: setOf(with(jwkOf(testEC().Public(), "a"), jwkMap{"issuer": tt.member}))})
			if err := jwks.Fetch(s); err != nil {
				t.Fatal(err)
			}
			if got := key(t, s, "a").Issuer(); got != tt.want {
				t.Errorf("issuer %v: got %q, want %q", tt.member, got, tt.want)
			}
		}
	})
}
