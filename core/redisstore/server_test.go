package redisstore_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/redisstore"
)

// server is a redis-server that a test started.
type server struct {
	Addr  string // host:port
	Admin *redis.Client

	args []string
	dir  string
	bus  string // port of a cluster's own connections
	stop func() // set while it runs
	pid  int
}

// startServer starts a redis-server on the loopback interface that ends with the
// test, and at the latest with the process of the test.
func startServer(tb testing.TB, args ...string) *server {
	tb.Helper()
	s, err := newServer(args...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.close)
	return s
}

func newServer(args ...string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "redisstore-test-")
	if err != nil {
		return nil, err
	}
	s := &server{
		Addr: net.JoinHostPort("127.0.0.1", port),
		dir:  dir,
		args: append(args[:len(args):len(args)],
			"--bind", "127.0.0.1", "--port", port, "--dir", dir, "--logfile", filepath.Join(dir, "log"),
			"--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"),
	}
	s.Admin = redis.NewClient(&redis.Options{Addr: s.Addr, Protocol: 2, DisableIdentity: true, MaxRetries: -1, DialerRetries: 1})
	if err := s.start(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// start runs redis-server under a shell that ends it when its own input is
// closed, which happens even when the process of the test is killed.
func (s *server) start() error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("these tests need a real Redis 7: install the Debian package redis-server (apt-get install redis-server): %w", err)
	}
	const script = `"$@" </dev/null >/dev/null 2>&1 & p=$!; echo $p; cat >/dev/null; kill -9 $p`
	cmd := exec.Command("sh", append([]string{"-c", script, "sh", program}, s.args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.stop = func() { in.Close(); _ = cmd.Wait() } // the shell fails when Redis was gone before
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return err
	}
	if s.pid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		return err
	}
	return within(20*time.Second, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.Admin.Ping(ctx).Err(); err != nil {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("redis-server %q does not answer: %w\n%s", s.args, err, log)
		}
		return nil
	})
}

// kill ends the server as a crash does. start begins it again, empty, at the same
// address.
func (s *server) kill() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

func (s *server) close() {
	s.kill()
	s.Admin.Close()
	os.RemoveAll(s.dir)
}

// pause stops the process, so that it accepts connections and answers nothing,
// until the end of the test or the call of resume.
func (s *server) pause(tb testing.TB) (resume func()) {
	tb.Helper()
	signal := func(sig syscall.Signal) {
		if err := syscall.Kill(s.pid, sig); err != nil {
			tb.Error(err)
		}
	}
	signal(syscall.SIGSTOP)
	resume = sync.OnceFunc(func() { signal(syscall.SIGCONT) })
	tb.Cleanup(resume)
	return resume
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// within calls f until it returns nil.
func within(d time.Duration, f func() error) error {
	deadline := time.Now().Add(d)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %v: %w", d, err)
		}
		<-tick.C
	}
}

// shared is the server of the tests that leave it as it was. Each takes a prefix
// of its own.
var (
	sharedOnce   sync.Once
	sharedServer *server
	sharedErr    error
)

func shared(tb testing.TB) *server {
	tb.Helper()
	sharedOnce.Do(func() { sharedServer, sharedErr = newServer() })
	if sharedErr != nil {
		tb.Fatal(sharedErr)
	}
	return sharedServer
}

// quiet keeps what go-redis writes about each connection out of the output.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(quiet{})
	code := m.Run()
	if sharedServer != nil {
		sharedServer.close()
	}
	os.Exit(code)
}

// open makes a store that is closed with the test.
func open(tb testing.TB, o redisstore.Options) *redisstore.Store {
	tb.Helper()
	s, err := redisstore.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// url is the address of s for Options.URL.
func (s *server) url() string { return "redis://" + s.Addr + "/0" }

// prefix is not used by any other test.
func prefix(tb testing.TB) string {
	tb.Helper()
	prefixes.Lock()
	defer prefixes.Unlock()
	prefixes.n++
	return fmt.Sprintf("test%d:", prefixes.n)
}

var prefixes struct {
	sync.Mutex
	n int
}
