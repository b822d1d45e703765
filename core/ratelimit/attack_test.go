package ratelimit

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// service listens at a real address and admits one request an hour for each key.
type service struct {
	t        *testing.T
	listener net.Listener
}

// serve starts a service that reads the header field Test-User as an identity.
func serve(t *testing.T, network, address string, change ...func(*Config)) *service {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	step := limiter(t, change...).Step()
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user := r.Header.Get("Test-User"); user != "" {
			id := core.NewIdentity(core.IdentityData{Issuer: "https://issuer.example", Subject: user})
			r = r.WithContext(core.WithIdentity(r.Context(), id))
		}
		if _, ok := adapter.Serve(step, w, r); ok {
			w.WriteHeader(http.StatusNoContent)
		}
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return &service{t, l}
}

// send writes a request as it stands, on a connection of its own, and returns the
// status of the answer.
func (s *service) send(request string) int {
	s.t.Helper()
	conn, err := net.Dial(s.listener.Addr().Network(), s.listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		s.t.Fatalf("no answer to %.100q: %v", request, err)
	}
	var status int
	if _, err := fmt.Sscanf(line[strings.Index(line, " ")+1:], "%d", &status); err != nil {
		s.t.Fatalf("%.100q: got the status line %q", request, line)
	}
	return status
}

// get is a request with these lines of header.
func get(lines ...string) string {
	return "GET / HTTP/1.1\r\nHost: api.example\r\n" + strings.Join(append(lines, "\r\n"), "\r\n")
}

// wantOneBucket checks that none of the requests is admitted once the first was.
func (s *service) wantOneBucket(first string, others ...string) {
	s.t.Helper()
	if got := s.send(first); got != http.StatusNoContent {
		s.t.Fatalf("the first request: got %d, want 204", got)
	}
	broken := 0
	for _, other := range others {
		switch got := s.send(other); got {
		case http.StatusTooManyRequests:
		case http.StatusBadRequest: // net/http itself refuses it
			broken++
		default:
			s.t.Errorf("%.150q: got %d, want 429", other, got)
		}
	}
	if broken > 4 {
		s.t.Errorf("%d of %d requests did not reach the service", broken, len(others))
	}
}

// claims are attempts to be somebody else without a proxy in front.
var claims = []string{
	"X-Forwarded-For: 203.0.113.1", "x-forwarded-for:203.0.113.1", "X-Forwarded-For: 203.0.113.1, 127.0.0.1", "X_Forwarded_For: 203.0.113.1",
	"X-Forwarded-For: 2001:db8::1%eth0", "X-Forwarded-For: [2001:db8::1%25eth0]:1", "X-Forwarded-For: \x00", "X-Forwarded-For: größe",
	"X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 203.0.113.2", "X-Forwarded-For: 203.0.113.1\r\n 203.0.113.2",
	"Forwarded: for=203.0.113.1", `Forwarded: for="[2001:db8::1%25x]:4711"`, "Forwarded: for=_hidden", "Forwarded: for=unknown", `Forwarded: for="`,
	"X-Real-Ip: 203.0.113.1", "True-Client-Ip: 203.0.113.1", "Cf-Connecting-Ip: 203.0.113.1", "Fastly-Client-Ip: 203.0.113.1",
	"X-Client-Ip: 203.0.113.1", "X-Cluster-Client-Ip: 203.0.113.1", "Forwarded-For: 203.0.113.1", "X-Forwarded: 203.0.113.1", "Via: 1.1 203.0.113.1",
	"X-Forwarded-Host: other.example", "X-Http-Method-Override: PUT", "Authorization: Bearer a.b.c", "Cookie: __session=a.b.c",
	"Connection: X-Forwarded-For\r\nX-Forwarded-For: 203.0.113.1",
	"X-Forwarded-For: " + strings.Repeat("203.0.113.1,", 20_000) + "203.0.113.2",
}

// others are requests that differ in something else than a header field.
var others = []string{
	"GET http://203.0.113.1/ HTTP/1.1\r\nHost: 203.0.113.1\r\n\r\n",
	"GET /?x=1 HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n",
	"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
	"get / HTTP/1.1\r\nHost: a\r\n\r\n",
	"PROXY TCP4 203.0.113.1 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-For\r\n\r\n0\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n",
}

// TestAttackersChooseNoBucket sends requests to real listeners: over TCP, over a Unix
// socket, whose peers have no address, and through a proxy that is trusted.
func TestAttackersChooseNoBucket(t *testing.T) {
	var direct []string
	for _, claim := range claims {
		direct = append(direct, get(claim))
	}
	direct = append(direct, others...)
	for name, at := range map[string][2]string{"TCP": {"tcp", "127.0.0.1:0"}, "Unix socket": {"unix", filepath.Join(t.TempDir(), "s")}} {
		t.Run(name, func(t *testing.T) {
			serve(t, at[0], at[1]).wantOneBucket(get(), direct...)
		})
	}

	behind := func(header string) func(*Config) {
		return func(c *Config) {
			c.Authenticator = authenticator(t, func(c *core.Config) {
				c.TrustedProxies, c.ForwardedHeader = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, header
			})
		}
	}
	for _, proxy := range []struct{ name, header, real, again, written string }{
		{"X-Forwarded-For", "X-Forwarded-For", "X-Forwarded-For: ", "198.51.100.7", "198.51.100.7:4711"},
		{"IPv4 in IPv6", "X-Forwarded-For", "X-Forwarded-For: ", "198.51.100.7", "::ffff:198.51.100.7"},
		{"IPv6 of one network", "X-Forwarded-For", "X-Forwarded-For: ", "2001:db8:1:2::1", "[2001:db8:1:2:ffff::9%eth0]:1"},
		{"Forwarded", "Forwarded", "Forwarded: ", "for=198.51.100.7", `for="198.51.100.7:4711";proto=https`},
	} {
		t.Run(proxy.name, func(t *testing.T) {
			var through []string
			for _, made := range []string{
				"203.0.113.1", "127.0.0.1", "for=203.0.113.1", `for="203.0.113.1`, `"`, "[::1", "junk", "", ",,", "::1%lo", "198.51.100.8, 127.0.0.2",
				strings.Repeat("203.0.113.1,", 10_000),
			} {
				through = append(through,
					get(proxy.real+made+", "+proxy.written),                 // the proxy appends to the line
					get(proxy.real+made, proxy.real+proxy.written),          // or adds a line
					get(proxy.real+proxy.written, "X-Real-Ip: 203.0.113.1")) // of another field than it writes
			}
			serve(t, "tcp", "127.0.0.1:0", behind(proxy.header)).wantOneBucket(get(proxy.real+proxy.again), through...)
		})
	}
	t.Run("what cannot be read counts for the proxy", func(t *testing.T) {
		serve(t, "tcp", "127.0.0.1:0", behind("X-Forwarded-For")).wantOneBucket(get(),
			get("X-Forwarded-For: "), get("X-Forwarded-For: unknown"), get("X-Forwarded-For: 203.0.113.1, junk"), get("X-Forwarded-For: 1.2.3"))
	})
}

// TestUsersHaveBucketsOfTheirOwn: an ID can neither be chosen to fall into the bucket of
// another user nor to have a second one, whatever it is made of.
func TestUsersHaveBucketsOfTheirOwn(t *testing.T) {
	s := serve(t, "tcp", "127.0.0.1:0", func(c *Config) { c.Key = Combine(ByUser(), KeyFunc(shortest)) })
	long := strings.Repeat("x", 8000)
	ids := []string{
		"ada", "ada ", "ADA", "ada method GET", "ada:1h", "rl:default:1h:user", "user https://issuer.example ada", "#" + hexSum("ada "), "a|b", "a/b", "{ada}",
		long, long + "y", long + "z", "Zoë", "Zoe\u0308", "\u202eada", "аda", "addr 127.0.0.1", "none", "-", "0",
	}
	for i, id := range ids {
		request := get("Test-User: " + strings.ReplaceAll(id, " ", "%20"))
		if got := s.send(request); got != http.StatusNoContent {
			t.Errorf("ID %d, %.40q: got %d, want 204: it shares the bucket of another", i, id, got)
		}
		for range 2 {
			if got := s.send(request); got != http.StatusTooManyRequests {
				t.Errorf("ID %d, %.40q: got %d, want 429: it has a second bucket", i, id, got)
			}
		}
	}
	// Nobody has to be known to be counted.
	s.wantOneBucket(get(), get("Test-User: "), get("X-Other: "+strconv.Itoa(1)))
}

// shortest makes keys of the greatest length: it adds a value that is just not hashed.
func shortest(context.Context, adapter.Request) string { return fmt.Sprintf("%0128d", 7) }
