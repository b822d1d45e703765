package main

import (
	"math"
	"strings"
)

// target is one line of the table: a figure made of one round's measurements,
// and what it is meant to be.
type target struct {
	what    string
	unit    string // "ns", "allocs", "×", "MB", "fetches"
	limit   float64
	atLeast bool // the limit is a floor
	value   value
}

// value is the measure of one benchmark, alone or against that of another.
type value struct {
	of, op, base string // op: "" (alone), "÷" or "-"
	measure      string // what package testing calls it, such as "ns/op"
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

// none stands for a figure that is shown without a target.
var none = math.NaN()

// targets is what we hold ourselves to.
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

	for _, a := range []struct {
		framework          string
		ns, allocs, checks float64
	}{{"Gin", 600, 2, 0}, {"Echo", 600, 3, 1}, {"Fiber", 400, 2, 0}, {"Chi", 600, 2, 0}} {
		name := strings.ToLower(a.framework) + "auth Middleware/"
		add(target{what: a.framework + ": RequireAuth, cached, over bare", unit: "ns", limit: a.ns, value: difference(name+"cached", name+"bare", "ns/op")})
		add(target{what: a.framework + ": RequireAuth, cached, over bare", unit: "allocs", limit: a.allocs, value: difference(name+"cached", name+"bare", "allocs/op")})
		add(target{what: a.framework + ": each further check", unit: "allocs", limit: a.checks, value: difference(name+"check", name+"cached", "allocs/op")})
	}

	for _, kind := range []string{"shape", "algorithm", "issuer"} {
		add(target{what: "refusing garbage: wrong " + kind, unit: "ns", limit: 2000, value: figure("core Refuse/"+kind, "ns/op")})
	}
	for _, framework := range []string{"Gin", "Echo", "Fiber", "Chi"} {
		name := "scripts/bench Loopback/" + framework
		add(target{what: framework + ": requests per second over loopback ÷ bare", unit: "×", limit: 0.90, atLeast: true, value: ratio(name+"/bare", name+"/auth", "ns/op")})
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
