package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/authkeel/authkeel/core"
)

// provider is a real OpenID provider on this machine. Start, stop and rotate leave
// its address as it is.
type provider interface {
	start(context.Context) error // with the keys that it had before, if any
	stop() error
	rotate(context.Context) error // a new key signs from now on
}

// subject is a provider together with what an API and a client have to know of it.
type subject struct {
	name     string
	provider provider
	issuer   core.Issuer
	machine  *client // for client credentials; nil: the provider has none
	web      client  // for the code flow
	// oneKey: the provider publishes one key only, so that a rotation withdraws the
	// old one, and tokens of it are rightly refused.
	oneKey bool
}

// listenAddress reserves a loopback address for a server that starts later.
func listenAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }() // only its address was needed
	return l.Addr().String(), nil
}

// inProcess is a provider that is a handler of this program.
type inProcess struct {
	address string
	handler http.Handler
	server  *http.Server

	mu   sync.Mutex // guards keys
	keys keyring
}

// signing returns the keys as they are; the first one signs.
func (p *inProcess) signing() keyring {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys
}

func (p *inProcess) start(ctx context.Context) error {
	if p.signing() == nil {
		if err := p.rotate(ctx); err != nil {
			return err
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.address)
	if err != nil {
		return err
	}
	p.server = &http.Server{Handler: p.handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(l) }() // ends with stop
	return nil
}

func (p *inProcess) stop() error { return p.server.Close() }

func (p *inProcess) rotate(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys.rotate()
}

// nodeProcess is a provider that runs in Node; see node/lines.mjs.
type nodeProcess struct {
	arguments []string // script first
	keys      keyring
	cmd       *exec.Cmd
	input     io.WriteCloser
	output    *bufio.Scanner
}

func (p *nodeProcess) start(ctx context.Context) error {
	p.cmd = exec.CommandContext(ctx, "node", p.arguments...)
	p.cmd.Dir, p.cmd.Stderr = "node", os.Stderr
	p.cmd.Cancel = func() error { return p.cmd.Process.Kill() }
	var err error
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.output = bufio.NewScanner(output)
	if err := p.cmd.Start(); err != nil {
		return err
	}
	if p.keys == nil {
		return p.rotate(ctx)
	}
	return p.send()
}

// stop ends the process without giving it time, as a crash does.
func (p *nodeProcess) stop() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = p.cmd.Wait() // "signal: killed"
	return nil
}

func (p *nodeProcess) rotate(context.Context) error {
	if err := p.keys.rotate(); err != nil {
		return err
	}
	return p.send()
}

// send gives the process its keys and waits until it serves them.
func (p *nodeProcess) send() error {
	line, err := p.keys.jwks(true)
	if err != nil {
		return err
	}
	if _, err := p.input.Write(append(line, '\n')); err != nil {
		return err
	}
	for p.output.Scan() {
		if p.output.Text() == "ready" {
			return nil
		}
		fmt.Fprintln(os.Stderr, p.output.Text())
	}
	return errors.New("the provider ended before it was ready")
}
