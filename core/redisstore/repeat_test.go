package redisstore_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authkeel/authkeel/core/redisstore"
)

// TestNothingIsRepeated has a server that breaks the connection when it has got a
// command, so that nobody knows whether it was done. A cluster client repeats
// such commands.
func TestNothingIsRepeated(t *testing.T) {
	f := startFake(t)
	for name, cluster := range map[string]bool{"one server": false, "cluster": true} {
		t.Run(name, func(t *testing.T) {
			f.mode.Store(map[bool]string{false: "standalone", true: "cluster"}[cluster])
			for what, call := range map[string]func(*redisstore.Store) error{
				"Swap": func(s *redisstore.Store) error {
					_, _, err := s.Swap(t.Context(), "k", "", "v", time.Hour)
					return err
				},
				"Advance": func(s *redisstore.Store) error {
					_, _, err := s.Advance(t.Context(), "k", 1, time.Hour)
					return err
				},
				"Set": func(s *redisstore.Store) error { return s.Set(t.Context(), "k", "v", time.Hour) },
			} {
				s := open(t, redisstore.Options{
					Redis:   &redis.UniversalOptions{Addrs: []string{f.addr}, IsClusterMode: cluster},
					Timeout: patient,
				})
				before := f.commands.Load()
				err := call(s)
				if n := f.commands.Load() - before; err == nil || n != 1 {
					t.Errorf("%s: the server got the command %d times, and the error is %v; want 1 and an error", what, n, err)
				}
			}
		})
	}
}

// fake is a server that is up to the greeting and no further.
type fake struct {
	addr     string
	mode     atomic.Value // redis_mode of INFO
	commands atomic.Int64
}

func startFake(tb testing.TB) *fake {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	f := &fake{addr: l.Addr().String()}
	f.mode.Store("standalone")
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer c.Close()
				f.serve(c)
			})
		}
	})
	// Clients are closed by cleanups that were registered later and run earlier.
	tb.Cleanup(func() {
		l.Close()
		conns.Wait()
	})
	return f
}

func (f *fake) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		args, err := readCommand(in)
		if err != nil {
			return
		}
		switch strings.ToLower(args[0]) {
		case "hello":
			fmt.Fprint(c, "-ERR unknown command 'HELLO'\r\n")
		case "info":
			text := "redis_mode:" + f.mode.Load().(string) + "\r\n"
			fmt.Fprintf(c, "$%d\r\n%s\r\n", len(text), text)
		case "cluster":
			host, port, _ := net.SplitHostPort(f.addr)
			fmt.Fprintf(c, "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$%d\r\n%s\r\n:%s\r\n$4\r\nnode\r\n", len(host), host, port)
		default:
			f.commands.Add(1)
			return
		}
	}
}

// readCommand reads an array of bulk strings.
func readCommand(in *bufio.Reader) ([]string, error) {
	number := func(kind string) (int, error) {
		line, err := in.ReadString('\n')
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, kind)))
	}
	n, err := number("*")
	if err != nil {
		return nil, err
	}
	args := make([]string, n)
	for i := range args {
		size, err := number("$")
		if err != nil {
			return nil, err
		}
		b := make([]byte, size+2)
		if _, err := io.ReadFull(in, b); err != nil {
			return nil, err
		}
		args[i] = string(b[:size])
	}
	return args, nil
}
