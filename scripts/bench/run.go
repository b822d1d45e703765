package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// benchmark is one run of benchmarks of one package.
type benchmark struct {
	folder  string // of the package, relative to the root
	pattern string
	cpus    string // for -cpu; default: all processors
	once    bool   // only in the first round, with one iteration
}

// benchmarks lists the runs of each round, in their order.
func benchmarks() []benchmark {
	list := []benchmark{
		{folder: "core", pattern: "^Benchmark(Verify|Refuse|FirstRequests)$"},
		{folder: "core", pattern: "^Benchmark(VerifyZipf|VerifyParallel)$", cpus: "1,2"},
	}
	for _, a := range adapters.All {
		list = append(list, benchmark{folder: a.Folder, pattern: "^BenchmarkMiddleware$"})
	}
	return append(list,
		benchmark{folder: "core/ratelimit", pattern: "^BenchmarkDecision$"},
		benchmark{folder: "core/revocation", pattern: "^BenchmarkRevoked$"},
		benchmark{folder: "scripts/bench", pattern: "^Benchmark(Everything|Loopback)$"},
		benchmark{folder: "core", pattern: "^BenchmarkMemory$", once: true}, // in a process of its own
	)
}

// runner builds the benchmarks of each package once and runs them round by round,
// so that a slow phase of the machine affects all of them.
type runner struct {
	root   string // of the tree
	each   time.Duration
	log    io.Writer
	binary map[string]string // by folder
}

func (r *runner) build(ctx context.Context) error {
	dir := filepath.Join(r.root, ".build", "bench")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	r.binary = make(map[string]string)
	for _, b := range benchmarks() {
		if r.binary[b.folder] != "" {
			continue
		}
		binary := filepath.Join(dir, strings.ReplaceAll(b.folder, "/", "-")+".test")
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, ".")
		cmd.Dir = r.dir(b.folder)
		cmd.Stdout, cmd.Stderr = r.log, r.log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: go test -c: %w", b.folder, err)
		}
		r.binary[b.folder] = binary
	}
	return nil
}

func (r *runner) dir(folder string) string { return filepath.Join(r.root, filepath.FromSlash(folder)) }

// round runs every benchmark once.
func (r *runner) round(ctx context.Context, first bool) (round, error) {
	result := make(round)
	for _, b := range benchmarks() {
		if b.once && !first {
			continue
		}
		output, err := r.run(ctx, b)
		if err != nil {
			return nil, err
		}
		result.read(b.folder, output, b.cpus != "")
	}
	return result, nil
}

func (r *runner) run(ctx context.Context, b benchmark) (output string, err error) {
	benchtime := r.each.String()
	if b.once {
		benchtime = "1x"
	}
	args := []string{"-test.run", "^$", "-test.bench", b.pattern, "-test.benchmem", "-test.benchtime", benchtime}
	if b.cpus != "" {
		args = append(args, "-test.cpu", b.cpus)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, r.binary[b.folder], args...)
	cmd.Dir = r.dir(b.folder)
	cmd.Stdout, cmd.Stderr = &out, r.log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", b.folder, b.pattern, err, &out)
	}
	return out.String(), nil
}
