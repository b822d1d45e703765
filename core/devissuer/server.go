package devissuer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// server is one period of listening, from Start or Up to Down or Close.
type server struct {
	http   http.Server
	served chan struct{}  // closed when Serve has returned
	conns  sync.WaitGroup // connections whose goroutine runs
}

func listen(addr string, remote bool) (net.Listener, error) {
	var c net.ListenConfig
	ln, err := c.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("devissuer: %w", err)
	}
	// "localhost" is what the resolver says it is.
	if a, ok := ln.Addr().(*net.TCPAddr); !remote && (!ok || !a.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("devissuer: Options.Addr: %s is not loopback", ln.Addr()), ln.Close())
	}
	return ln, nil
}

func (i *Issuer) serveOn(ln net.Listener) *server {
	s := &server{served: make(chan struct{})}
	s.http = http.Server{
		Handler:           i.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(i.log.Handler(), slog.LevelWarn),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.conns.Add(1)
			case http.StateHijacked, http.StateClosed:
				s.conns.Done()
			}
		},
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			i.log.Error("issuer stopped listening", "error", err)
		}
	}()
	return s
}

// stop closes the listener and every connection and waits for their goroutines.
func (s *server) stop() error {
	err := s.http.Close()
	<-s.served
	s.conns.Wait()
	return err
}

// Down stops listening and drops every connection, as a crashed issuer does:
// connections are refused from now on. Signing works as before. It waits for a
// function given to [Issuer.OnRequest] that is running, as Close does.
func (i *Issuer) Down() {
	i.life.Lock()
	defer i.life.Unlock()
	if i.srv == nil {
		return
	}
	if err := i.srv.stop(); err != nil {
		i.log.Warn("issuer went down", "error", err)
	}
	i.srv = nil
}

// Up listens again at the same address. It is an error when the issuer is
// closed, or when another process took the port while it was free.
func (i *Issuer) Up() error {
	i.life.Lock()
	defer i.life.Unlock()
	if i.isClosed() {
		return errors.New("devissuer: the issuer is closed")
	}
	if i.srv != nil {
		return nil
	}
	ln, err := listen(i.addr, i.remote)
	if err != nil {
		return err
	}
	i.srv = i.serveOn(ln)
	return nil
}

// Close stops listening, drops every request that hangs, and waits until none
// of the issuer's goroutines is left. It waits for functions given to
// [Issuer.OnRequest] too, so those must not block for good. Signing still works
// afterwards; take a key with [Issuer.Key] before.
func (i *Issuer) Close() error {
	i.life.Lock()
	defer i.life.Unlock()
	if i.isClosed() {
		return nil
	}
	i.mu.Lock()
	i.closed = true
	i.mu.Unlock()
	i.close()
	var err error
	if i.srv != nil {
		err = i.srv.stop()
		i.srv = nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for i.inFlight > 0 {
		i.idle.Wait()
	}
	for k := range i.unshared {
		giveRSA(k)
	}
	return err
}

func (i *Issuer) isClosed() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.closed
}
