package redisstore_test

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy passes bytes on to a server, and can be slow.
type proxy struct {
	addr  string
	delay atomic.Int64 // nanoseconds before each answer
	trips atomic.Int64 // how often a client spoke after it had listened
}

func startProxy(tb testing.TB, target string) *proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String()}
	done := make(chan struct{})
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { p.serve(client, target, done) })
		}
	})
	tb.Cleanup(func() {
		l.Close()
		close(done)
		conns.Wait()
	})
	return p
}

func (p *proxy) url() string { return "redis://" + p.addr + "/0" }

func (p *proxy) serve(client net.Conn, target string, done chan struct{}) {
	server, err := net.Dial("tcp", target)
	if err != nil {
		client.Close()
		return
	}
	var listened atomic.Bool
	listened.Store(true)
	var both sync.WaitGroup
	both.Go(func() {
		copyBytes(server, client, func() {
			if listened.Swap(false) {
				p.trips.Add(1)
			}
		})
		server.Close()
	})
	both.Go(func() {
		copyBytes(client, server, func() {
			select {
			case <-time.After(time.Duration(p.delay.Load())):
			case <-done:
			}
			listened.Store(true)
		})
		client.Close()
	})
	finished := make(chan struct{})
	go func() {
		select {
		case <-done:
			client.Close()
			server.Close()
		case <-finished:
		}
	}()
	both.Wait()
	close(finished)
}

// copyBytes copies until an end is closed, and calls before ahead of each write.
func copyBytes(to, from net.Conn, before func()) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			before()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
