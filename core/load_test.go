package core_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/jwks"
)

// memoryBound is how much a process may grow by verifying tokens, however
// many: the cache's 32 MiB and what goes with them.
const memoryBound = 44 << 20

// stream verifies good distinct tokens and twice as many bad ones of every kind
// that a stranger can send for nothing, on all processors. It keeps none of
// them.
func stream(tb testing.TB, a *core.Authenticator, i *devissuer.Issuer, good int) {
	tb.Helper()
	const placeholder = "user_2NWs8KDbXX7sJHcDX4bZJ000000"
	claims, err := json.Marshal(sessionClaims(i, placeholder))
	if err != nil {
		tb.Fatal(err)
	}
	key := i.Key("EdDSA")
	header := fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"JWT"}`, key.ID)
	sign := func(n int) string {
		subject := fmt.Sprintf("user_2NWs8KDbXX7sJHcDX4bZJ%06d", n)
		payload := strings.Replace(string(claims), placeholder, subject, 1)
		return devissuer.SignRaw(key, "EdDSA", []byte(header), []byte(payload))
	}
	workers := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			last := sign(good)
			for n := worker; n < good; n += workers {
				token := sign(n)
				if _, err := a.Verify(context.Background(), token); err != nil {
					tb.Errorf("got %v for a good token", err)
					return
				}
				for bad := 2 * n; bad < 2*n+2; bad++ {
					text, class := badToken(bad, token, last)
					if _, err := a.Verify(context.Background(), text); !errors.Is(err, class) {
						tb.Errorf("got %v for bad token %d, want %v", err, bad, class)
						return
					}
				}
				last = token
			}
		})
	}
	all.Wait()
}

// badToken makes the n-th of a series of bad tokens, all distinct, out of two
// good ones.
func badToken(n int, token, other string) (bad string, class error) {
	part := strings.Split(token, ".")
	header := func(text string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + part[1] + "." + part[2]
	}
	switch n % 5 {
	case 0:
		return part[0] + "." + part[1] + other[strings.LastIndexByte(other, '.'):], core.ErrSignature
	case 1:
		return header(fmt.Sprintf(`{"alg":"EdDSA","kid":"unknown-%d","typ":"JWT"}`, n)), core.ErrUnknownKey
	case 2:
		return header(fmt.Sprintf(`{"alg":"HS256","kid":"%d","typ":"JWT"}`, n)), core.ErrAlgorithm
	case 3:
		claims := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"iss":"https://evil.example/%d"}`, n))
		return part[0] + "." + claims + "." + part[2], core.ErrIssuer
	}
	return strconv.Itoa(n) + strings.ReplaceAll(token, ".", "-"), core.ErrMalformed
}

// heap is the heap's memory after a collection: what is reachable, and that with
// the gaps between, which other objects can still fill.
func heap() (reachable, inUse int64) {
	runtime.GC()
	runtime.GC() // the first one only starts to give back what sync.Pool holds
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.HeapInuse)
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }

// TestMemoryBound holds that no stream of tokens, good or bad, makes the
// process grow beyond the bound. With -short and under the race detector, where
// signatures take ten times as long, everything is a twentieth.
func TestMemoryBound(t *testing.T) {
	resident, good, bound := 10_000, 50_000, int64(memoryBound)
	if testing.Short() || underRace() {
		const fixed = 2 << 20 // what does not go with the number of tokens
		resident, good, bound = resident/20, good/20, bound/20+fixed
	}
	i := benchIssuer(t, "EdDSA")
	reachable, inUse := heap()
	a := benchAuthenticator(t, i, resident, "EdDSA")
	stream(t, a, i, good)
	r, u := heap()
	reachable, inUse = r-reachable, u-inUse
	t.Logf("%d good tokens and %d bad ones: %.1f MB more in use, %.1f MB more reachable",
		good, 2*good, megabytes(inUse), megabytes(reachable))
	if inUse > bound {
		t.Errorf("got %d bytes more in use, want at most %d", inUse, bound)
	}
	// What is remembered has to be there, or the figure says nothing.
	if least := int64(resident) * 2000; reachable < least {
		t.Errorf("got %d bytes more reachable, want %d for the remembered tokens alone", reachable, least)
	}
	runtime.KeepAlive(a)
}

func underRace() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// BenchmarkMemory reports by how much the process grows: heap after a
// collection, and resident memory where the system tells.
func BenchmarkMemory(b *testing.B) {
	i := benchIssuer(b, "EdDSA")
	for range b.N {
		debug.FreeOSMemory()
		resident := residentBytes(b)
		reachable, inUse := heap()
		a := benchAuthenticator(b, i, 0, "EdDSA")
		stream(b, a, i, 50_000)
		r, u := heap()
		b.ReportMetric(megabytes(r-reachable), "reachable-MB")
		b.ReportMetric(megabytes(u-inUse), "inuse-MB")
		debug.FreeOSMemory()
		if resident > 0 {
			b.ReportMetric(megabytes(residentBytes(b)-resident), "rss-MB")
		}
		runtime.KeepAlive(a)
	}
}

// residentBytes is the process's resident memory, or 0 where /proc is missing.
func residentBytes(tb testing.TB) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kb, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			return kb << 10
		}
	}
	return 0
}

// start sends the first requests of a new process all at once and returns how
// often keys were fetched.
func start(tb testing.TB, i *devissuer.Issuer, requests int) (fetches int) {
	keys, err := jwks.Remote(i.JWKSURL(), jwks.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	a, err := core.New(core.Config{Issuers: []core.Issuer{{URL: i.URL(), Audiences: []string{i.Audience()}, Keys: keys}}})
	if err != nil {
		tb.Fatal(err)
	}
	tokens := make([]string, requests)
	for n := range tokens {
		tokens[n] = i.Token(devissuer.Claims{"sub": fmt.Sprintf("user_%d", n)})
	}
	before := i.Counts().JWKS
	release, all := make(chan struct{}), sync.WaitGroup{}
	for _, token := range tokens {
		all.Go(func() {
			<-release
			if _, err := a.Verify(context.Background(), token); err != nil {
				tb.Error(err)
			}
		})
	}
	close(release)
	all.Wait()
	return i.Counts().JWKS - before
}

func TestFirstRequestsShareOneFetch(t *testing.T) {
	i := benchIssuer(t, "EdDSA")
	if got := start(t, i, 200); got != 1 {
		t.Errorf("got %d fetches of keys for 200 first requests, want 1", got)
	}
}

// BenchmarkFirstRequests reports the fetches of keys that 200 requests at once
// cause in a new process.
func BenchmarkFirstRequests(b *testing.B) {
	i := benchIssuer(b, "EdDSA")
	fetches := 0
	for range b.N {
		fetches += start(b, i, 200)
	}
	b.ReportMetric(float64(fetches)/float64(b.N), "fetches/op")
}
