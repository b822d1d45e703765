package main

import (
	"bytes"
	"cmp"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

const printed = `goos: linux
cpu: AMD EPYC 7
BenchmarkVerify/RS256/raw-4         	 1000	     20000 ns/op	    64 B/op	       9 allocs/op
BenchmarkVerify/RS256/uncached-4    	 1000	     23000 ns/op	  1030 token-bytes	    1024 B/op	      15 allocs/op
BenchmarkRefuse
    load_test.go:7: Benchmark 1 of 2
PASS
`

func TestRead(t *testing.T) {
	r := make(round)
	r.read("core", printed, false)
	if len(r) != 2 {
		t.Errorf("got %v, want two benchmarks", r)
	}
	for _, tt := range []struct {
		name, unit string
		want       float64
	}{
		{"core Verify/RS256/raw", "ns/op", 20000},
		{"core Verify/RS256/uncached", "allocs/op", 15},
		{"core Verify/RS256/uncached", "token-bytes", 1030},
	} {
		if got := r.at(tt.name, tt.unit); got != tt.want {
			t.Errorf("%s %s: got %v, want %v", tt.name, tt.unit, got, tt.want)
		}
	}
	if got := r.at("core Verify/ES256/raw", "ns/op"); !math.IsNaN(got) {
		t.Errorf("got %v for a benchmark that did not run", got)
	}
}

func TestReadSeveralCPUs(t *testing.T) {
	r := make(round)
	r.read("core", "BenchmarkVerifyParallel   \t100\t 90 ns/op\nBenchmarkVerifyParallel-2 \t100\t 50 ns/op\n", true)
	if got := ratio("core VerifyParallel@1", "core VerifyParallel@2", "ns/op").in(r); got != 1.8 {
		t.Errorf("got %v, want 1.8", got)
	}
}

func TestTargetTable(t *testing.T) {
	rounds := []round{
		{"a": {"ns/op": 100}, "b": {"ns/op": 200}, "once": {"MB": 5}},
		{"a": {"ns/op": 100}, "b": {"ns/op": 120}},
		{"a": {"ns/op": 100}, "b": {"ns/op": 110}},
	}
	list := []target{
		{what: "ratio", unit: "×", limit: 1.1, value: ratio("b", "a", "ns/op")},
		{what: "difference", unit: "ns", limit: 20, value: difference("b", "a", "ns/op")},
		{what: "hardly over", unit: "×", limit: 1.199, value: ratio("b", "a", "ns/op")},
		{what: "floor", unit: "×", limit: 0.9, atLeast: true, value: ratio("a", "b", "ns/op")},
		{what: "once", unit: "MB", limit: none, value: figure("once", "MB")},
		{what: "never", unit: "ns", limit: 1, value: figure("nothing", "ns/op")},
	}
	want := strings.Join([]string{
		"what         figure    target",
		"ratio        1.20 ×  ≤ 1.10 ×  over",
		"difference    20 ns   ≤ 20 ns",
		"hardly over  1.20 ×  ≤ 1.20 ×",
		"floor        0.83 ×  ≥ 0.90 ×  under",
		"once         5.0 MB",
		"never          none    ≤ 1 ns  not measured",
		"",
	}, "\n")
	if got := targetTable(list, rounds).text(false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	markdown := strings.Split(targetTable(list, rounds).text(true), "\n")
	if got, want := markdown[2], "| ratio       | 1.20 × | ≤ 1.10 × | over         |"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := markdown[1], "| ----------- | -----: | -------: | ------------ |"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTargetsAreMeasured checks that each row of the table gets its figures: the
// benchmarks that it names exist in the tree and are run.
func TestTargetsAreMeasured(t *testing.T) {
	root := cmp.Or(os.Getenv("AUTHKEEL_TREE"), filepath.Join("..", "..")) // an isolated copy of this module is elsewhere
	for _, target := range targets() {
		for _, name := range []string{target.value.of, target.value.base} {
			if name == "" {
				continue
			}
			folder, rest, _ := strings.Cut(name, " ")
			several := strings.Contains(rest, "@")
			function := "Benchmark" + strings.FieldsFunc(rest, func(r rune) bool { return r == '/' || r == '@' })[0]
			if !slices.ContainsFunc(benchmarks(), func(b benchmark) bool {
				return b.folder == folder && (b.cpus != "") == several && regexp.MustCompile(b.pattern).MatchString(function)
			}) {
				t.Errorf("%s: %s is in no run", target.what, name)
			}
			if !declares(t, filepath.Join(root, filepath.FromSlash(folder)), function) {
				t.Errorf("%s: there is no %s in %s", target.what, function, folder)
			}
		}
	}
}

func declares(t *testing.T, dir, function string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(name string) bool {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), "\nfunc "+function+"(b *testing.B)")
	})
}

func TestWrongUsage(t *testing.T) {
	for _, args := range []string{"", "core", "targets -rounds 0", "targets -time 0s", "compare core", "compare -unknown"} {
		var out, log bytes.Buffer
		if err := run(t.Context(), strings.Fields(args), &out, &log); err == nil {
			t.Errorf("%q: got no error", args)
		}
	}
}

func TestBudgets(t *testing.T) {
	for _, tt := range []struct {
		folder string
		want   budget
	}{
		{"ginauth", budget{600, 2, 0}},
		{"echoauth/v5", budget{600, 3, 1}},
		{"fiberauth/v3", budget{400, 2, 0}},
	} {
		if got := budgetOf(adapters.Adapter{Folder: tt.folder}); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.folder, got, tt.want)
		}
	}
}
