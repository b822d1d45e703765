package adaptertest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// defaultPatience is how long anything may take, in real time. Only a failure
// waits for its end.
const defaultPatience = 20 * time.Second

// client makes the requests of one case and reports what is wrong with the
// answers. It keeps its connections.
type client struct {
	t        testing.TB
	base     string
	http     *http.Client
	patience time.Duration
	problems *problems

	query string // send adds it to the path

	conn   net.Conn // of sendRaw
	reader *bufio.Reader
}

func newClient(t testing.TB, base string, patience time.Duration) *client {
	return &client{t: t, base: base, patience: patience, problems: new(problems), http: &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// another returns a client with connections of its own that belongs to the same
// case.
func (c *client) another() *client {
	a := newClient(c.t, c.base, c.patience)
	a.problems = c.problems
	return a
}

func (c *client) close() {
	c.http.CloseIdleConnections()
	c.hangUp()
}

// problems limits the failures of a case, so that a reader is not flooded by one
// mistake.
type problems struct {
	mu sync.Mutex
	n  int
}

const maxProblems = 2

func (p *problems) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// end tells how many problems were not reported.
func (p *problems) end(t testing.TB) {
	t.Helper()
	if n := p.count(); n > maxProblems {
		t.Logf("%d more failures in this case", n-maxProblems)
	}
}

// errorf reports a failure, at the line of the case that called the helpers of
// this package. It may be called by several goroutines.
func (c *client) errorf(format string, args ...any) {
	c.t.Helper()
	c.problems.mu.Lock()
	defer c.problems.mu.Unlock()
	if c.problems.n++; c.problems.n <= maxProblems {
		c.t.Errorf(format, args...)
	}
}

// answer is a response, with the request that it answers.
type answer struct {
	*http.Response
	body  []byte
	sent  []string // header names and values, alternating
	route *route
	calls int64 // of the route's handler, between request and answer
}

func (a *answer) String() string {
	return fmt.Sprintf("%s behind %v with %.32q", a.route.method, a.route.middleware, a.sent)
}

// send makes a request to the route with these header names and values. It
// returns nil when there is no answer, and reports that.
func (c *client) send(r *route, header ...string) *answer {
	c.t.Helper()
	a, err := c.do(c.t.Context(), r, header...)
	if err != nil {
		c.errorf("%s: no answer: %v", a, err)
		return nil
	}
	return a
}

// do is send, and leaves it to the caller to report that there is no answer.
func (c *client) do(ctx context.Context, r *route, header ...string) (*answer, error) {
	a := &answer{sent: header, route: r, calls: -r.gotCalls.Load()}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path+c.query, nil)
	if err != nil {
		return a, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = append(req.Header[header[i]], header[i+1]) // as written, not canonical
	}
	if a.Response, err = c.http.Do(req); err != nil { //nolint:bodyclose // closed below, through the embedded field
		return a, err
	}
	defer a.Body.Close()
	if a.body, err = io.ReadAll(a.Body); err != nil {
		return a, err
	}
	a.calls += r.gotCalls.Load()
	return a, nil
}

// rawRequest is a request byte for byte, for what net/http's client does not
// send. Its header lines are complete except for their line end.
type rawRequest struct {
	method string   // "": the route's
	target string   // "": the route's path
	hosts  []string // the values of the Host lines; nil: one line, with the server's address
	lines  []string
	body   string // all that follows the empty line
}

// raw sends these header lines to the route.
func (c *client) raw(r *route, lines ...string) *answer {
	c.t.Helper()
	return c.sendRaw(r, rawRequest{lines: lines})
}

// sendRaw sends the request on one connection, which it keeps as long as the
// server does. It returns nil when there is no answer, and reports that.
func (c *client) sendRaw(r *route, q rawRequest) *answer {
	c.t.Helper()
	a := &answer{route: r, calls: -r.gotCalls.Load()}
	for _, line := range append(q.lines, strings.Split(q.body, "\r\n")...) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			a.sent = append(a.sent, name, strings.TrimSpace(value))
		}
	}
	if q.method == "" {
		q.method = r.method
	}
	err := c.exchange(a, q)
	if err != nil {
		c.errorf("%s: no proper answer: %v", a, err)
		c.hangUp()
		return nil
	}
	a.calls += r.gotCalls.Load()
	if n := c.reader.Buffered(); n > 0 {
		rest, _ := c.reader.Peek(n) // no more than is there
		c.errorf("%s: %.80q follows the answer: a second answer, or a body after HEAD", a, rest)
		c.hangUp()
	}
	if a.Close {
		c.hangUp()
	}
	return a
}

// exchange sends the request and reads the answer into a.
func (c *client) exchange(a *answer, q rawRequest) error {
	address := strings.TrimPrefix(c.base, "http://")
	if c.conn == nil {
		conn, err := (&net.Dialer{Timeout: c.patience}).DialContext(c.t.Context(), "tcp", address)
		if err != nil {
			return err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.patience)); err != nil {
		return err
	}
	if q.target == "" {
		q.target = a.route.path
	}
	if q.hosts == nil {
		q.hosts = []string{address}
	}
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\n", q.method, q.target)
	for _, host := range q.hosts {
		fmt.Fprintf(&head, "Host: %s\r\n", host)
	}
	for _, line := range q.lines {
		head.WriteString(line + "\r\n")
	}
	if _, err := io.WriteString(c.conn, head.String()+"\r\n"+q.body); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.reader, &http.Request{Method: q.method})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	a.Response = res
	a.body, err = io.ReadAll(res.Body)
	return err
}

// hangUp ends the connection of raw and sendRaw.
func (c *client) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is lost with it
		c.conn = nil
	}
}

// wait waits for one value, or for the end, of what happens elsewhere.
func wait[T any](c *client, happened <-chan T, what string) (v T, ok bool) {
	c.t.Helper()
	timeout := time.NewTimer(c.patience)
	defer timeout.Stop()
	select {
	case v = <-happened:
		return v, true
	case <-timeout.C:
		c.errorf("after %v still waiting until %s", c.patience, what)
		return v, false
	}
}
