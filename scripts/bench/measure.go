package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// subject is one thing that is measured. op does it once and returns an error
// when it does not come out as it must.
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

// measure takes one sample of each subject per round, so that whatever slows
// the machine down for a while falls on all of them. Every second round runs
// backwards, because the first is measured on a cooler machine than the last.
// The result has the samples of each subject in the order of the rounds.
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

// one takes a sample. The first run is not part of it: it fetches keys and
// fills caches.
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

// medianOf is the median over the rounds of what value makes of each.
func medianOf(rounds int, value func(round int) float64) float64 {
	values := make([]float64, rounds)
	for r := range values {
		values[r] = value(r)
	}
	slices.Sort(values)
	if rounds%2 == 1 {
		return values[rounds/2]
	}
	return (values[rounds/2-1] + values[rounds/2]) / 2
}

// table is text in columns. The first column is aligned left, the rest right.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// text is the table for people, markdown for a README.
func (t *table) text(markdown bool) string {
	width := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	left, between, right := "", "  ", ""
	if markdown {
		left, between, right = "| ", " | ", " |"
	}
	line := func(row []string) string {
		cells := make([]string, len(row))
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			if i == 0 {
				cells[i] = cell + pad
			} else {
				cells[i] = pad + cell
			}
		}
		return strings.TrimRight(left+strings.Join(cells, between)+right, " ") + "\n"
	}
	var b strings.Builder
	if markdown {
		fmt.Fprintf(&b, "**%s**\n\n", t.title)
	} else {
		fmt.Fprintf(&b, "%s\n\n", t.title)
	}
	b.WriteString(line(t.head))
	if markdown {
		rule := make([]string, len(width))
		for i, w := range width {
			rule[i] = strings.Repeat("-", w)
			if i > 0 {
				rule[i] = rule[i][:w-1] + ":"
			}
		}
		b.WriteString(line(rule))
	}
	for _, row := range t.rows {
		b.WriteString(line(row))
	}
	return b.String()
}
