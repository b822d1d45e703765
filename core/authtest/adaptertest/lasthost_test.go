package adaptertest

import (
	"bytes"
	"net"
)

// lastHostListener makes net/http behave like a server that accepts several Host
// lines and uses the last one: net/http rejects such a request itself.
func lastHostListener(l net.Listener) net.Listener { return lastHost{l} }

type lastHost struct{ net.Listener }

func (l lastHost) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &lastHostConn{Conn: conn}, err
}

// lastHostConn removes the other lines from the first bytes of a connection,
// which have the whole head of the suite's first request.
type lastHostConn struct {
	net.Conn
	read bool
}

func (c *lastHostConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.read || err != nil {
		return n, err
	}
	c.read = true
	host := []byte("\r\nHost: ")
	for bytes.Count(p[:n], host) > 1 {
		start := bytes.Index(p[:n], host)
		end := start + 2 + bytes.Index(p[start+2:n], []byte("\r\n"))
		n = start + copy(p[start:], p[end:n])
	}
	return n, err
}
