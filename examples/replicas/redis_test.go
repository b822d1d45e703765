package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer is a redis-server that keeps its records on disk.
type redisServer struct {
	addr   string
	dir    string
	client *redis.Client
	stop   func() // nil: it does not run
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	addr := freeAddr(t)
	s := &redisServer{addr: addr, dir: t.TempDir(), client: redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true})}
	t.Cleanup(func() {
		s.kill()
		if err := s.client.Close(); err != nil {
			t.Error(err)
		}
	})
	s.start(t)
	return s
}

func (s *redisServer) url() string { return "redis://" + s.addr + "/0" }

// start runs redis-server under a shell that kills it when its own input is closed,
// which happens even when the process of the test is killed.
func (s *redisServer) start(t *testing.T) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("this test needs a real Redis 7: install the Debian package redis-server (apt-get install redis-server): %v", err)
	}
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	const script = `"$@" </dev/null >/dev/null 2>&1 & p=$!; echo $p; cat >/dev/null; kill -9 $p`
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", script, "sh", program, //nolint:gosec // the test's own arguments
		"--bind", "127.0.0.1", "--port", port, "--dir", s.dir, "--logfile", filepath.Join(s.dir, "log"),
		"--save", "", "--appendonly", "yes", "--appendfsync", "always")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.stop = func() {
		_ = in.Close()
		_ = cmd.Wait() // the shell fails when Redis was gone before
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		_, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		t.Fatalf("starting redis-server: %q, %v", line, err)
	}
	eventually(t, 20*time.Second, func() error { return s.client.Ping(t.Context()).Err() })
}

// kill ends Redis as a crash does.
func (s *redisServer) kill() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// empty ends Redis and starts it without its records.
func (s *redisServer) empty(t *testing.T) {
	t.Helper()
	s.kill()
	s.dir = t.TempDir()
	s.start(t)
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually calls f until it returns nil.
func eventually(t *testing.T, limit time.Duration, f func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(fmt.Errorf("after %v: %w", limit, err))
		}
		<-tick.C
	}
}
