package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// subject is one operation that is measured. op runs it once and returns an error
// when the result is wrong.
type subject struct {
	name string
	op   func() error
}

// sample is one measurement of a subject.
type sample struct {
	ns     float64 // per operation
	allocs float64
	bytes  float64
}

// measure takes one sample of each subject per round, so that a slow phase of the
// machine affects all of them. Every second round runs in reverse order, because
// the first subject of a round is measured on a cooler machine than the last. The
// result has the samples of each subject in the order of the rounds.
func measure(ctx context.Context, subjects []subject, rounds int, each time.Duration) (map[string][]sample, error) {
	if err := flag.Set("test.benchtime", each.String()); err != nil {
		return nil, err
	}
	samples := make(map[string][]sample)
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d, %d measurements of %v\n", round+1, rounds, len(subjects), each)
		order := slices.Clone(subjects)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			got, err := one(s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			samples[s.name] = append(samples[s.name], got)
		}
	}
	return samples, nil
}

// one takes a sample. The first run is not part of it, because it fetches keys
// and fills caches.
func one(s subject) (sample, error) {
	if err := s.op(); err != nil {
		return sample{}, err
	}
	var failed error
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.op(); err != nil {
				failed = err
				b.FailNow()
			}
		}
	})
	if failed != nil {
		return sample{}, failed
	}
	n := float64(result.N)
	return sample{
		ns:     float64(result.T.Nanoseconds()) / n,
		allocs: float64(result.MemAllocs) / n,
		bytes:  float64(result.MemBytes) / n,
	}, nil
}
