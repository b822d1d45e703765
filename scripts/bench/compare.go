package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// compare measures authkeel and the other libraries and prints the tables.
func compare(ctx context.Context, o options, out, _ io.Writer) (err error) {
	versions, err := versionTable()
	if err != nil {
		return err
	}
	f, err := newFixture()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	fmt.Fprintf(out, "%s\n\n", machine(o, time.Now()))
	c := comparison{fixture: f, options: o}
	for _, table := range []func(context.Context) (*table, error){c.verification, c.middleware} {
		t, err := table(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, t.text(o.markdown))
	}
	_, err = fmt.Fprint(out, versions.text(o.markdown))
	return err
}

// comparison measures and makes the tables.
type comparison struct {
	options
	fixture *fixture
}

// verification measures the verification of a token, beside the raw check of its
// signature.
func (c comparison) verification(ctx context.Context) (*table, error) {
	t := &table{title: "Verification alone", head: []string{"token and verifier", "ns/op", "÷ raw check", "allocs/op"}}
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		token := c.fixture.token(alg, nil)
		raw, err := rawCheck(c.fixture.issuer.Key(alg), token)
		if err != nil {
			return nil, err
		}
		reference := "raw check"
		subjects := []subject{{reference, raw}}
		for _, l := range libraries {
			if l.rsaOnly && alg != "RS256" {
				continue
			}
			prepare, err := l.open(ctx, c.fixture, alg)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.name, err)
			}
			subjects = append(subjects, subject{l.name, prepare(token)})
		}
		samples, err := measure(ctx, subjects, c.rounds, c.each)
		if err != nil {
			return nil, err
		}
		for _, s := range subjects {
			got, base := samples[s.name], samples[reference]
			t.add(alg+" "+s.name,
				whole(medianOf(c.rounds, func(r int) float64 { return got[r].ns })),
				fmt.Sprintf("%.3f", medianOf(c.rounds, func(r int) float64 { return got[r].ns / base[r].ns })),
				whole(medianOf(c.rounds, func(r int) float64 { return got[r].allocs })))
		}
	}
	return t, nil
}

// middleware measures what authentication adds to one request through a framework.
func (c comparison) middleware(ctx context.Context) (*table, error) {
	all, err := mounts(c.fixture)
	if err != nil {
		return nil, err
	}
	token := c.fixture.token("RS256", nil)
	var subjects []subject
	for _, m := range all {
		subjects = append(subjects, subject{m.framework + " " + m.name, m.prepare(token)})
	}
	samples, err := measure(ctx, subjects, c.rounds, c.each)
	if err != nil {
		return nil, err
	}
	t := &table{title: "Middleware, RS256, one request in process",
		head: []string{"framework and middleware", "ns/op", "added ns", "allocs/op", "added allocs"}}
	for _, m := range all {
		got, base := samples[m.framework+" "+m.name], samples[m.framework+" "+bare]
		addedNs, addedAllocs := "", ""
		if m.name != bare {
			addedNs = whole(medianOf(c.rounds, func(r int) float64 { return got[r].ns - base[r].ns }))
			addedAllocs = whole(medianOf(c.rounds, func(r int) float64 { return got[r].allocs - base[r].allocs }))
		}
		t.add(m.framework+" "+m.name,
			whole(medianOf(c.rounds, func(r int) float64 { return got[r].ns })), addedNs,
			whole(medianOf(c.rounds, func(r int) float64 { return got[r].allocs })), addedAllocs)
	}
	return t, nil
}

func whole(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }
