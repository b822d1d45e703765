package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestExitStatus(t *testing.T) {
	tests := []struct {
		args           []string
		status         int
		stdout, stderr string // must be in it; "" stands for empty
	}{
		{[]string{"-h"}, 0, "make demo ARGS=-once", ""},
		{[]string{"--help"}, 0, "make demo ARGS=-once", ""},
		{[]string{"-onec"}, 2, "", "-onec"},
		{[]string{"-once", "gin"}, 2, "", `unexpected argument "gin"`},
		{[]string{"-once"}, 0, "as expected", ""},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			var stdout, stderr strings.Builder
			if got := run(t.Context(), frameworks, tt.args, &stdout, &stderr); got != tt.status {
				t.Errorf("got exit status %d, want %d", got, tt.status)
			}
			for _, o := range []struct{ name, got, want string }{
				{"stdout", stdout.String(), tt.stdout},
				{"stderr", stderr.String(), tt.stderr},
			} {
				if !strings.Contains(o.got, o.want) || (o.want == "") != (o.got == "") {
					t.Errorf("%s: got %q, want %q in it", o.name, o.got, o.want)
				}
			}
		})
	}
}

// TestGuide does what a reader of the guide does: takes over the variables,
// pastes the curl lines, presses Ctrl-C.
func TestGuide(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r, w := io.Pipe()
	var log bytes.Buffer
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, frameworks, nil, w, &log)
		_ = w.Close() // never fails
	}()
	lines := bufio.NewScanner(r)
	variables := map[string]string{}
	asked, expected := "", "" // by the next curl line
	var todo []command
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		line := lines.Text()
		name, value, assigned := strings.Cut(line, "=")
		switch {
		case assigned && isVariable.MatchString(name):
			variables[name] = os.Expand(value, func(n string) string { return variables[n] })
			continue // tokens are as long as they are
		case strings.HasPrefix(line, `    curl -iw '\n' `):
			todo = append(todo, command{asked, expected, strings.TrimSpace(line)})
		case strings.HasPrefix(line, "  "):
			i := strings.LastIndex(line, ": ") // "alg: none" has one of its own
			if i < 0 {
				continue // whose token it is
			}
			asked, expected = strings.TrimSpace(line[:i]), line[i+2:]
		}
		if len(line) > 100 {
			t.Errorf("more than 100 columns: %s", line)
		}
	}
	if len(todo) != len(everyday) {
		t.Errorf("got %d curl lines, want %d", len(todo), len(everyday))
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	for _, f := range frameworks {
		variables["API"] = variables[strings.ToUpper(f.name)]
		for _, c := range todo {
			if got := c.run(t, client, variables); got != c.want {
				t.Errorf("%s, %s: got %s, want %s", f.name, c.situation, got, c.want)
			}
		}
	}
	interrupt()
	rest, err := io.ReadAll(r)
	if err != nil || !strings.HasSuffix(string(rest), "stopped\n") {
		t.Errorf("got %q, %v, want it to say that it stopped", rest, err)
	}
	if got := <-status; got != 0 {
		t.Errorf("got exit status %d, want 0; log:\n%s", got, log.String())
	}
	for _, want := range []string{"reason=wrong_audience", "reason=expired", "api=fiber2", "api=fiber3"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing from the log", want)
		}
	}
	for _, name := range []string{"ISSUER", "CLERK", "GIN", "ECHO4", "ECHO5", "FIBER2", "FIBER3", "CHI"} {
		address, _, _ := strings.Cut(strings.TrimPrefix(variables[name], "http://"), "/")
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close() // it should not have been there
			t.Errorf("%s still listens on %s", name, address)
		}
	}
}

var (
	isVariable = regexp.MustCompile(`^[A-Z0-9_]+$`)
	method     = regexp.MustCompile(` -X (\S+)`)
	target     = regexp.MustCompile(` "(\$API[^"]*)"`)
	header     = regexp.MustCompile(` -H "(\w+): ([^"]*)"`)
)

// command is a curl line of the guide.
type command struct{ situation, want, line string }

// run does what curl would, and returns the answer in a few words.
func (c command) run(t *testing.T, client *http.Client, variables map[string]string) string {
	t.Helper()
	expand := func(s string) string {
		return os.Expand(s, func(name string) string {
			if variables[name] == "" {
				t.Errorf("%s: the guide does not set %s", c.line, name)
			}
			return variables[name]
		})
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, expand(target.FindStringSubmatch(c.line)[1]), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m := method.FindStringSubmatch(c.line); m != nil {
		req.Method = m[1]
	}
	for _, h := range header.FindAllStringSubmatch(c.line, -1) {
		req.Header.Add(h[1], expand(h[2]))
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got := read(res)
	return want{status: got.status, code: got.code}.String()
}
