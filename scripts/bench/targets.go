package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// target is one row of the table: a figure that is computed from the results of
// one round, and its limit.
type target struct {
	what    string
	unit    string // "ns", "allocs", "×", "MB", "fetches"
	limit   float64
	atLeast bool // the limit is a lower one
	value   value
}

// value is the result of one benchmark, alone or compared with that of another.
type value struct {
	of, op, base string // op: "" (alone), "÷" or "-"
	measure      string // the unit that package testing prints, such as "ns/op"
}

func (v value) in(r round) float64 {
	of := r.at(v.of, v.measure)
	switch v.op {
	case "÷":
		return of / r.at(v.base, v.measure)
	case "-":
		return of - r.at(v.base, v.measure)
	}
	return of
}

// none is the limit of a figure that has no target.
var none = math.NaN()

// budget is what RequireAuth may add to a request with a cached token, and each
// further check to that.
type budget struct{ ns, allocs, checkAllocs float64 }

// budgetOf returns the budget of an adapter. The frameworks differ: Echo allocates
// once more for each middleware, and a request on Fiber is cheaper.
func budgetOf(a adapters.Adapter) budget {
	switch a.Package() {
	case "echoauth":
		return budget{600, 3, 1}
	case "fiberauth":
		return budget{400, 2, 0}
	}
	return budget{600, 2, 0}
}

// The budget of a request with an observer, revocations and a limit, on Gin, over
// the bare framework.
const (
	everythingNs     = 1200
	everythingAllocs = 4
)

// targets lists the figures that we promise to ourselves.
func targets() []target {
	var list []target
	add := func(t target) { list = append(list, t) }

	for _, a := range []struct {
		alg           string
		ratio, allocs float64
	}{{"RS256", 1.15, 15}, {"ES256", 1.06, 16}, {"EdDSA", 1.08, 6}} {
		uncached, raw := "core Verify/"+a.alg+"/uncached", "core Verify/"+a.alg+"/raw"
		unseen, miss := "core Verify/"+a.alg+"/unseen", "core Verify/"+a.alg+"/miss"
		add(target{what: a.alg + ": uncached Verify ÷ raw check", unit: "×", limit: a.ratio, value: ratio(uncached, raw, "ns/op")})
		add(target{what: a.alg + ": uncached Verify", unit: "allocs", limit: a.allocs, value: figure(uncached, "allocs/op")})
		add(target{what: a.alg + ": cache miss ÷ uncached", unit: "×", limit: 1.03, value: ratio(miss, unseen, "ns/op")})
	}

	const hot, zipf, parallel = "core Verify/RS256/cached", "core VerifyZipf/resident", "core VerifyParallel"
	add(target{what: "cached Verify, one token", unit: "ns", limit: 200, value: figure(hot, "ns/op")})
	add(target{what: "cached Verify, one token", unit: "allocs", limit: 0, value: figure(hot, "allocs/op")})
	add(target{what: "cached Verify, Zipf over 10,000 tokens", unit: "ns", limit: 400, value: figure(zipf+"@1", "ns/op")})
	add(target{what: "cached Verify, Zipf over 10,000 tokens", unit: "allocs", limit: 0, value: figure(zipf+"@1", "allocs/op")})
	add(target{what: "cached Verify, 2 processors ÷ 1", unit: "×", limit: 1.8, atLeast: true, value: ratio(parallel+"@1", parallel+"@2", "ns/op")})

	for _, a := range adapters.All {
		name, limit := a.Folder+" Middleware/", budgetOf(a)
		add(target{what: a.Name + ": RequireAuth, cached, over bare", unit: "ns", limit: limit.ns, value: difference(name+"cached", name+"bare", "ns/op")})
		add(target{what: a.Name + ": RequireAuth, cached, over bare", unit: "allocs", limit: limit.allocs, value: difference(name+"cached", name+"bare", "allocs/op")})
		add(target{what: a.Name + ": each further check", unit: "allocs", limit: limit.checkAllocs, value: difference(name+"check", name+"cached", "allocs/op")})
	}

	const everything, onBare = "scripts/bench Everything/everything", "scripts/bench Everything/bare"
	add(target{what: "Gin: observer, revocations and limit, over bare", unit: "ns", limit: everythingNs, value: difference(everything, onBare, "ns/op")})
	add(target{what: "Gin: observer, revocations and limit, over bare", unit: "allocs", limit: everythingAllocs, value: difference(everything, onBare, "allocs/op")})
	for _, c := range []struct{ what, of string }{
		{"decision of a limit in memory", "core/ratelimit Decision/user"}, {"revocation list asked", "core/revocation Revoked/miss"},
	} {
		add(target{what: c.what, unit: "ns", limit: 150, value: figure(c.of, "ns/op")})
		add(target{what: c.what, unit: "allocs", limit: 0, value: figure(c.of, "allocs/op")})
	}

	for _, kind := range []string{"shape", "algorithm", "issuer"} {
		add(target{what: "rejecting garbage: wrong " + kind, unit: "ns", limit: 2000, value: figure("core Refuse/"+kind, "ns/op")})
	}
	for _, a := range adapters.All {
		name := "scripts/bench Loopback/" + subName(a.Name)
		add(target{what: a.Name + ": requests per second over loopback ÷ bare", unit: "×", limit: 0.90, atLeast: true, value: ratio(name+"/bare", name+"/auth", "ns/op")})
	}
	add(target{what: "200 first requests at once", unit: "fetches", limit: 1, value: figure("core FirstRequests", "fetches/op")})
	const memory = "core Memory"
	add(target{what: "50,000 good tokens, 100,000 bad: heap in use", unit: "MB", limit: 44, value: figure(memory, "inuse-MB")})
	add(target{what: "the same: heap reachable", unit: "MB", limit: none, value: figure(memory, "reachable-MB")})
	add(target{what: "the same: resident memory", unit: "MB", limit: none, value: figure(memory, "rss-MB")})
	return list
}

func figure(of, measure string) value { return value{of: of, measure: measure} }

func ratio(of, base, measure string) value {
	return value{of: of, op: "÷", base: base, measure: measure}
}

func difference(of, base, measure string) value {
	return value{of: of, op: "-", base: base, measure: measure}
}

// subName is the name that package testing gives to a sub-benchmark called name.
func subName(name string) string { return strings.ReplaceAll(name, " ", "_") }

// measureTargets runs our benchmarks and prints their medians beside the
// targets. A figure that misses its target is marked and is not an error.
func measureTargets(ctx context.Context, o options, out, log io.Writer) error {
	root, err := findRoot(ctx)
	if err != nil {
		return err
	}
	r := runner{root: root, each: o.each, log: log}
	if err := r.build(ctx); err != nil {
		return err
	}
	var results []round
	for n := range o.rounds {
		fmt.Fprintf(log, "round %d of %d\n", n+1, o.rounds)
		result, err := r.round(ctx, n == 0)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	_, err = fmt.Fprintf(out, "%s\n\n%s", machine(o, time.Now()), targetTable(targets(), results).text(o.markdown))
	return err
}

// targetTable makes the table of the targets.
func targetTable(list []target, rounds []round) *table {
	t := &table{head: []string{"what", "figure", "target", ""}}
	for _, row := range list {
		v := medianOf(len(rounds), func(r int) float64 { return row.value.in(rounds[r]) })
		t.add(row.what, row.format(v), row.limitText(), row.mark(v))
	}
	return t
}

func (t target) format(v float64) string {
	switch {
	case math.IsNaN(v):
		return "none"
	case t.unit == "×":
		return fmt.Sprintf("%.2f ×", v)
	case t.unit == "MB":
		return fmt.Sprintf("%.1f MB", v)
	}
	return fmt.Sprintf("%.0f %s", v, t.unit)
}

func (t target) limitText() string {
	switch {
	case math.IsNaN(t.limit):
		return ""
	case t.atLeast:
		return "≥ " + t.format(t.limit)
	}
	return "≤ " + t.format(t.limit)
}

// mark compares the printed figures, so that no figure misses its target by
// digits that nobody sees.
func (t target) mark(v float64) string {
	if math.IsNaN(v) {
		return "not measured"
	}
	if math.IsNaN(t.limit) || t.format(v) == t.format(t.limit) {
		return ""
	}
	switch {
	case t.atLeast && v < t.limit:
		return "under"
	case !t.atLeast && v > t.limit:
		return "over"
	}
	return ""
}
