package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/devissuer"
)

// zipfTokens is how many users send requests. All of their tokens are resident.
const zipfTokens = 10_000

// BenchmarkLoopback sends requests to a real listener over connections that are
// kept alive, with tokens drawn as traffic does: few users send most requests.
// Each framework gets the same requests with RequireAuth and without. ns/op is
// the time between two answers, so requests per second are its inverse.
func BenchmarkLoopback(b *testing.B) {
	f := openFixture(b)
	a, err := f.authenticator(0)
	if err != nil {
		b.Fatal(err)
	}
	requests := make([][]byte, zipfTokens)
	for n := range requests {
		token := f.token("EdDSA", devissuer.Claims{"sub": fmt.Sprintf("user_2NWs8KDbXX7sJHcDX4bZJ%06d", n)})
		if _, err := a.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
		requests[n] = []byte("GET " + path + " HTTP/1.1\r\nHost: api.example.test\r\nAuthorization: Bearer " + token + "\r\n\r\n")
	}
	for _, m := range withAndWithout(a) {
		name := "auth"
		if m.name == bare {
			name = bare
		}
		b.Run(m.framework+"/"+name, func(b *testing.B) {
			const perProcessor = 8
			clients := make(chan *client, perProcessor*runtime.GOMAXPROCS(0))
			addr := m.listen(b)
			for n := range cap(clients) {
				c, err := newClient(addr, requests, int64(n))
				if err != nil {
					b.Fatal(err)
				}
				defer c.conn.Close()
				clients <- c
			}
			b.ReportAllocs()
			b.SetParallelism(perProcessor)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				c := <-clients
				for pb.Next() {
					if err := c.send(); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

// client is one connection that is kept alive.
type client struct {
	conn     net.Conn
	answers  *bufio.Reader
	requests [][]byte
	draw     *rand.Zipf
}

// newClient connects and sends some requests, so that neither connecting nor
// the first growth of buffers is measured.
func newClient(addr string, requests [][]byte, seed int64) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewSource(seed)) //nolint:gosec // a draw, not a secret
	c := &client{
		conn: conn, answers: bufio.NewReader(conn), requests: requests,
		draw: rand.NewZipf(random, 1.1, 1, uint64(len(requests)-1)),
	}
	for range 100 {
		if err := c.send(); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return c, nil
}

func (c *client) send() error {
	if _, err := c.conn.Write(c.requests[c.draw.Uint64()]); err != nil {
		return err
	}
	return readAnswer(c.answers)
}

// readAnswer reads a 204, which has no body.
func readAnswer(r *bufio.Reader) error {
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch {
		case first && !strings.HasPrefix(string(line), "HTTP/1.1 204 "):
			return fmt.Errorf("got the answer %q", line)
		case len(line) == 2:
			return nil
		}
	}
}

// listen serves m on loopback until the benchmark ends.
func (m mount) listen(b *testing.B) (addr string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan error, 1)
	stop := func() error { return nil }
	if m.app != nil {
		go func() { served <- m.app.Listener(l) }()
		stop = m.app.Shutdown
	} else {
		server := &http.Server{Handler: m.handler} //nolint:gosec // its clients are this benchmark
		go func() { served <- server.Serve(l) }()
		stop = server.Close
	}
	b.Cleanup(func() {
		if err := stop(); err != nil {
			b.Error(err)
		}
		if err := <-served; err != nil && !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	})
	return l.Addr().String()
}

func TestReadAnswer(t *testing.T) {
	const good = "HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n"
	for text, want := range map[string]bool{
		good:                                true,
		"HTTP/1.1 401 Unauthorized\r\n\r\n": false,
		strings.TrimSuffix(good, "\r\n"):    false,
	} {
		if err := readAnswer(bufio.NewReader(strings.NewReader(text))); (err == nil) != want {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
