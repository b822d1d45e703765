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

	"github.com/authkeel/authkeel/scripts/internal/gate"
	"github.com/authkeel/authkeel/scripts/internal/workspace"
)

// benchmark is one run of the benchmarks of one module.
type benchmark struct {
	folder  string
	pattern string
	cpus    string // for -cpu; "": all processors
	once    bool   // in the first round only, and one iteration of it
}

// benchmarks are run one after the other in each round.
var benchmarks = []benchmark{
	{folder: "core", pattern: "^Benchmark(Verify|Refuse|FirstRequests)$"},
	{folder: "core", pattern: "^Benchmark(VerifyZipf|VerifyParallel)$", cpus: "1,2"},
	{folder: "ginauth", pattern: "^BenchmarkMiddleware$"},
	{folder: "echoauth", pattern: "^BenchmarkMiddleware$"},
	{folder: "fiberauth", pattern: "^BenchmarkMiddleware$"},
	{folder: "chiauth", pattern: "^BenchmarkMiddleware$"},
	{folder: "scripts/bench", pattern: "^BenchmarkLoopback$"},
	{folder: "core", pattern: "^BenchmarkMemory$", once: true}, // a process of its own
}

// runner builds each module's benchmarks once and runs them round by round, so
// that whatever slows the machine down for a while falls on all of them.
type runner struct {
	ws     *workspace.Workspace
	each   time.Duration
	log    io.Writer
	binary map[string]string // by folder
	cpu    string            // the processor's name
}

func (r *runner) build(ctx context.Context) error {
	dir := filepath.Join(r.ws.Root, ".build", "bench")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	r.binary = make(map[string]string)
	for _, b := range benchmarks {
		if r.binary[b.folder] != "" {
			continue
		}
		m, ok := r.ws.Module(workspace.Prefix + b.folder)
		if !ok {
			return fmt.Errorf("%s is not a module of the tree", b.folder)
		}
		binary := filepath.Join(dir, strings.ReplaceAll(b.folder, "/", "-")+".test")
		args := []string{"test", "-c", "-o", binary, "."}
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = m.Dir
		if m.Apart {
			env, err := gate.PrepareApart(ctx, r.ws, b.folder)
			if err != nil {
				return err
			}
			cmd = env.Command(ctx, m.Dir, args...)
		}
		cmd.Stdout, cmd.Stderr = r.log, r.log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: go test -c: %w", b.folder, err)
		}
		r.binary[b.folder] = binary
	}
	return nil
}

// round measures everything once.
func (r *runner) round(ctx context.Context, first bool) (round, error) {
	result := make(round)
	for _, b := range benchmarks {
		if b.once && !first {
			continue
		}
		output, err := r.run(ctx, b)
		if err != nil {
			return nil, err
		}
		if cpu := result.read(b.folder, output, b.cpus != ""); cpu != "" {
			r.cpu = cpu
		}
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
	cmd.Dir = filepath.Join(r.ws.Root, filepath.FromSlash(b.folder))
	cmd.Stdout, cmd.Stderr = &out, r.log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", b.folder, b.pattern, err, &out)
	}
	return out.String(), nil
}
