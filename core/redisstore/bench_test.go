package redisstore_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/redisstore"
)

// BenchmarkLocal measures calls to a Redis on the same machine, one after the
// other, beside PING, which is the least that any call costs.
func BenchmarkLocal(b *testing.B) {
	server := startServer(b)
	s := open(b, redisstore.Options{URL: server.url(), Timeout: patient})
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	ctx := b.Context()
	value := "0"
	for _, c := range []struct {
		name string
		call func(i int) error
	}{
		{"PING", func(int) error { return client.Ping(ctx).Err() }},
		{"Set", func(i int) error { return s.Set(ctx, strconv.Itoa(i%1000), "v", time.Hour) }},
		{"Get", func(i int) error { _, err := s.Get(ctx, strconv.Itoa(i%1000)); return err }},
		{"GetOf4", func(int) error { _, err := s.Get(ctx, "sid", "jti", "sub", "org"); return err }},
		{"SwapFirst", func(i int) error {
			_, _, err := s.Swap(ctx, "once:"+strconv.Itoa(i), "", "v", time.Hour)
			return err
		}},
		{"SwapReplay", func(int) error { _, _, err := s.Swap(ctx, "once:0", "", "v", time.Hour); return err }},
		{"SwapChange", func(i int) error {
			next := strconv.Itoa(i + 1)
			current, _, err := s.Swap(ctx, "n", value, next, time.Hour)
			value = current
			return err
		}},
		{"Advance", func(i int) error {
			_, _, err := s.Advance(ctx, strconv.Itoa(i%1000), time.Millisecond, time.Hour)
			return err
		}},
		{"AdvanceRefused", func(int) error { _, _, err := s.Advance(ctx, "full", time.Second, 0); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			if err := c.call(0); err != nil { // connects
				b.Fatal(err)
			}
			b.ReportAllocs()
			took := make([]time.Duration, 0, 1<<16)
			i := 0
			for b.Loop() {
				start := time.Now()
				if err := c.call(i); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
				i++
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
		})
	}
}
