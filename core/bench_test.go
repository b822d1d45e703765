package core_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand"
	"strings"
	"sync/atomic"
	"testing"

	"crypto"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// sessionClaims are shaped like a Clerk session token of version 2, about 1 KB
// when signed with RS256.
func sessionClaims(i *devissuer.Issuer, subject string) devissuer.Claims {
	return i.Claims(devissuer.Claims{
		"sub": subject, "azp": "https://app.example.com", "sid": "sess_2NWs8KDbXX7sJHcDX4bZJ6fkBWf",
		"v": 2, "sts": "active", "pla": "u:pro", "fea": "o:dashboard,o:teams,u:exports", "fva": []int{3, -1},
		"o": map[string]any{"id": "org_2NWs8KDbXX7sJHcDX4bZJ6fkBWf", "slg": "acme-inc", "rol": "admin",
			"per": "manage,read,write", "fpm": "7,3"},
		"roles": []string{"admin", "member"}, "scope": "read:invoices write:invoices",
		"email": "ada.lovelace@example.com", "picture": "https://img.example.com/" + strings.Repeat("a1", 24),
	})
}

func benchIssuer(tb testing.TB, algs ...string) *devissuer.Issuer {
	tb.Helper()
	i, err := devissuer.Start(devissuer.Options{Algorithms: algs})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = i.Close() })
	return i
}

func benchAuthenticator(tb testing.TB, i *devissuer.Issuer, cacheSize int, algs ...string) *core.Authenticator {
	tb.Helper()
	set, err := jwks.Static(i.JWKS())
	if err != nil {
		tb.Fatal(err)
	}
	a, err := core.New(core.Config{
		Issuers: []core.Issuer{{URL: i.URL(), Audiences: []string{i.Audience()},
			AuthorizedParties: []string{"https://app.example.com"}, Algorithms: algs, Keys: set}},
		CacheSize: cacheSize,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// BenchmarkVerify compares Verify with the signature check that it cannot do
// without: SHA-256 and the standard library's verification of a signature that
// is decoded already.
func BenchmarkVerify(b *testing.B) {
	ctx := context.Background()
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		i := benchIssuer(b, alg)
		token := i.Sign(alg, nil, sessionClaims(i, "user_2NWs8KDbXX7sJHcDX4bZJ6fkBWf"))
		b.Run(alg+"/raw", func(b *testing.B) {
			check := rawCheck(b, i.Key(alg), token)
			b.ReportAllocs()
			for b.Loop() {
				if err := check(); err != nil {
					b.Fatal(err)
				}
			}
		})
		for name, size := range map[string]int{"uncached": -1, "cached": 0} {
			a := benchAuthenticator(b, i, size, alg)
			b.Run(alg+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				b.ReportMetric(float64(len(token)), "token-bytes")
				for b.Loop() {
					if _, err := a.Verify(ctx, token); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		// The cost of a check depends on the signature, so a miss is compared with
		// the same tokens verified without a cache.
		tokens := make([]string, 512)
		for n := range tokens {
			tokens[n] = i.Sign(alg, nil, sessionClaims(i, fmt.Sprintf("user_2NWs8KDbXX7sJHcDX4bZJ%06d", n)))
		}
		b.Run(alg+"/unseen", func(b *testing.B) { benchmarkUnseen(b, benchAuthenticator(b, i, -1, alg), tokens) })
		b.Run(alg+"/miss", func(b *testing.B) { // each is evicted before it comes again
			benchmarkUnseen(b, benchAuthenticator(b, i, len(tokens)/2, alg), tokens)
		})
	}
}

// benchmarkUnseen verifies tokens that no cache knows.
func benchmarkUnseen(b *testing.B, a *core.Authenticator, tokens []string) {
	ctx := context.Background()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := a.Verify(ctx, tokens[n%len(tokens)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func rawCheck(tb testing.TB, key *devissuer.Key, token string) func() error {
	tb.Helper()
	dot := strings.LastIndexByte(token, '.')
	signed := []byte(token[:dot])
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil {
		tb.Fatal(err)
	}
	failed := errors.New("raw check failed")
	switch public := key.Private.Public().(type) {
	case *rsa.PublicKey:
		return func() error {
			digest := sha256.Sum256(signed)
			return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature)
		}
	case *ecdsa.PublicKey:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return func() error {
			digest := sha256.Sum256(signed)
			if !ecdsa.Verify(public, digest[:], r, s) {
				return failed
			}
			return nil
		}
	case ed25519.PublicKey:
		return func() error {
			if !ed25519.Verify(public, signed, signature) {
				return failed
			}
			return nil
		}
	}
	tb.Fatalf("no raw check for %T", key.Private.Public())
	return nil
}

// BenchmarkVerifyZipf draws among 10,000 resident tokens as traffic does: few
// users send most requests.
func BenchmarkVerifyZipf(b *testing.B) {
	i := benchIssuer(b, "EdDSA")
	a := benchAuthenticator(b, i, 0, "EdDSA")
	ctx := context.Background()
	tokens := make([]string, 10_000) // as many as are remembered by default
	for n := range tokens {
		tokens[n] = i.Sign("EdDSA", nil, sessionClaims(i, fmt.Sprintf("user_2NWs8KDbXX7sJHcDX4bZJ%06d", n)))
		if _, err := a.Verify(ctx, tokens[n]); err != nil {
			b.Fatal(err)
		}
	}
	draw := rand.NewZipf(rand.New(rand.NewSource(1)), 1.1, 1, uint64(len(tokens)-1)) //nolint:gosec // a draw, not a secret
	order := make([]int, 1<<16)
	for n := range order {
		order[n] = int(draw.Uint64())
	}
	b.Run("resident", func(b *testing.B) { // so that the above is done once
		var processors atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for n := int(processors.Add(1)) * 1000; pb.Next(); n++ {
				if _, err := a.Verify(ctx, tokens[order[n%len(order)]]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkVerifyParallel is the hottest case: one token on all processors.
func BenchmarkVerifyParallel(b *testing.B) {
	i := benchIssuer(b, "EdDSA")
	a := benchAuthenticator(b, i, 0, "EdDSA")
	token := i.Sign("EdDSA", nil, sessionClaims(i, "user_1"))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := a.Verify(context.Background(), token); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkRefuse is what garbage costs: none of it reaches a signature check.
func BenchmarkRefuse(b *testing.B) {
	i := benchIssuer(b, "EdDSA")
	a := benchAuthenticator(b, i, 0, "EdDSA")
	good := i.Sign("EdDSA", nil, sessionClaims(i, "user_1"))
	part := strings.SplitN(good, ".", 3)
	foreign, err := json.Marshal(i.Claims(devissuer.Claims{"iss": "https://evil.example"}))
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, token string }{
		{"shape", strings.ReplaceAll(good, ".", "-")},
		{"base64", part[0] + "." + part[1] + "=." + part[2]},
		{"json", part[0] + "." + part[1][:len(part[1])/4*4-4] + "." + part[2]},
		{"algorithm", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part[1] + "." + part[2]},
		{"issuer", part[0] + "." + base64.RawURLEncoding.EncodeToString(foreign) + "." + part[2]},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Verify(context.Background(), c.token); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

// TestVerifyAllocations holds the budgets: what verifying a token allocates is
// paid for every request.
func TestVerifyAllocations(t *testing.T) {
	if underRace() {
		t.Log("the race detector allocates; the figures are those of the run without it")
	}
	for alg, uncached := range map[string]float64{"RS256": 12, "ES256": 14, "EdDSA": 3} {
		i := benchIssuer(t, alg)
		token := i.Sign(alg, nil, sessionClaims(i, "user_2NWs8KDbXX7sJHcDX4bZJ6fkBWf"))
		for size, want := range map[int]float64{-1: uncached, 0: 0} {
			a := benchAuthenticator(t, i, size, alg)
			verify := func() {
				if _, err := a.Verify(t.Context(), token); err != nil {
					t.Fatal(err)
				}
			}
			verify()
			if n := testing.AllocsPerRun(100, verify); n > want && !underRace() {
				t.Errorf("%s, CacheSize %d: got %v allocations, want at most %v", alg, size, n, want)
			}
		}
	}
}
