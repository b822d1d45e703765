package authtest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// defaultPatience is how long anything may take. It is real time, and long,
// because nothing but a failure waits for its end.
const defaultPatience = 20 * time.Second

// client makes requests for one case and collects what is wrong with the
// answers. It keeps its connections alive.
type client struct {
	t        testing.TB
	base     string
	http     *http.Client
	patience time.Duration

	query string // added to the path of send

	conn   net.Conn // of raw
	reader *bufio.Reader

	mu    sync.Mutex
	wrong []string
}

func newClient(t testing.TB, base string, patience time.Duration) *client {
	return &client{t: t, base: base, patience: patience, http: &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *client) close() {
	c.http.CloseIdleConnections()
	c.hangUp()
}

// errorf notes what is wrong. It may be called by several goroutines.
func (c *client) errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func (c *client) problems() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.wrong)
}

// answer is a response and what it was a response to.
type answer struct {
	*http.Response
	body  []byte
	sent  []string // header names and values, alternating
	route *route
	ran   int64 // times that the route's handler ran meanwhile
}

func (a *answer) String() string {
	return fmt.Sprintf("%s behind %v with %.120q", a.route.method, a.route.guards, a.sent)
}

// send makes the request to the route with these header names and values and
// returns the answer, or nil when there is none, which it notes.
func (c *client) send(r *route, header ...string) *answer {
	return c.sendContext(c.t.Context(), r, header...)
}

func (c *client) sendContext(ctx context.Context, r *route, header ...string) *answer {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path+c.query, nil)
	if err != nil {
		c.errorf("%s: %v", r.path, err)
		return nil
	}
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = append(req.Header[header[i]], header[i+1]) // as written, not canonical
	}
	a := &answer{sent: header, route: r, ran: -r.ran.Load()}
	if a.Response, err = c.http.Do(req); err != nil { //nolint:bodyclose // closed below, through the embedded field
		c.errorf("%s: no answer: %v", a, err)
		return nil
	}
	defer a.Body.Close()
	if a.body, err = io.ReadAll(a.Body); err != nil {
		c.errorf("%s: the body ends early: %v", a, err)
		return nil
	}
	a.ran += r.ran.Load()
	return a
}

// raw is send byte for byte, for what net/http's client does not send, and on
// one connection, for as long as the server keeps it. Header lines are complete
// but for their line end.
func (c *client) raw(r *route, lines ...string) *answer { return c.rawMethod(r.method, r, lines...) }

func (c *client) rawMethod(method string, r *route, lines ...string) *answer {
	a := &answer{route: r, ran: -r.ran.Load()}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		a.sent = append(a.sent, name, strings.TrimSpace(value))
	}
	host := strings.TrimPrefix(c.base, "http://")
	if c.conn == nil {
		conn, err := (&net.Dialer{Timeout: c.patience}).DialContext(c.t.Context(), "tcp", host)
		if err != nil {
			c.errorf("%s: %v", a, err)
			return nil
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.patience)); err != nil {
		c.errorf("%s: %v", a, err)
		return nil
	}
	request := method + " " + r.path + " HTTP/1.1\r\nHost: " + host + "\r\n"
	for _, line := range lines {
		request += line + "\r\n"
	}
	if _, err := io.WriteString(c.conn, request+"\r\n"); err != nil {
		c.errorf("%s: %v", a, err)
		c.hangUp()
		return nil
	}
	res, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err == nil {
		defer res.Body.Close()
		a.Response = res
		a.body, err = io.ReadAll(res.Body)
	}
	if err != nil {
		c.errorf("%s: no proper answer: %v", a, err)
		c.hangUp()
		return nil
	}
	a.ran += r.ran.Load()
	if n := c.reader.Buffered(); n > 0 {
		rest, _ := c.reader.Peek(n) // no more than is there
		c.errorf("%s: more than one answer, or a body after HEAD: %.80q follows", a, rest)
		c.hangUp()
	}
	if res.Close {
		c.hangUp()
	}
	return a
}

// hangUp ends the connection of raw.
func (c *client) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is lost with it
		c.conn = nil
	}
}

// text is all that the client could read in an answer, in lower case.
func (a *answer) text() string {
	var b bytes.Buffer
	fmt.Fprintln(&b, a.Status)
	_ = a.Header.Write(&b) // a buffer takes everything
	b.Write(a.body)
	return strings.ToLower(b.String())
}
