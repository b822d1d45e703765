//go:build unix

package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// TestFirstSteps does what the README says somebody can do who has only Go: in an
// empty folder, with the first program of each adapter, its commands one by one. It
// compares what they print with what the README shows.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	readme := readTree(t, "README.md")
	commands := strings.Split(strings.TrimSpace(between(t, readme, "```sh\ngo mod init", "```")), "\n")
	calls := between(t, readme, "```console\n", "```")
	logged := strings.TrimSpace(between(t, readme, "```\nINFO authkeel", "```"))
	if len(commands) != 3 {
		t.Fatalf("the README has %d commands, want one for the modules, the issuer and the API", len(commands))
	}
	issuer, api := freeAddress(t), freeAddress(t)
	here := strings.NewReplacer("127.0.0.1:8930", issuer, "127.0.0.1:8080", api)
	environment := append(append(os.Environ(), treeProxy(t)...), "GOWORK=off", "GOFLAGS=-modcacherw -trimpath", "GIN_MODE=release")

	background(t, t.TempDir(), environment, commands[1]+" --addr "+issuer, issuer)
	for _, a := range adapters.All {
		t.Run(a.Key(), func(t *testing.T) {
			dir := t.TempDir()
			program := between(t, readTree(t, a.Folder+"/README.md"), "```go\n", "```")
			if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(here.Replace(program)), 0o600); err != nil {
				t.Fatal(err)
			}
			shell(t, dir, environment, commands[0])
			log := background(t, dir, environment, here.Replace(commands[2]), api)
			for call := range strings.SplitSeq(strings.TrimPrefix(calls, "$ "), "\n$ ") {
				line, want, _ := strings.Cut(call, "\n")
				// Frameworks differ in the line break at the end of JSON.
				if got := shell(t, dir, environment, here.Replace(line)); strings.TrimSpace(got) != strings.TrimSpace(want) {
					t.Errorf("%s\ngot  %s\nwant %s", line, got, want)
				}
			}
			shell(t, dir, environment, here.Replace(`curl -s -H "Authorization: Bearer $(curl -s -d user=ada -d audience=x -H 'Accept: text/plain' http://127.0.0.1:8930/token)" http://127.0.0.1:8080/api/me`))
			if got := log.String(); !strings.Contains(got, logged) {
				t.Errorf("the log has not what the README shows:\n%s\ngot:\n%s", logged, got)
			}
		})
	}
}

// shell runs a line of the README and returns what it prints to standard output.
func shell(t *testing.T, dir string, environment []string, line string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir, cmd.Env = dir, environment
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", line, err, out, failure.Bytes())
	}
	return string(out)
}

// background starts a line of the README, waits until it listens, and ends it with
// the test. It returns what the line prints.
func background(t *testing.T, dir string, environment []string, line, address string) *output {
	t.Helper()
	printed := &output{}
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environment, printed, printed
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Error(err)
		}
		<-ended
	})
	deadline := time.After(4 * time.Minute) // the first build of a command takes long
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return printed
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", line, err, printed)
		case <-deadline:
			t.Fatalf("%s does not listen on %s\n%s", line, address, printed)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// output is what a command has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func readTree(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(treeRoot(), filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fence = regexp.MustCompile("^```[a-z]*\n")

// between returns the first block of a page that begins with start, without its
// fences.
func between(t *testing.T, page, start, end string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, start)
	block, _, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("the page has no block that begins with %q", start)
	}
	return fence.ReplaceAllString(start, "") + block
}
