package store

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

const benchKeys = 1 << 14

// benchmarkStore runs call with one of many keys, on one goroutine and on all
// processors at once.
func benchmarkStore(b *testing.B, call func(m *Memory, key string) error) {
	keys := make([]string, benchKeys)
	for i := range keys {
		keys[i] = "rl:api:1s:user https://tenant.eu.auth0.com/ auth0|5f7c8ec7c33c6c004bbaf" + strconv.Itoa(i)
	}
	fill := func(b *testing.B) *Memory {
		m := NewMemory(MemoryOptions{})
		for _, key := range keys {
			if err := call(m, key); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportAllocs()
		return m
	}
	b.Run("single", func(b *testing.B) {
		m, i := fill(b), 0
		for b.Loop() {
			if err := call(m, keys[i%benchKeys]); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
	b.Run("parallel", func(b *testing.B) {
		m := fill(b)
		var workers atomic.Int64
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			// Odd, so that each goroutine takes another order of all keys.
			step := int(workers.Add(1))*2 + 1
			for i := 0; pb.Next(); i += step {
				if err := call(m, keys[i%benchKeys]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkAdvance is a decision of a rate limit, with the clocks of many callers.
func BenchmarkAdvance(b *testing.B) {
	benchmarkStore(b, func(m *Memory, key string) error {
		_, _, err := m.Advance(context.Background(), key, time.Second, MaxDuration)
		return err
	})
}

// BenchmarkSwap is a replay, which is found and refused.
func BenchmarkSwap(b *testing.B) {
	benchmarkStore(b, func(m *Memory, key string) error {
		_, _, err := m.Swap(context.Background(), key, "", "seen", time.Hour)
		return err
	})
}

// BenchmarkGet allocates the slice that it returns.
func BenchmarkGet(b *testing.B) {
	benchmarkStore(b, func(m *Memory, key string) error {
		_, err := m.Get(context.Background(), key)
		return err
	})
}
