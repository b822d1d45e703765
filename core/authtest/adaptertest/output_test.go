package adaptertest

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestOutputOfAMutant reads what the suite prints about an adapter that calls the
// handler after a refusal, as ginauth would without c.Abort(). It runs this test
// binary again, because only a failing test prints.
func TestOutputOfAMutant(t *testing.T) {
	const maxLines = 400
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRun$")
	cmd.Env = append(os.Environ(), mutantVariable+"=the handler runs after a refusal")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the suite passes: %s", out)
	}
	if n := bytes.Count(out, []byte("\n")); n >= maxLines {
		t.Errorf("got %d lines, want under %d", n, maxLines)
	}
	if bytes.Contains(out, []byte("authkeel: ")) {
		t.Errorf("the output has lines of core's log:\n%s", out)
	}
	failure := regexp.MustCompile(`^ {8}(\w+\.go):\d+: `)
	failures, name := 0, ""
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "    --- FAIL: ") {
			failures, name = 0, line
		}
		match := failure.FindStringSubmatch(line)
		if match == nil || strings.Contains(line, "more failures in this case") {
			continue
		}
		if failures++; failures > maxProblems {
			t.Errorf("more than %d failures of %s", maxProblems, name)
		}
		if !strings.HasPrefix(match[1], "case_") {
			t.Errorf("got %q, want the line of a case", line)
		}
	}
	if name == "" {
		t.Errorf("the output names no case:\n%s", out)
	}
}

// A case with more failures reports the first two and counts the others.
func TestProblemsAreLimited(t *testing.T) {
	r := &recorder{TB: t}
	c := newClient(r, "", defaultPatience)
	for range 5 {
		c.errorf("a failure")
	}
	if r.failures != maxProblems || c.problems.count() != 5 {
		t.Errorf("got %d failures of %d, want %d of 5", r.failures, c.problems.count(), maxProblems)
	}
}
